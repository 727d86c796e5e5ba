import { JwtService } from '@nestjs/jwt';
import { OwnSellers } from '../../src/users/own-sellers.service';
import { Answer, PASSWORD, startTestApp, TestApp } from '../support/app';

interface Tokens {
  accessToken: string;
  refreshToken: string;
  expiresIn: number;
  tokenType: string;
}

describe('auth', () => {
  let api: TestApp;
  let users = 0;
  const newLogin = () => api.login(`user${String(++users)}`);

  beforeAll(async () => {
    api = await startTestApp();
  });
  afterAll(() => api.close());

  describe('register', () => {
    it('should make an account without showing the password', async () => {
      const { status, body } = (await api.call('post', '/auth/register').send({
        username: 'Jo.Doe',
        email: 'Jo@Shop.example',
        password: PASSWORD,
        fullName: '<b>Jo</b> Doe',
      })) as Answer;
      expect(status).toBe(201);
      expect(body).toEqual({
        id: expect.any(String) as string,
        username: 'jo.doe',
        email: 'jo@shop.example',
        fullName: 'Jo Doe',
        role: 'user',
        isActive: true,
        createdAt: expect.any(String) as string,
      });
    });

    it('should refuse a name that is taken in another case', async () => {
      await newLogin();
      const { status, body } = (await api
        .call('post', '/auth/register')
        .send({ username: `USER${String(users)}`, email: 'other@shop.example', password: PASSWORD })) as Answer;
      expect([status, (body as { errorCode: string }).errorCode]).toEqual([409, 'conflict']);
    });

    it.each([
      [{ username: 'a', email: 'a@b.example', password: PASSWORD }, 'username'],
      [{ username: 'abc@x', email: 'a@b.example', password: PASSWORD }, 'username'],
      [{ username: 'abcd', email: 'nobody', password: PASSWORD }, 'email'],
      [{ username: 'abcd', email: 'a@b.example', password: 'short' }, 'password'],
      [{ username: 'abcd', email: 'a@b.example', password: PASSWORD, role: 'admin' }, 'role'],
    ])('should name the wrong field of %j', async (request, field) => {
      const { status, body } = (await api.call('post', '/auth/register').send(request)) as Answer;
      expect(status).toBe(422);
      expect((body as { errors: { field: string }[] }).errors.map((error) => error.field)).toContain(field);
    });
  });

  describe('token', () => {
    it('should be given for JSON and for a form, by name and by e-mail address', async () => {
      await newLogin();
      const name = `user${String(users)}`;
      const json = await api.call('post', '/auth/token').send({ username: name, password: PASSWORD });
      const form = await api
        .call('post', '/auth/token')
        .type('form')
        .send({ grant_type: 'password', username: `${name}@shop.example`, password: PASSWORD });
      expect([json.status, form.status]).toEqual([200, 200]);
      expect(form.body as Tokens).toMatchObject({ tokenType: 'bearer', expiresIn: 900 });
    });

    it('should give one answer for an unknown name, a wrong password and a deactivated account', async () => {
      const { userId } = await newLogin();
      const name = `user${String(users)}`;
      await api.postgres.query(`UPDATE app_user SET is_active = false WHERE id = $1`, [userId]);
      const answers = await Promise.all([
        api.call('post', '/auth/token').send({ username: 'nobody', password: PASSWORD }),
        api.call('post', '/auth/token').send({ username: 'jo.doe', password: 'wrong password' }),
        api.call('post', '/auth/token').send({ username: name, password: PASSWORD }),
      ]);
      const shown = answers.map(({ status, body }) => [status, (body as { detail: string }).detail]);
      expect(shown).toEqual(Array(3).fill([401, 'User name or password is wrong']));
    });
  });

  describe('access token', () => {
    it.each([undefined, 'nonsense', 'a.b.c'])('should be refused when it is %s', async (token) => {
      const { status, headers } = await api.call('get', '/users/me', token);
      expect(status).toBe(401);
      expect(headers['content-type']).toContain('application/problem+json');
    });

    it('should not be replaced by a refresh token', async () => {
      const { refreshToken } = await newLogin();
      expect((await api.call('get', '/users/me', refreshToken)).status).toBe(401);
    });

    it('should be refused when signed with another key', async () => {
      const { userId } = await newLogin();
      const forged = new JwtService().sign(
        { typ: 'access', sub: userId, sid: userId },
        { secret: 'another key altogether' },
      );
      expect((await api.call('get', '/users/me', forged)).status).toBe(401);
    });

    it.each([
      ['missing', undefined, 'Authentication is required'],
      ['not one', 'nonsense', 'The token or API key is not valid, or not any more'],
    ])('should be asked for by its scheme when it is %s', async (_, token, detail) => {
      const { status, headers, body } = (await api.call('get', '/users/me', token)) as Answer;
      expect([status, headers['www-authenticate'], body]).toMatchObject([401, 'Bearer', { detail }]);
    });

    it('should stop working at once when its user is deactivated', async () => {
      const { userId, token } = await newLogin();
      await api.postgres.query(`UPDATE app_user SET is_active = false WHERE id = $1`, [userId]);
      expect((await api.call('get', '/users/me', token)).status).toBe(401);
    });

    it('should stop working after logout', async () => {
      const { token } = await newLogin();
      expect((await api.call('post', '/auth/logout', token)).status).toBe(204);
      expect((await api.call('get', '/users/me', token)).status).toBe(401);
    });
  });

  describe('refresh', () => {
    const refresh = (refreshToken: string) => api.call('post', '/auth/refresh').send({ refreshToken });

    it('should give new tokens that work', async () => {
      const { refreshToken } = await newLogin();
      const { body } = (await refresh(refreshToken)) as Answer;
      expect((await api.call('get', '/users/me', (body as Tokens).accessToken)).status).toBe(200);
    });

    it('should end the whole family when a token is used twice', async () => {
      const { refreshToken } = await newLogin();
      const next = (await refresh(refreshToken)).body as Tokens;
      expect((await refresh(refreshToken)).status).toBe(401);
      expect((await refresh(next.refreshToken)).status).toBe(401);
      expect((await api.call('get', '/users/me', next.accessToken)).status).toBe(401);
    });

    it('should let one of two uses at the same time win', async () => {
      const { refreshToken } = await newLogin();
      const statuses = (await Promise.all([refresh(refreshToken), refresh(refreshToken)])).map(({ status }) => status);
      expect(statuses.sort()).toEqual([200, 401]);
    });

    it('should not take an access token', async () => {
      const { token } = await newLogin();
      expect((await refresh(token)).status).toBe(401);
    });
  });

  describe('password change', () => {
    const change = (token: string, currentPassword: string) =>
      api.call('post', '/users/me/password', token).send({ currentPassword, newPassword: 'a new long password' });

    it('should end the other sessions and keep this one', async () => {
      const { token } = await newLogin();
      const other = (
        await api.call('post', '/auth/token').send({ username: `user${String(users)}`, password: PASSWORD })
      ).body as Tokens;
      expect((await change(token, PASSWORD)).status).toBe(204);
      expect((await api.call('get', '/users/me', other.accessToken)).status).toBe(401);
      expect((await api.call('get', '/users/me', token)).status).toBe(200);
    });

    it('should refuse a wrong current password', async () => {
      const { token } = await newLogin();
      const { status, body } = (await change(token, 'not it')) as Answer;
      expect(status).toBe(422);
      expect((body as { errors: unknown }).errors).toEqual([{ field: 'currentPassword', message: 'is wrong' }]);
    });
  });

  describe('API keys', () => {
    const make = async (token: string, scopes?: string[]) =>
      (await api.call('post', '/users/me/api-keys', token).send({ name: 'export', scopes })).body as {
        id: string;
        key: string;
      };
    const withKey = (method: 'get' | 'post', path: string, key: string) => api.call(method, path).set('X-API-Key', key);

    it('should read with a read key and not write', async () => {
      const { token } = await newLogin();
      const { key } = await make(token, ['read']);
      expect((await withKey('get', '/products', key)).status).toBe(200);
      const write = await withKey('post', '/products', key).send({ asin: 'B000000001' });
      expect([write.status, (write.body as { detail: string }).detail]).toEqual([
        403,
        'This API key lacks the scope write',
      ]);
    });

    it('should write and read with a write key, but not make keys', async () => {
      const { token } = await newLogin();
      const { key } = await make(token, ['write']);
      expect((await withKey('get', '/products', key)).status).toBe(200);
      expect((await withKey('post', '/users/me/api-keys', key).send({ name: 'another' })).status).toBe(403);
    });

    it('should be listed without the key, and stop working when deleted', async () => {
      const { token } = await newLogin();
      const { id, key } = await make(token);
      const list = await api.call('get', '/users/me/api-keys', token);
      expect(JSON.stringify(list.body)).not.toContain(key);
      expect((list.body as { id: string }[]).map((item) => item.id)).toEqual([id]);
      expect((await api.call('delete', `/users/me/api-keys/${id}`, token)).status).toBe(204);
      expect((await withKey('get', '/products', key)).status).toBe(401);
    });

    it('should be 404 for another user', async () => {
      const owner = await newLogin();
      const other = await newLogin();
      const { id } = await make(owner.token);
      expect((await api.call('delete', `/users/me/api-keys/${id}`, other.token)).status).toBe(404);
    });

    it('should stop working when its user is deactivated', async () => {
      const { userId, token } = await newLogin();
      const { key } = await make(token);
      await api.postgres.query(`UPDATE app_user SET is_active = false WHERE id = $1`, [userId]);
      expect((await withKey('get', '/products', key)).status).toBe(401);
    });

    it('should not be guessable', async () => {
      expect((await withKey('get', '/products', 'aip_0000000000000000000000000000000000000000000')).status).toBe(401);
    });
  });

  describe('profile', () => {
    it('should change name and e-mail address', async () => {
      const { token } = await newLogin();
      const { body } = (await api
        .call('patch', '/users/me', token)
        .send({ fullName: 'New Name', email: 'New@Shop.example' })) as Answer;
      expect(body).toMatchObject({ fullName: 'New Name', email: 'new@shop.example' });
    });

    describe('own sellers', () => {
      const sellersOf = async (token: string) =>
        ((await api.call('get', '/users/me', token)).body as { sellerIds: unknown }).sellerIds;
      const send = (token: string, body: object) => api.call('patch', '/users/me', token).send(body);
      const seller = (marketplace: string, sellerId: string) => ({ marketplace, sellerId });

      it('should be replaced as a whole, and stay when left out', async () => {
        const { token } = await newLogin();
        expect(await sellersOf(token)).toEqual([]);
        await send(token, { sellerIds: [seller('US', 'A2MXXPBO8819ML'), seller('DE', 'A2MXXPBO8819ML')] });
        expect(await sellersOf(token)).toEqual([seller('DE', 'A2MXXPBO8819ML'), seller('US', 'A2MXXPBO8819ML')]);
        const { status, body } = (await send(token, { sellerIds: [seller('US', 'A1B2C3D4E5')] })) as Answer;
        expect([status, (body as { sellerIds: unknown }).sellerIds]).toEqual([200, [seller('US', 'A1B2C3D4E5')]]);
        await send(token, { fullName: 'Jo Doe' });
        expect(await sellersOf(token)).toEqual([seller('US', 'A1B2C3D4E5')]);
        await send(token, { sellerIds: [] });
        expect(await sellersOf(token)).toEqual([]);
      });

      it('should be kept once when sent twice', async () => {
        const { token } = await newLogin();
        const same = seller('US', 'A2MXXPBO8819ML');
        expect((await send(token, { sellerIds: [same, same] })).status).toBe(200);
        expect(await sellersOf(token)).toEqual([same]);
      });

      it("should be each user's own, also where two have the same", async () => {
        const [one, two, three] = [await newLogin(), await newLogin(), await newLogin()];
        await send(one.token, { sellerIds: [seller('US', 'A2MXXPBO8819ML'), seller('DE', 'A2MXXPBO8819ML')] });
        await send(two.token, { sellerIds: [seller('US', 'A2MXXPBO8819ML'), seller('US', 'A1B2C3D4E5')] });
        await send(one.token, { sellerIds: [seller('DE', 'A2MXXPBO8819ML')] });
        expect(await sellersOf(two.token)).toEqual([seller('US', 'A1B2C3D4E5'), seller('US', 'A2MXXPBO8819ML')]);
        expect(await api.app.get(OwnSellers).ownSellersOf([one.userId, two.userId, three.userId])).toEqual(
          new Map([
            [one.userId, new Map([['DE', new Set(['A2MXXPBO8819ML'])]])],
            [two.userId, new Map([['US', new Set(['A2MXXPBO8819ML', 'A1B2C3D4E5'])]])],
          ]),
        );
      });

      it('should stay as they are when the rest of the change is refused', async () => {
        const [one, two] = [await newLogin(), await newLogin()];
        await send(two.token, { email: 'taken@shop.example' });
        const body = { email: 'taken@shop.example', sellerIds: [seller('US', 'A2MXXPBO8819ML')] };
        expect((await send(one.token, body)).status).toBe(409);
        expect(await sellersOf(one.token)).toEqual([]);
      });

      it.each<[what: string, sellerIds: unknown, field: string]>([
        ['a name', [seller('US', 'Kettle Shop')], 'sellerIds.0.sellerId'],
        ['an id in small letters', [seller('US', 'a2mxxpbo8819ml')], 'sellerIds.0.sellerId'],
        ['an id that is too short', [seller('US', 'A2MXXPBO8')], 'sellerIds.0.sellerId'],
        ['an id that is too long', [seller('US', 'A'.repeat(22))], 'sellerIds.0.sellerId'],
        ['an id with a line after it', [seller('US', 'A2MXXPBO8819ML\n')], 'sellerIds.0.sellerId'],
        [
          'an unknown marketplace',
          [seller('US', 'A2MXXPBO8819ML'), seller('XX', 'A2MXXPBO8819ML')],
          'sellerIds.1.marketplace',
        ],
        ['something else than a list', 'A2MXXPBO8819ML', 'sellerIds'],
        ['null', null, 'sellerIds'],
        ['a null in the list', [null], 'sellerIds'],
      ])('should not be %s', async (_, sellerIds, field) => {
        const { token } = await newLogin();
        const { status, body } = (await send(token, { sellerIds })) as Answer;
        expect(status).toBe(422);
        expect((body as { errors: { field: string }[] }).errors[0]?.field).toBe(field);
        expect(await sellersOf(token)).toEqual([]);
      });
    });

    it('should not change the role', async () => {
      const { token } = await newLogin();
      expect((await api.call('patch', '/users/me', token).send({ role: 'admin' })).status).toBe(422);
    });
  });

  describe('admin', () => {
    const newAdmin = async () => {
      const admin = await newLogin();
      await api.postgres.query(`UPDATE app_user SET role = 'admin' WHERE id = $1`, [admin.userId]);
      return admin;
    };

    it.each(['/users', '/admin/jobs', '/admin/schedules'])('should be the only one to see %s', async (path) => {
      const user = await newLogin();
      const admin = await newAdmin();
      expect((await api.call('get', path, user.token)).status).toBe(403);
      expect((await api.call('get', path, admin.token)).status).toBe(200);
    });

    it('should page through users, the newest first', async () => {
      const admin = await newAdmin();
      const first = (await api.call('get', '/users?page[size]=2', admin.token)).body as {
        data: { id: string }[];
        page: { next: string };
      };
      const second = (await api.call('get', `/users?page[size]=2&page[cursor]=${first.page.next}`, admin.token))
        .body as {
        data: { id: string }[];
      };
      const ids = [...first.data, ...second.data].map(({ id }) => id);
      expect(ids[0]).toBe(admin.userId);
      expect([...ids].sort().reverse()).toEqual(ids);
      expect(new Set(ids).size).toBe(4);
    });

    it('should deactivate a user, whose token then fails', async () => {
      const admin = await newAdmin();
      const user = await newLogin();
      const { body } = (await api
        .call('patch', `/users/${user.userId}`, admin.token)
        .send({ isActive: false })) as Answer;
      expect(body).toMatchObject({ id: user.userId, isActive: false });
      expect((await api.call('get', '/users/me', user.token)).status).toBe(401);
    });

    it('should not be able to lock themselves out', async () => {
      const admin = await newAdmin();
      expect((await api.call('patch', `/users/${admin.userId}`, admin.token).send({ role: 'user' })).status).toBe(409);
    });
  });
});
