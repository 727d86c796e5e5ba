import { Outbound } from '../../src/shared/outbound/outbound';
import { DeliveryWorker } from '../../src/alerts/delivery/delivery-worker';
import { Answer, startTestApp, TestApp } from '../support/app';
import { FixedClock } from '../support/clock';
import { DnsServer } from '../support/dns-server';
import { ScriptedSource } from '../support/scripted-source';
import { WebhookReceiver } from '../support/webhook-receiver';

describe('channels', () => {
  let api: TestApp;
  let receiver: WebhookReceiver;
  let names: DnsServer;
  let owner: { userId: string; token: string };

  beforeAll(async () => {
    receiver = await WebhookReceiver.start();
    api = await startTestApp({
      sources: [new ScriptedSource()],
      clock: new FixedClock(),
      env: { OUTBOUND_PORTS: `80,443,${receiver.port}` },
    });
    names = await DnsServer.start();
    api.app.get(Outbound).resolver.setServers([names.address]);
    owner = await api.login('owner');
  });
  afterAll(async () => {
    await api.close();
    await receiver.stop();
    await names.stop();
  });
  beforeEach(async () => {
    await api.postgres.query('DELETE FROM channel');
    names.addresses = ['93.184.215.14'];
  });

  const create = async (body: object) =>
    (await api.call('post', '/channels', owner.token).send(body)) as Answer & { body: { id: string; secret: string } };

  it('should show the secret of a webhook once, and store it encrypted', async () => {
    const { status, body } = await create({ kind: 'webhook', url: 'https://hooks.shop.example/a', name: 'Chat' });
    expect({ status, body }).toMatchObject({
      status: 201,
      body: { kind: 'webhook', url: 'https://hooks.shop.example/a', name: 'Chat', digest: 'at_once', isEnabled: true },
    });
    expect(body.secret).toMatch(/^whsec_/);
    const list = (await api.call('get', '/channels', owner.token)) as Answer;
    expect(JSON.stringify(list.body)).not.toContain('secret"');
    const [row] = await api.postgres.query<{ secret: Buffer }>('SELECT secret FROM channel');
    expect(row?.secret.toString('latin1')).not.toContain(body.secret.slice(6));
  });

  it('should not show the secret to a repeated request', async () => {
    const send = () =>
      api
        .call('post', '/channels', owner.token)
        .set('Idempotency-Key', 'once')
        .send({ kind: 'webhook', url: 'https://hooks.shop.example/a' });
    expect(((await send()) as Answer).status).toBe(201);
    expect(((await send()) as Answer).status).toBe(409);
    expect(await api.postgres.query('SELECT FROM channel')).toHaveLength(1);
  });

  it.each([
    ['an address on this machine', { kind: 'webhook', url: 'http://2130706433/' }, 'url', /private, local or reserved/],
    ['a name on this machine', { kind: 'webhook', url: 'http://localhost./' }, 'url', /private network/],
    ['the metadata service', { kind: 'webhook', url: 'http://169.254.169.254/' }, 'url', /private, local or reserved/],
    ['another port', { kind: 'webhook', url: 'https://hooks.shop.example:6379/' }, 'url', /one of the ports/],
    ['credentials', { kind: 'webhook', url: 'https://a:b@hooks.shop.example/' }, 'url', /user name or password/],
    ['another scheme', { kind: 'webhook', url: 'file:///etc/passwd' }, 'url', /must start with https/],
    ['a webhook without an address', { kind: 'webhook' }, 'url', /required/],
    [
      'a webhook with a mail address',
      { kind: 'webhook', url: 'https://a.example/', address: 'a@b.example' },
      'address',
      /e-mail channel/,
    ],
    ['mail without an address', { kind: 'email' }, 'address', /required/],
    ['a channel of the app with an address', { kind: 'in_app', url: 'https://a.example/' }, 'url', /webhook/],
    ['a time zone that does not exist', { kind: 'in_app', timeZone: 'Europe/Atlantis' }, 'timeZone', /IANA/],
    ['an offset for a time zone', { kind: 'in_app', timeZone: '+02:00' }, 'timeZone', /IANA/],
    ['an hour that does not exist', { kind: 'in_app', digestHour: 24 }, 'digestHour', /23/],
    ['another kind', { kind: 'pigeon' }, 'kind', /one of/],
  ])('should refuse %s and say what is wrong', async (_, body, field, message) => {
    const answer = (await api.call('post', '/channels', owner.token).send(body)) as Answer;
    expect(answer).toMatchObject({
      status: 422,
      body: {
        errors: expect.arrayContaining([{ field, message: expect.stringMatching(message) as string }]) as unknown[],
      },
    });
  });

  it.each(['UTC', 'Asia/Kolkata', 'America/Argentina/Buenos_Aires'])(
    'should know the time zone %s',
    async (timeZone) => {
      expect(await create({ kind: 'in_app', timeZone })).toMatchObject({ status: 201, body: { timeZone } });
    },
  );

  it('should keep an address in its normal form', async () => {
    const { body } = await create({ kind: 'webhook', url: 'HTTPS://Hooks.Shop.Example:443/ü\u0000x' });
    expect(body).toMatchObject({ url: 'https://hooks.shop.example/%C3%BC%00x' });
  });

  it('should refuse a name of which any answer leads to a private network', async () => {
    names.addresses = ['93.184.215.14', 'fd00::1'];
    const { status, body } = await create({ kind: 'webhook', url: 'https://hooks.shop.example/' });
    expect({ status, body }).toMatchObject({ status: 422, body: { errors: [{ field: 'url' }] } });
  });

  it('should take a name that cannot be looked up now', async () => {
    names.addresses = [];
    expect((await create({ kind: 'webhook', url: 'https://hooks.shop.example/' })).status).toBe(201);
  });

  it('should refuse at the moment of connecting a name that has come to lead to this machine', async () => {
    const { body } = await create({ kind: 'webhook', url: `http://hooks.shop.example:${receiver.port}/rebound` });
    names.addresses = ['127.0.0.1'];
    await api.call('post', `/channels/${body.id}/test`, owner.token);
    const worker = api.app.get(DeliveryWorker);
    worker.wake();
    await worker.idle();
    const deliveries = (await api.call('get', `/channels/${body.id}/deliveries`, owner.token)) as Answer;
    expect(deliveries.body).toMatchObject({
      data: [
        {
          state: 'dead',
          attempts: [
            {
              status: null,
              error: 'forbidden_address',
              answer: 'must not lead to a private, local or reserved network address',
            },
          ],
        },
      ],
    });
    expect(receiver.received).toEqual([]);
  });

  it('should change what is given, keep the rest, and check a new address', async () => {
    const { body } = await create({ kind: 'webhook', url: 'https://hooks.shop.example/a', name: 'Chat' });
    const change = (more: object) => api.call('patch', `/channels/${body.id}`, owner.token).send(more);
    expect((await change({ url: 'http://10.0.0.1/' })).status).toBe(422);
    expect((await change({ address: 'a@shop.example' })).status).toBe(422);
    expect((await change({ digest: 'daily', digestHour: 6 })).body).toMatchObject({
      name: 'Chat',
      url: 'https://hooks.shop.example/a',
      digest: 'daily',
      digestHour: 6,
      timeZone: 'UTC',
    });
    expect((await change({ name: null, url: 'https://hooks.shop.example/b' })).body).toMatchObject({
      name: null,
      url: 'https://hooks.shop.example/b',
      digest: 'daily',
    });
  });

  it('should remove a channel with its deliveries', async () => {
    const { body } = await create({ kind: 'webhook', url: 'https://hooks.shop.example/a' });
    await api.call('post', `/channels/${body.id}/test`, owner.token);
    expect((await api.call('delete', `/channels/${body.id}`, owner.token)).status).toBe(204);
    expect(await api.postgres.query('SELECT FROM delivery')).toEqual([]);
  });

  describe('that rules name', () => {
    const ruleOf = async (channelIds: string[]) =>
      (
        (await api
          .call('post', '/alert-rules', owner.token)
          .send({ conditions: [{ kind: 'falls', metric: 'price' }], channelIds })) as Answer & { body: { id: string } }
      ).body.id;
    const channelsOf = async (ruleId: string) =>
      ((await api.call('get', `/alert-rules/${ruleId}`, owner.token)) as Answer & { body: { channelIds: string[] } })
        .body.channelIds;
    beforeEach(() => api.postgres.query('DELETE FROM alert_rule'));

    it('should not be removed where a rule would tell nobody any more', async () => {
      const { body } = await create({ kind: 'webhook', url: 'https://hooks.shop.example/a' });
      const ruleId = await ruleOf([body.id]);
      const answer = (await api.call('delete', `/channels/${body.id}`, owner.token)) as Answer;
      expect(answer).toMatchObject({ status: 409, body: { detail: expect.stringContaining(ruleId) as string } });
      expect(await channelsOf(ruleId)).toEqual([body.id]);
      expect(await api.postgres.query('SELECT FROM channel')).toHaveLength(1);
    });

    it('should be removed from rules that name others too', async () => {
      const [one, other] = [await create({ kind: 'in_app' }), await create({ kind: 'in_app' })];
      const ruleId = await ruleOf([one.body.id, other.body.id]);
      expect((await api.call('delete', `/channels/${one.body.id}`, owner.token)).status).toBe(204);
      expect(await channelsOf(ruleId)).toEqual([other.body.id]);
    });

    it('should be removed where only a rule that is turned off names it, which is turned on with other channels only', async () => {
      const { body } = await create({ kind: 'in_app' });
      const ruleId = await ruleOf([body.id]);
      const patch = async (change: object) =>
        (await api.call('patch', `/alert-rules/${ruleId}`, owner.token).send(change)) as Answer;
      await patch({ isActive: false });
      expect((await api.call('delete', `/channels/${body.id}`, owner.token)).status).toBe(204);
      expect(await channelsOf(ruleId)).toEqual([]);
      expect(await patch({ isActive: true })).toMatchObject({
        status: 422,
        body: { errors: [{ field: 'channelIds' }] },
      });
      expect((await patch({ name: 'Off' })).body).toMatchObject({ name: 'Off', isActive: false });
      expect((await patch({ isActive: true, channelIds: null })).body).toMatchObject({
        isActive: true,
        channelIds: null,
      });
    });

    it('should not be none', async () => {
      const conditions = [{ kind: 'falls', metric: 'price' }];
      const made = await api.call('post', '/alert-rules', owner.token).send({ conditions, channelIds: [] });
      const ruleId = await ruleOf([(await create({ kind: 'in_app' })).body.id]);
      const changed = await api.call('patch', `/alert-rules/${ruleId}`, owner.token).send({ channelIds: [] });
      for (const answer of [made, changed] as Answer[]) {
        expect(answer).toMatchObject({ status: 422, body: { errors: [{ field: 'channelIds' }] } });
      }
    });

    it('should not go while a rule that names it is being made', async () => {
      for (let round = 0; round < 10; round++) {
        const { body } = await create({ kind: 'in_app' });
        await Promise.all([ruleOf([body.id]), api.call('delete', `/channels/${body.id}`, owner.token)]);
      }
      const dangling = await api.postgres.query(
        `SELECT FROM alert_rule r, unnest(r.channel_ids) AS named WHERE named NOT IN (SELECT id FROM channel)`,
      );
      expect(dangling).toEqual([]);
    });
  });

  it('should allow twenty channels, also when they are made at once', async () => {
    const answers = await Promise.all(Array.from({ length: 24 }, () => create({ kind: 'in_app' })));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(20);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(4);
  });

  it('should rotate the secrets of webhooks only', async () => {
    const { body } = await create({ kind: 'in_app' });
    expect((await api.call('post', `/channels/${body.id}/rotate-secret`, owner.token)).status).toBe(409);
  });
});
