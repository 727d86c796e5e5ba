import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import { ConfirmationLinks } from '../../src/alerts/delivery/mail-links';
import { DeliveryWorker } from '../../src/alerts/delivery/delivery-worker';
import { newMailChannel, newProduct, newRule, raise } from '../support/alerts';
import { Answer, startTestApp, TestApp } from '../support/app';
import { FixedClock } from '../support/clock';
import { AppLogger } from '../../src/shared/logging/app-logger';
import { ScriptedSource } from '../support/scripted-source';
import { headersOf, SmtpServer } from '../support/smtp-server';

const PUBLIC_URL = 'https://insights.example';
const NOW = '2026-11-24T12:00:00Z';

interface Channel {
  id: string;
  address: string;
  confirmedAt: string | null;
  nextStep: string | null;
}

async function work(api: TestApp): Promise<void> {
  const worker = api.app.get(DeliveryWorker);
  worker.wake();
  await worker.idle();
}

/** The path of the link in a mail. */
function linkIn(source: string): string {
  const text = source.replace(/=\r\n/g, '').replace(/=3D/g, '=');
  return /\/api\/v1\/confirm-address\/[\w-]+/.exec(text)?.[0] ?? 'no link';
}

describe('confirmation of an address', () => {
  const clock = new FixedClock();
  let api: TestApp;
  let server: SmtpServer;
  let addresses = 0;
  let owner: { userId: string; token: string };
  let stranger: { userId: string; token: string };

  beforeAll(async () => {
    server = await SmtpServer.start();
    api = await startTestApp({
      sources: [new ScriptedSource()],
      clock,
      env: { SMTP_URL: server.url, SMTP_FROM: 'alerts@insights.example', PUBLIC_URL },
    });
    stranger = await api.login('stranger');
  });
  afterAll(async () => {
    await api.close();
    await server.stop();
  });
  let users = 0;
  beforeEach(async () => {
    clock.set(NOW);
    await api.postgres.query('DELETE FROM channel');
    server.mails.length = 0;
    // How many mails a user has sent to be confirmed is counted.
    owner = await api.login(`owner${++users}`);
  });

  const newAddress = () => `new${++addresses}@shop.example`;
  const create = async (more: object = {}) => {
    const { status, body } = (await api
      .call('post', '/channels', owner.token)
      .send({ kind: 'email', address: newAddress(), ...more })) as Answer;
    expect(status).toBe(201);
    return body as Channel;
  };
  const show = async (id: string) => {
    const { body } = (await api.call('get', '/channels', owner.token)) as Answer & { body: { data: Channel[] } };
    return body.data.find((one) => one.id === id);
  };
  const change = (id: string, body: object) => api.call('patch', `/channels/${id}`, owner.token).send(body);
  const resend = async (id: string, token = owner.token) =>
    (await api.call('post', `/channels/${id}/confirmation`, token)) as Answer;
  const confirm = async (path: string) => (await request(api.url).post(path).type('form').send('')) as Answer;
  const alertTo = async (channelId: string, message: string) => {
    const ruleId = await newRule(api, owner.userId, { channelIds: [channelId] });
    const productId = await newProduct(api, owner.token);
    await raise(api, [{ userId: owner.userId, ruleId, productId, message }]);
  };
  const subjects = () => server.mails.map(({ source }) => headersOf(source).get('subject')?.[0]);

  it('should be asked by one mail, and followed by alerts after the link was followed', async () => {
    const channel = await create();
    expect(channel).toMatchObject({
      confirmedAt: null,
      nextStep: `Follow the link in the mail to ${channel.address}; POST /channels/${channel.id}/confirmation sends another one`,
    });
    await work(api);
    expect(server.mails.map(({ to }) => to)).toEqual([[channel.address]]);
    expect(subjects()).toEqual(['Confirm your address for alerts of insights.example']);
    expect((await confirm(linkIn(server.mails[0]?.source ?? ''))).status).toBe(200);
    expect(await show(channel.id)).toMatchObject({ confirmedAt: '2026-11-24T12:00:00.000Z', nextStep: null });
    await alertTo(channel.id, 'Price fell');
    await work(api);
    expect(subjects().slice(1)).toEqual(['[warning] Price fell']);
  });

  it('should not be given by looking at the link, as scanners do', async () => {
    const channel = await create();
    await work(api);
    const page = (await request(api.url).get(linkIn(server.mails[0]?.source ?? ''))) as Answer & { text: string };
    expect(page.status).toBe(200);
    expect(page.text).toContain(`<form method="post"><button>Confirm ${channel.address}</button></form>`);
    expect(await show(channel.id)).toMatchObject({ confirmedAt: null });
  });

  it('should plan nothing before, so that nothing of before comes after', async () => {
    const channel = await create();
    await work(api);
    await alertTo(channel.id, 'before');
    expect((await confirm(linkIn(server.mails[0]?.source ?? ''))).status).toBe(200);
    await work(api);
    expect(server.mails).toHaveLength(1);
    const { body } = (await api.call('get', `/channels/${channel.id}/deliveries`, owner.token)) as Answer;
    expect(body).toMatchObject({ data: [{ purpose: 'confirmation', alertId: null, state: 'delivered' }] });
  });

  it('should keep back what was planned by a transaction that did not see the address change', async () => {
    const { id } = await newMailChannel(api, owner.token);
    await alertTo(id, 'in between');
    await api.postgres.query('UPDATE channel SET confirmed_at = NULL WHERE id = $1', [id]);
    await work(api);
    expect(server.mails).toEqual([]);
  });

  it('should be needed for a test, and 409 should say so', async () => {
    const { id } = await create();
    const { status, body } = (await api.call('post', `/channels/${id}/test`, owner.token)) as Answer;
    expect({ status, body }).toMatchObject({
      status: 409,
      body: { detail: 'The address is not confirmed: follow the link in the mail to it' },
    });
    await work(api);
    expect(subjects()).toEqual(['Confirm your address for alerts of insights.example']);
  });

  it('should be asked again of another address, and what waited for the old one should not go to it', async () => {
    const { id, address: old } = await newMailChannel(api, owner.token);
    await alertTo(id, 'for the old address');
    const address = newAddress();
    expect((await change(id, { address })).body).toMatchObject({ address, confirmedAt: null });
    await work(api);
    expect(server.mails.map(({ to }) => to)).toEqual([[address]]);
    const { body } = (await api.call('get', `/channels/${id}/deliveries`, owner.token)) as Answer;
    expect(body).toMatchObject({ data: [{ purpose: 'confirmation' }, { purpose: 'alert', state: 'dead' }] });
    expect((await confirm(linkIn(server.mails[0]?.source ?? ''))).status).toBe(200);
    expect(await show(id)).toMatchObject({ address, confirmedAt: '2026-11-24T12:00:00.000Z' });
    expect(old).not.toBe(address);
  });

  it('should not be asked again of the same address', async () => {
    const { id, address } = await newMailChannel(api, owner.token);
    expect((await change(id, { address: address.toUpperCase(), name: 'me' })).body).toMatchObject({
      address,
      confirmedAt: expect.any(String) as string,
    });
    await work(api);
    expect(server.mails).toEqual([]);
  });

  it('should not be given by a link to an address that the channel had before', async () => {
    const { id } = await create();
    await work(api);
    await change(id, { address: newAddress() });
    expect((await confirm(linkIn(server.mails[0]?.source ?? ''))).status).toBe(404);
    expect(await show(id)).toMatchObject({ confirmedAt: null });
  });

  it('should not be given by a link that is three days old', async () => {
    const { id } = await create();
    await work(api);
    const link = linkIn(server.mails[0]?.source ?? '');
    clock.advance(3 * 1440);
    const { status, body } = await confirm(link);
    expect({ status, body }).toMatchObject({
      status: 409,
      body: { detail: 'The link has expired: ask for another mail' },
    });
    expect(((await request(api.url).get(link)) as Answer).status).toBe(409);
    expect(await show(id)).toMatchObject({ confirmedAt: null });
  });

  it('should not be given by a token that the server did not sign', async () => {
    expect((await confirm(`/api/v1/confirm-address/${Buffer.alloc(52).toString('base64url')}`)).status).toBe(404);
  });

  it('should keep its time when the link is followed again', async () => {
    const { id } = await create();
    await work(api);
    const link = linkIn(server.mails[0]?.source ?? '');
    await confirm(link);
    clock.advance(5);
    expect((await confirm(link)).status).toBe(200);
    expect(await show(id)).toMatchObject({ confirmedAt: '2026-11-24T12:00:00.000Z' });
  });

  it('should be asked three times an hour at most, counted from the first mail on', async () => {
    const { id } = await create();
    expect([(await resend(id)).status, (await resend(id)).status]).toEqual([202, 202]);
    expect(await resend(id)).toMatchObject({ status: 429, body: { errorCode: 'rate_limited' } });
    expect(((await change(id, { address: newAddress() })) as Answer).status).toBe(429);
    clock.advance(61);
    expect((await resend(id)).status).toBe(202);
  });

  it('should not be asked of an address more than five times an hour, by whatever channels', async () => {
    const address = newAddress();
    const statuses: number[] = [];
    for (let time = 0; time < 6; time++) {
      const { status, body } = (await api
        .call('post', '/channels', owner.token)
        .send({ kind: 'email', address })) as Answer;
      statuses.push(status);
      if (status === 201) await api.call('delete', `/channels/${(body as Channel).id}`, owner.token);
    }
    expect(statuses).toEqual([201, 201, 201, 201, 201, 429]);
  });

  it('should not be asked by a user more than twenty times an hour, and nothing be left of the rest', async () => {
    const { userId, token } = await api.login('mailer');
    const statuses: number[] = [];
    for (let time = 0; time < 21; time++) {
      await api.postgres.query('DELETE FROM channel WHERE user_id = $1', [userId]);
      const { status } = (await api
        .call('post', '/channels', token)
        .send({ kind: 'email', address: newAddress() })) as Answer;
      statuses.push(status);
    }
    expect(statuses).toEqual([...Array.from({ length: 20 }, () => 201), 429]);
    expect(await api.postgres.query('SELECT FROM channel WHERE user_id = $1', [userId])).toEqual([]);
  });

  it('should not be asked of a channel that is disabled before it is enabled again', async () => {
    const { id } = await create();
    await change(id, { isEnabled: false });
    expect(await resend(id)).toMatchObject({ status: 409 });
    await change(id, { address: newAddress() });
    await work(api);
    expect(server.mails).toEqual([]);
    await change(id, { isEnabled: true });
    await work(api);
    expect(subjects()).toEqual(['Confirm your address for alerts of insights.example']);
  });

  it.each([
    ['what is confirmed', async () => (await newMailChannel(api, owner.token)).id],
    [
      'what has no address',
      async () => {
        const { body } = (await api.call('post', '/channels', owner.token).send({ kind: 'in_app' })) as Answer;
        return (body as Channel).id;
      },
    ],
  ])('should have nothing to ask of %s', async (_, make) => {
    expect((await resend(await make())).status).toBe(409);
  });

  it('should not be redelivered: there is another mail for that', async () => {
    const { id } = await create();
    await work(api);
    await confirm(linkIn(server.mails[0]?.source ?? ''));
    const all = (await api.call('post', `/channels/${id}/redeliver?all=true`, owner.token)) as Answer;
    expect(all).toMatchObject({ status: 202, body: { deliveries: 0 } });
    const { body } = (await api.call('get', `/channels/${id}/deliveries`, owner.token)) as Answer & {
      body: { data: { id: string }[] };
    };
    const one = (await api.call('post', `/deliveries/${body.data[0]?.id ?? ''}/redeliver`, owner.token)) as Answer;
    expect(one.status).toBe(409);
  });

  it('should get 404 for the channel of somebody else', async () => {
    const { id } = await create();
    expect((await resend(id, stranger.token)).status).toBe(404);
  });

  it('should leave no token in the log', async () => {
    const { id, address } = await create();
    const path = new URL(api.app.get(ConfirmationLinks).to(id, address, new Date('2026-11-25T00:00:00Z'))).pathname;
    const logger = api.app.get(AppLogger);
    jest.spyOn(logger, 'isEnabled').mockReturnValue(true);
    const log = jest.spyOn(logger, 'log');
    try {
      await request(api.url).get(path);
      await confirm(path);
      await confirm(`${path}/`);
      await confirm(`${path}/more`);
      const paths = log.mock.calls.map(([line]) => (line as { req: { path: string } }).req.path);
      expect(paths).toEqual([
        ...Array.from({ length: 2 }, () => '/api/v1/confirm-address/…'),
        '/api/v1/confirm-address/…/',
        '/api/v1/confirm-address/…/more',
      ]);
    } finally {
      jest.restoreAllMocks();
    }
  });
});

describe('confirmation without a mail server', () => {
  it('should be a file in the data folder, and the channel should say so', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'aip-mail-'));
    const api = await startTestApp({ sources: [new ScriptedSource()], env: { DATA_DIR: folder } });
    try {
      const { token } = await api.login('owner');
      const created = (await api
        .call('post', '/channels', token)
        .send({ kind: 'email', address: 'me@shop.example' })) as Answer;
      expect(created.body).toMatchObject({
        nextStep:
          'No SMTP_URL is set, and mails are files: open the one to me@shop.example in the folder mail of the data folder, and follow its link',
      });
      await work(api);
      const [file = ''] = await readdir(join(folder, 'mail'));
      const { status } = (await request(api.url).post(
        linkIn(await readFile(join(folder, 'mail', file), 'utf8')),
      )) as Answer;
      expect(status).toBe(200);
      const { body } = (await api.call('get', '/channels', token)) as Answer;
      expect(body).toMatchObject({ data: [{ confirmedAt: expect.any(String) as string, nextStep: null }] });
    } finally {
      await api.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
