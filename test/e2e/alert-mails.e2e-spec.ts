import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import { AlertPictures } from '../../src/alerts/delivery/alert-picture';
import { DeliveryWorker } from '../../src/alerts/delivery/delivery-worker';
import { Evaluation } from '../../src/alerts/engine/evaluation.service';
import { Reading } from '../../src/marketplace-data/marketplace-data';
import { Recorder } from '../../src/price-history/recorder';
import { newMailChannel, newProduct, newRule, raise } from '../support/alerts';
import { Answer, startTestApp, TestApp } from '../support/app';
import { FixedClock } from '../support/clock';
import { ScriptedSource } from '../support/scripted-source';
import { headersOf, SmtpServer } from '../support/smtp-server';

const PUBLIC_URL = 'https://insights.example';

async function work(api: TestApp): Promise<void> {
  const worker = api.app.get(DeliveryWorker);
  worker.wake();
  await worker.idle();
}

/** Without the line breaks of quoted-printable. */
const unfolded = (mail: { source: string } | undefined) => (mail?.source ?? '').replace(/=\r\n/g, '');

async function attemptsOf(api: TestApp, token: string, channelId: string): Promise<unknown> {
  const { body } = (await api.call('get', `/channels/${channelId}/deliveries`, token)) as Answer;
  return (body as { data: unknown[] }).data;
}

describe('mails', () => {
  let api: TestApp;
  let server: SmtpServer;
  let owner: { userId: string; token: string };
  const clock = new FixedClock();

  beforeAll(async () => {
    server = await SmtpServer.start();
    api = await startTestApp({
      sources: [new ScriptedSource()],
      clock,
      env: { SMTP_URL: server.url, SMTP_FROM: 'alerts@insights.example', PUBLIC_URL },
    });
    owner = await api.login('owner');
  });
  afterAll(async () => {
    await api.close();
    await server.stop();
  });
  beforeEach(async () => {
    await api.postgres.query('DELETE FROM channel');
    server.mails.length = 0;
    server.answerTo = () => '250 ok';
  });

  const raiseFor = async (channelId: string, message: string, name?: string, title?: string) => {
    const ruleId = await newRule(api, owner.userId, { channelIds: [channelId], name: name ?? null });
    const productId = await newProduct(api, owner.token, title === undefined ? {} : { title });
    await raise(api, [{ userId: owner.userId, ruleId, productId, message }]);
    return ruleId;
  };
  const isActive = async (ruleId: string) =>
    (await api.postgres.query<{ is_active: boolean }>('SELECT is_active FROM alert_rule WHERE id = $1', [ruleId]))[0]
      ?.is_active;

  it('should arrive as text and HTML, from the configured sender, with the delivery in the message id', async () => {
    const { id: channelId, address } = await newMailChannel(api, owner.token);
    await raiseFor(channelId, 'Price fell from $20.00 to $15.00');
    await work(api);
    const [mail] = server.mails;
    expect(mail).toMatchObject({ from: 'alerts@insights.example', to: [address] });
    const headers = headersOf(mail?.source ?? '');
    expect(headers.get('subject')).toEqual(['[warning] Price fell from $20.00 to $15.00']);
    expect(headers.get('content-type')?.[0]).toMatch(/^multipart\/alternative/);
    expect(mail?.source).toMatch(/Content-Type: text\/plain[\s\S]*Content-Type: text\/html/);
    const [delivery] = (await attemptsOf(api, owner.token, channelId)) as { id: string }[];
    expect(headers.get('message-id')).toEqual([`<${delivery?.id}@insights.example>`]);
    expect(delivery).toMatchObject({ state: 'delivered', attempts: [{ status: 250, error: null }] });
  });

  it('should show the series of the alert over the 30 days before, and say the same in words', async () => {
    const { id: channelId } = await newMailChannel(api, owner.token);
    const ruleId = await newRule(api, owner.userId, { channelIds: [channelId] });
    const productId = await newProduct(api, owner.token);
    const history = ['metric,time,value', 'price,2026-11-20T00:00:00Z,20.00', 'price,2026-11-20T01:00:00Z,15.00'];
    await api
      .call('post', `/products/${productId}/price-history/import`, owner.token)
      .set('Content-Type', 'text/csv')
      .send(`${history.join('\n')}\n`);
    const evidence = [
      { metric: null, sources: [] },
      { metric: 'price', sources: ['import'] },
    ];
    await raise(api, [{ userId: owner.userId, ruleId, productId, message: 'one', evidence }]);
    await work(api);
    const source = unfolded(server.mails[0]);
    expect(source).toContain('\r\nprice, 30 days: lowest 15.00 USD, highest 20.00 USD\r\n');
    expect(source).toMatch(/<img src=3D"cid:series"|<img src="cid:series"/);
    expect(source).toMatch(/Content-Type: image\/png[\s\S]*Content-I[dD]: <series>[\s\S]*\r\n\r\niVBORw0KGgo/);
  });

  it('should show the price of the competitor who undercut beside one’s own', async () => {
    const { id: channelId } = await newMailChannel(api, owner.token);
    const productId = await newProduct(api, owner.token);
    const rival = 'B0RIVAL001';
    await api.call('post', `/products/${productId}/competitors`, owner.token).send({ asin: rival });
    await api
      .call('post', `/products/${productId}/alert-rules`, owner.token)
      .send({ conditions: [{ kind: 'undercut' }], channelIds: [channelId] });
    const listings = await api.postgres.query<{ id: number; asin: string }>(
      `SELECT l.id, l.asin FROM listing l WHERE l.asin = $1 OR l.id = (SELECT listing_id FROM product WHERE id = $2)`,
      [rival, productId],
    );
    const read = async (isRival: boolean, values: Reading['values']) => {
      const { id: listingId, asin } = listings.find((one) => (one.asin === rival) === isRival) ?? { id: 0, asin: '' };
      clock.advance(10);
      const reading: Reading = {
        asin,
        marketplace: 'US',
        source: 'keepa',
        observedAt: clock.now(),
        values,
        facts: {},
      };
      await api.app.get(Recorder).record('keepa', [{ listingId, result: 'ok', reading }]);
    };
    await read(false, { buy_box_price: 2000 });
    await read(true, { price: 2500 });
    await read(true, { price: 1600 });
    await read(false, { buy_box_price: 2000 });
    await api.app.get(Evaluation).evaluate(listings.map(({ id }) => id));
    await work(api);
    const source = unfolded(server.mails[0]);
    expect(source).toContain(
      '\r\nbuy box price, 30 days: lowest 20.00 USD, highest 20.00 USD (blue); ' +
        'price of B0RIVAL001, 30 days: lowest 16.00 USD, highest 25.00 USD (orange)\r\n',
    );
    expect(source).toMatch(/Content-Type: image\/png/);
  });

  it('should go out without its picture where that cannot be drawn', async () => {
    const { id: channelId } = await newMailChannel(api, owner.token);
    const drawing = jest.spyOn(api.app.get(AlertPictures), 'of').mockRejectedValue(new Error('cannot be drawn'));
    await raiseFor(channelId, 'Price fell');
    await work(api);
    drawing.mockRestore();
    expect(server.mails).toHaveLength(1);
    expect(server.mails[0]?.source).not.toContain('image/png');
    expect(await attemptsOf(api, owner.token, channelId)).toMatchObject([{ state: 'delivered' }]);
  });

  it('should tell that another channel was disabled, and let no text of its receiver be more than text', async () => {
    const { id: failing, address: lost } = await newMailChannel(api, owner.token);
    const { address, id: told } = await newMailChannel(api, owner.token, { timeZone: 'Europe/Berlin' });
    await raiseFor(failing, 'Price fell');
    await api.postgres.query(`UPDATE channel SET failing_since = '2026-01-01' WHERE id = $1`, [failing]);
    server.answerTo = (to) => (to === address ? '250 ok' : '550 <b>no</b> such user');
    await work(api);
    const [mail] = server.mails.filter(({ to }) => to.includes(address));
    expect(headersOf(mail?.source ?? '').get('subject')).toEqual([`Your e-mail channel ${lost} was disabled`]);
    const text = unfolded(mail);
    expect(text).toContain('the last one with: 550');
    expect(text).toContain('&#60;b&#62;no&#60;/b&#62; such user');
    expect(text).toContain(`PATCH /channels/${failing} with isEnabled true`);
    expect(await attemptsOf(api, owner.token, told)).toMatchObject([
      { purpose: 'channel_disabled', state: 'delivered' },
    ]);
  });

  it('should let no text of others begin a header or name a receiver', async () => {
    const { id: channelId, address } = await newMailChannel(api, owner.token);
    await raiseFor(channelId, 'Fell\r\nBcc: all@victim.example\r\n\r\n<b>', 'x\r\nX-Rule: 1', 'T\r\nX-Title: 1');
    await work(api);
    const [mail] = server.mails;
    expect(mail?.to).toEqual([address]);
    const headers = headersOf(mail?.source ?? '');
    expect(headers.get('subject')).toEqual(['[warning] Fell Bcc: all@victim.example <b>']);
    expect([...headers.keys()].sort()).toEqual([
      'content-type',
      'date',
      'from',
      'list-unsubscribe',
      'list-unsubscribe-post',
      'message-id',
      'mime-version',
      'subject',
      'to',
    ]);
  });

  it.each([
    'a@shop.example\r\nBcc: all@victim.example',
    'a@shop.example, b@victim.example',
    'a@shop.example <b@victim.example>',
    'a@shop.example\u0000',
  ])('should refuse the address %j', async (address) => {
    const { status, body } = (await api
      .call('post', '/channels', owner.token)
      .send({ kind: 'email', address })) as Answer;
    expect({ status, body }).toMatchObject({ status: 422, body: { errors: [{ field: 'address' }] } });
  });

  it('should turn the rule off by the one click of RFC 8058, without a login, and not by looking at the link', async () => {
    const { id: channelId } = await newMailChannel(api, owner.token);
    const ruleId = await raiseFor(channelId, 'one');
    const untouched = await newRule(api, owner.userId);
    await work(api);
    const headers = headersOf(server.mails[0]?.source ?? '');
    expect(headers.get('list-unsubscribe-post')).toEqual(['List-Unsubscribe=One-Click']);
    const link = /^<(https:\/\/insights\.example\/api\/v1\/unsubscribe\/\S+)>$/.exec(
      headers.get('list-unsubscribe')?.[0] ?? '',
    )?.[1];
    const path = new URL(link ?? '').pathname;
    const looked = (await request(api.url).get(path)) as Answer & { text: string };
    expect(looked.status).toBe(200);
    expect(looked.text).toContain('<form method="post">');
    expect(await isActive(ruleId)).toBe(true);
    const clicked = (await request(api.url).post(path).type('form').send('List-Unsubscribe=One-Click')) as Answer;
    expect(clicked.status).toBe(200);
    expect([await isActive(ruleId), await isActive(untouched)]).toEqual([false, true]);
  });

  it('should take the click as a form of parts too', async () => {
    const { id: channelId } = await newMailChannel(api, owner.token);
    const ruleId = await raiseFor(channelId, 'one');
    await work(api);
    const link = headersOf(server.mails[0]?.source ?? '').get('list-unsubscribe')?.[0] ?? '';
    const clicked = (await request(api.url)
      .post(new URL(link.slice(1, -1)).pathname)
      .field('List-Unsubscribe', 'One-Click')) as Answer;
    expect(clicked.status).toBe(200);
    expect(await isActive(ruleId)).toBe(false);
  });

  it('should turn off the channel by the link of a digest, and what waits for it should not come when it is enabled again', async () => {
    const { id: channelId } = await newMailChannel(api, owner.token, { digest: 'hourly' });
    await raiseFor(channelId, 'one');
    await api.postgres.query(`UPDATE delivery SET next_attempt_at = created_at`);
    await work(api);
    const link = headersOf(server.mails[0]?.source ?? '').get('list-unsubscribe')?.[0] ?? '';
    await raiseFor(channelId, 'two');
    await request(api.url).post(new URL(link.slice(1, -1)).pathname);
    const { body } = (await api.call('get', '/channels', owner.token)) as Answer;
    expect(body).toMatchObject({ data: [{ isEnabled: false, disabledReason: 'Turned off by the link in a mail' }] });
    expect(await attemptsOf(api, owner.token, channelId)).toMatchObject([
      { message: 'two', state: 'dead' },
      { message: 'one', state: 'delivered' },
    ]);
  });

  it('should answer 404 to a token that it did not sign', async () => {
    const token = Buffer.alloc(33).toString('base64url');
    expect(((await request(api.url).post(`/api/v1/unsubscribe/${token}`)) as Answer).status).toBe(404);
  });

  it('should try again when the server refuses, and say what it said', async () => {
    server.answerTo = () => '451 greylisted, come back';
    const { id: channelId } = await newMailChannel(api, owner.token);
    await raiseFor(channelId, 'one');
    await work(api);
    expect(await attemptsOf(api, owner.token, channelId)).toMatchObject([
      {
        state: 'pending',
        attempts: [{ status: 451, error: 'mail', answer: expect.stringContaining('greylisted, come back') as string }],
      },
    ]);
  });
});

describe('mails without a mail server', () => {
  it('should be files in the data folder, and the attempt should say so', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'aip-mail-'));
    const api = await startTestApp({ sources: [new ScriptedSource()], env: { DATA_DIR: folder, PORT: '3210' } });
    try {
      const owner = await api.login('owner');
      const { id: channelId } = await newMailChannel(api, owner.token);
      const ruleId = await newRule(api, owner.userId);
      const productId = await newProduct(api, owner.token);
      await raise(api, [{ userId: owner.userId, ruleId, productId, message: 'Price fell' }]);
      await work(api);
      const [delivery] = (await attemptsOf(api, owner.token, channelId)) as { id: string }[];
      expect(delivery).toMatchObject({
        state: 'delivered',
        attempts: [
          { status: null, answer: `No SMTP_URL is set: written to mail/${delivery?.id}.eml in the data folder` },
        ],
      });
      expect(await readdir(join(folder, 'mail'))).toEqual([`${delivery?.id}.eml`]);
      const headers = headersOf(await readFile(join(folder, 'mail', `${delivery?.id}.eml`), 'utf8'));
      expect(headers.get('subject')).toEqual(['[warning] Price fell']);
      expect(headers.get('list-unsubscribe')?.[0]).toMatch(/^<http:\/\/localhost:3210\//);
      // RFC 8058 allows the one click over https only.
      expect(headers.has('list-unsubscribe-post')).toBe(false);
    } finally {
      await api.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
