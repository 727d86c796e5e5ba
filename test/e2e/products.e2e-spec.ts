import { FixedClock } from '../support/clock';
import { Answer, startTestApp, TestApp } from '../support/app';
import { lockWaiters } from '../support/locks';
import { eventually } from '../support/polling';
import { ScriptedSource } from '../support/scripted-source';

interface Product {
  id: string;
  asin: string;
  title: string | null;
  tags: string[];
  isActive: boolean;
}
interface ProductPage {
  data: Product[];
  page: { next: string | null };
}

describe('products', () => {
  let api: TestApp;
  let users = 0;
  let asins = 0;
  const newLogin = () => api.login(`seller${String(++users)}`);
  const newAsin = () => `B0${String(++asins).padStart(8, '0')}`;
  const create = (token: string, body: object) => api.call('post', '/products', token).send(body);

  beforeAll(async () => {
    api = await startTestApp({ sources: [new ScriptedSource()], clock: new FixedClock(new Date()) });
  });
  afterAll(() => api.close());

  describe('create', () => {
    it('should track a listing with nothing invented about it', async () => {
      const { token } = await newLogin();
      const asin = newAsin();
      const { status, body } = (await create(token, {
        asin: asin.toLowerCase(),
        marketplace: 'jp',
        tags: ['own'],
      })) as Answer;
      expect(status).toBe(201);
      expect(body).toMatchObject({
        asin,
        marketplace: 'JP',
        currency: 'JPY',
        url: `https://www.amazon.co.jp/dp/${asin}`,
        title: null,
        tags: ['own'],
        source: null,
        simulated: false,
        refreshIntervalMinutes: 360,
        tracking: { state: 'pending', lastCheckedAt: null, failures: 0 },
        current: { price: null, bsr: null, rating: null, availability: null },
      });
    });

    it('should strip markup from texts', async () => {
      const { token } = await newLogin();
      const { body } = (await create(token, {
        asin: newAsin(),
        title: '<i>Steel</i> <script>x</script>bottle',
      })) as Answer;
      expect(body).toMatchObject({ title: 'Steel bottle' });
    });

    it.each([
      [{ asin: 'B0123' }, 'asin'],
      [{ asin: 7 }, 'asin'],
      [{}, 'asin'],
      [{ asin: 'B000000001', marketplace: 'XX' }, 'marketplace'],
      [{ asin: 'B000000001', title: 'x'.repeat(501) }, 'title'],
      [{ asin: 'B000000001', title: '<b></b>' }, 'title'],
      [{ asin: 'B000000001', brand: 'x'.repeat(101) }, 'brand'],
      [{ asin: 'B000000001', description: 'x'.repeat(2001) }, 'description'],
      [{ asin: 'B000000001', refreshIntervalMinutes: 14 }, 'refreshIntervalMinutes'],
      [{ asin: 'B000000001', costOfGoods: 1.5 }, 'costOfGoods'],
      [{ asin: 'B000000001', costOfGoods: 2147483648 }, 'costOfGoods'],
      [{ asin: 'B000000001', tags: 'own' }, 'tags'],
      [{ asin: 'B000000001', price: 5 }, 'price'],
    ])('should name the wrong field of %j', async (request, field) => {
      const { token } = await newLogin();
      const { status, body } = (await create(token, request)) as Answer;
      expect(status).toBe(422);
      expect((body as { errors: { field: string }[] }).errors.map((error) => error.field)).toContain(field);
    });

    it('should refuse a listing that the user tracks already', async () => {
      const { token } = await newLogin();
      const asin = newAsin();
      await create(token, { asin });
      const { status, body } = (await create(token, { asin })) as Answer;
      expect([status, (body as { errorCode: string }).errorCode]).toEqual([409, 'already_tracked']);
    });

    it('should let two users track one listing, which is kept once', async () => {
      const asin = newAsin();
      const [one, two] = [await newLogin(), await newLogin()];
      const statuses = await Promise.all([create(one.token, { asin }), create(two.token, { asin })]);
      expect(statuses.map(({ status }) => status)).toEqual([201, 201]);
      const rows = await api.postgres.query(`SELECT id FROM listing WHERE asin = $1`, [asin]);
      expect(rows).toHaveLength(1);
    });

    it('should answer a repeated request with an idempotency key like the first time', async () => {
      const { token } = await newLogin();
      const body = { asin: newAsin() };
      const first = await create(token, body).set('Idempotency-Key', 'once');
      const again = await create(token, body).set('Idempotency-Key', 'once');
      const other = await create(token, { asin: newAsin() }).set('Idempotency-Key', 'once');
      expect([first.status, again.status, other.status]).toEqual([201, 201, 422]);
      expect(again.body).toEqual(first.body);
      expect(again.headers['idempotency-replayed']).toBe('true');
    });
  });

  describe('of another user', () => {
    it.each([
      ['get', ''],
      ['patch', ''],
      ['delete', ''],
      ['post', '/refresh'],
      ['get', '/checks'],
      ['get', '/price-history'],
      ['get', '/price-history/stats'],
      ['get', '/price-history/export'],
      ['post', '/price-history/import'],
    ] as const)('should be 404 for %s /products/{id}%s', async (method, path) => {
      const [owner, other] = [await newLogin(), await newLogin()];
      const { id } = (await create(owner.token, { asin: newAsin() })).body as Product;
      const { status } = await api
        .call(method, `/products/${id}${path}`, other.token)
        .send(method === 'get' ? undefined : {});
      expect(status).toBe(404);
      expect((await api.call('get', `/products/${id}`, owner.token)).status).toBe(200);
    });

    it('should not appear in lists', async () => {
      const [owner, other] = [await newLogin(), await newLogin()];
      await create(owner.token, { asin: newAsin() });
      expect(((await api.call('get', '/products', other.token)).body as ProductPage).data).toEqual([]);
    });
  });

  describe('list', () => {
    it('should filter and search', async () => {
      const { token } = await newLogin();
      const bottle = (
        await create(token, { asin: newAsin(), title: 'Steel Bottle', category: 'Kitchen', tags: ['own'] })
      ).body as Product;
      const lamp = (
        await create(token, { asin: newAsin(), title: 'Desk 100% lamp', category: 'Home', tags: ['rival'] })
      ).body as Product;
      await api.call('patch', `/products/${lamp.id}`, token).send({ isActive: false });
      const ids = async (query: string) =>
        ((await api.call('get', `/products?${query}`, token)).body as ProductPage).data.map(({ id }) => id);
      expect(await ids('isActive=true')).toEqual([bottle.id]);
      expect(await ids('isActive=false')).toEqual([lamp.id]);
      expect(await ids('category=Home')).toEqual([lamp.id]);
      expect(await ids('tag=own')).toEqual([bottle.id]);
      expect(await ids('q=BOTTLE')).toEqual([bottle.id]);
      expect(await ids('q=0%25')).toEqual([lamp.id]);
      expect(await ids(`q=${lamp.asin}`)).toEqual([lamp.id]);
      expect(await ids('q=_')).toEqual([]);
    });

    it.each([
      ['-createdAt', ['c', 'a', 'B']],
      ['createdAt', ['B', 'a', 'c']],
      ['title', ['a', 'B', 'c']],
      ['-title', ['c', 'B', 'a']],
    ])('should page through every row once, sorted by %s', async (sort, titles) => {
      const { token } = await newLogin();
      for (const title of ['B', 'a', 'c']) await create(token, { asin: newAsin(), title });
      const seen: (string | null)[] = [];
      let cursor = '';
      do {
        const page = (await api.call('get', `/products?sort=${sort}&page[size]=1${cursor}`, token)).body as ProductPage;
        seen.push(...page.data.map(({ title }) => title));
        cursor = page.page.next === null ? '' : `&page[cursor]=${page.page.next}`;
      } while (cursor);
      expect(seen).toEqual(titles);
    });

    it.each([
      'page[size]=0',
      'page[size]=201',
      'page[size]=x',
      'page[cursor]=x',
      'sort=price',
      'isActive=maybe',
      'color=red',
    ])('should refuse ?%s', async (query) => {
      const { token } = await newLogin();
      expect((await api.call('get', `/products?${query}`, token)).status).toBe(422);
    });

    it('should tolerate a trailing slash', async () => {
      const { token } = await newLogin();
      expect((await api.call('get', '/products/', token)).status).toBe(200);
    });
  });

  describe('update', () => {
    it('should change what is given and keep the rest', async () => {
      const { token } = await newLogin();
      const { id } = (await create(token, { asin: newAsin(), title: 'Old', brand: 'Acme', tags: ['a'] }))
        .body as Product;
      const { body } = (await api
        .call('patch', `/products/${id}`, token)
        .send({ title: 'New', tags: null, costOfGoods: 450 })) as Answer;
      expect(body).toMatchObject({
        title: 'New',
        brand: 'Acme',
        tags: [],
        costOfGoods: { minor: 450, amount: '4.50', currency: 'USD' },
      });
    });

    it('should not move a product to another listing', async () => {
      const { token } = await newLogin();
      const { id } = (await create(token, { asin: newAsin() })).body as Product;
      expect((await api.call('patch', `/products/${id}`, token).send({ asin: 'B000000009' })).status).toBe(422);
    });

    it('should give the shortest interval also when two trackers change theirs at the same time', async () => {
      const [first, second] = [await newLogin(), await newLogin()];
      const asin = newAsin();
      const { body: one } = (await create(first.token, { asin })) as { body: Product };
      const { body: other } = (await create(second.token, { asin })) as { body: Product };
      const state = `SELECT s.interval_minutes FROM listing_state s JOIN listing l ON l.id = s.listing_id WHERE l.asin = $1`;
      const change = await api.postgres.transaction(async (sql) => {
        await sql.query(`${state} FOR UPDATE OF s`, [asin]);
        // The other one's change begins while this one is under way.
        const late = api
          .call('patch', `/products/${other.id}`, second.token)
          .send({ refreshIntervalMinutes: 600 })
          .then();
        await eventually(async () => (await lockWaiters(api.postgres)) > 0, 'the other change to wait');
        await sql.query(`UPDATE product SET refresh_interval_minutes = 15 WHERE id = $1`, [one.id]);
        // Wrapped, as a promise would be waited for before the commit that it waits for.
        return { late };
      });
      expect((await change.late).status).toBe(200);
      expect(await api.postgres.query(state, [asin])).toEqual([{ interval_minutes: 15 }]);
    });

    it('should give a listing the shortest interval that an active tracker asks for', async () => {
      const asin = newAsin();
      const [one, two] = [await newLogin(), await newLogin()];
      const interval = async () =>
        (
          await api.postgres.query<{ interval_minutes: number | null }>(
            `SELECT s.interval_minutes FROM listing_state s JOIN listing l ON l.id = s.listing_id WHERE l.asin = $1`,
            [asin],
          )
        )[0]?.interval_minutes;
      const slow = (await create(one.token, { asin })).body as Product;
      const fast = (await create(two.token, { asin, refreshIntervalMinutes: 15 })).body as Product;
      expect(await interval()).toBe(15);
      await api.call('patch', `/products/${fast.id}`, two.token).send({ isActive: false });
      expect(await interval()).toBe(360);
      await api.call('delete', `/products/${slow.id}`, one.token);
      expect(await interval()).toBeNull();
    });
  });

  describe('import', () => {
    interface Import {
      created: number;
      exists: number;
      invalid: number;
      limit: number;
      results: { row: number; status: string; errors: string[]; productId: string | null }[];
    }

    it('should give each row its own result, and let no row spoil another', async () => {
      const { token } = await newLogin();
      const [known, fresh] = [newAsin(), newAsin()];
      await create(token, { asin: known });
      const { status, body } = (await api.call('post', '/products/import', token).send({
        products: [
          { asin: fresh },
          { asin: known },
          { asin: 'bad' },
          'text',
          { asin: fresh },
          { asin: newAsin(), price: 1 },
        ],
      })) as Answer;
      expect(status).toBe(200);
      expect((body as Import).results.map((row) => row.status)).toEqual([
        'created',
        'exists',
        'invalid',
        'invalid',
        'exists',
        'invalid',
      ]);
      expect(body).toMatchObject({ total: 6, created: 1, exists: 2, invalid: 3, limit: 0 });
    });

    it('should read CSV with a byte order mark, quoted cells and columns in any order', async () => {
      const { token } = await newLogin();
      const asin = newAsin();
      const csv = `\uFEFFTitle,ASIN,Tags,Cost of goods,Unknown\r\n"Bottle, steel",${asin.toLowerCase()},own; top,450,x\r\n\r\n,nope,,,\r\n`;
      const { body } = (await api
        .call('post', '/products/import', token)
        .set('Content-Type', 'text/csv')
        .send(csv)) as Answer;
      const [row, bad] = (body as Import).results;
      expect([row?.status, bad?.status]).toEqual(['created', 'invalid']);
      const product = await api.call('get', `/products/${String(row?.productId)}`, token);
      expect(product.body).toMatchObject({
        asin,
        title: 'Bottle, steel',
        tags: ['own', 'top'],
        costOfGoods: { minor: 450 },
      });
    });

    it('should refuse more than 1000 rows', async () => {
      const { token } = await newLogin();
      const products = Array.from({ length: 1001 }, () => ({ asin: 'B000000001' }));
      expect((await api.call('post', '/products/import', token).send({ products })).status).toBe(422);
      const csv = `asin\n${'B000000001\n'.repeat(1001)}`;
      const answer = await api.call('post', '/products/import', token).set('Content-Type', 'text/csv').send(csv);
      expect(answer.status).toBe(422);
    });

    it.each([{}, { products: 'x' }, { products: [], more: 1 }])('should refuse %j', async (body) => {
      const { token } = await newLogin();
      expect((await api.call('post', '/products/import', token).send(body)).status).toBe(422);
    });
  });

  describe('limit', () => {
    it('should hold for single products and imports, also when they come at once', async () => {
      const { token } = await newLogin();
      const rows = Array.from({ length: 60 }, () => ({ asin: newAsin() }));
      const imports = await Promise.all(
        [rows.slice(0, 60), Array.from({ length: 60 }, () => ({ asin: newAsin() }))].map((products) =>
          api.call('post', '/products/import', token).send({ products }),
        ),
      );
      const sum = (field: 'created' | 'limit') =>
        imports.reduce((total, { body }) => total + (body as Record<'created' | 'limit', number>)[field], 0);
      expect([sum('created'), sum('limit')]).toEqual([100, 20]);
      const single = await create(token, { asin: newAsin() });
      expect([single.status, (single.body as { errorCode: string }).errorCode]).toEqual([409, 'product_limit_reached']);
    });
  });

  describe('delete', () => {
    it("should remove what is the user's and leave the listing to the other tracker", async () => {
      const asin = newAsin();
      const [one, two] = [await newLogin(), await newLogin()];
      const mine = (await create(one.token, { asin })).body as Product;
      const theirs = (await create(two.token, { asin })).body as Product;
      expect((await api.call('delete', `/products/${mine.id}`, one.token)).status).toBe(204);
      expect((await api.call('get', `/products/${mine.id}`, one.token)).status).toBe(404);
      expect((await api.call('get', `/products/${theirs.id}`, two.token)).status).toBe(200);
    });
  });

  describe('ids', () => {
    it.each([
      '0',
      '2147483648',
      '-1',
      'null',
      '%00',
      'a'.repeat(300),
      '00000000-0000-0000-0000-000000000000',
      "1' OR '1'='1",
    ])('should be 404 when they cannot exist: %s', async (id) => {
      const { token } = await newLogin();
      expect((await api.call('get', `/products/${encodeURIComponent(id)}`, token)).status).toBe(404);
    });
  });
});
