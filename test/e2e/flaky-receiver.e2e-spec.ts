import { createHash } from 'node:crypto';
import { Deliveries } from '../../src/alerts/delivery/deliveries.service';
import { newRule, raise } from '../support/alerts';
import { Answer, startTestApp, TestApp } from '../support/app';
import { createTestDatabase, TestDatabase } from '../support/database';
import { eventually } from '../support/polling';
import { ProgramWorkshop } from '../support/program';
import { ScriptedSource } from '../support/scripted-source';
import { TcpProxy } from '../support/tcp-proxy';
import { WebhookReceiver } from '../support/webhook-receiver';

const PRODUCTS = 200;
const PER_PRODUCT = 10;
const ALERTS = PRODUCTS * PER_PRODUCT;

describe('2,000 alerts for a flaky receiver', () => {
  let workshop: ProgramWorkshop;
  let database: TestDatabase;
  let receiver: WebhookReceiver;
  let proxy: TcpProxy;
  let api: TestApp;

  beforeAll(async () => {
    workshop = await ProgramWorkshop.create();
    database = await createTestDatabase();
    receiver = await WebhookReceiver.start();
    proxy = await TcpProxy.start(database.url);
    api = await startTestApp({ sources: [new ScriptedSource()], databaseUrl: database.url, env: outbound() });
  }, 60_000);
  afterAll(async () => {
    await workshop.remove();
    await api.close();
    await proxy.stop();
    await receiver.stop();
    await database.drop();
  });

  const outbound = () => ({
    ALLOWED_PRIVATE_RANGES: '127.0.0.0/8',
    OUTBOUND_PORTS: String(receiver.port),
    MAX_PRODUCTS_PER_USER: '1000',
  });
  const startWorker = () =>
    workshop.start({
      ...outbound(),
      DATABASE_URL: proxy.url,
      ROLES: 'worker,scheduler',
      DELIVERY_CRON: '* * * * * *',
      LOG_LEVEL: 'fatal',
    });
  const deliveredCount = async () =>
    (await api.postgres.query<{ n: number }>(`SELECT count(*)::int AS n FROM delivery WHERE state = 'delivered'`))[0]
      ?.n ?? 0;
  /** What was leased to the lost is free once the lease has run out, which is not waited for here. */
  const endLeases = () => api.postgres.query(`UPDATE channel SET leased_until = now() WHERE leased_until IS NOT NULL`);

  it('should all arrive, in order for each product, over kill -9 of the worker and a loss of the database', async () => {
    const owner = await api.login('owner');
    const asins = Array.from({ length: PRODUCTS }, (_, index) => `B0${String(index).padStart(8, '0')}`);
    const imported = (await api
      .call('post', '/products/import', owner.token)
      .send({ products: asins.map((asin) => ({ asin })) })) as Answer & { body: { results: { productId: string }[] } };
    const products = imported.body.results.map(({ productId }) => productId);
    const { body: channel } = (await api
      .call('post', '/channels', owner.token)
      .send({ kind: 'webhook', url: `http://127.0.0.1:${receiver.port}/flaky` })) as Answer;
    const ruleId = await newRule(api, owner.userId, { channelIds: [(channel as { id: string }).id] });
    for (let round = 0; round < PER_PRODUCT; round++) {
      const message = String(round);
      await raise(
        api,
        products.map((productId) => ({ userId: owner.userId, ruleId, productId, message })),
      );
    }

    /** Messages that the receiver has taken, in the order in which it did. */
    const taken: { product: string; round: number; id: string }[] = [];
    const seen = new Set<string>();
    receiver.answers.set('/flaky', (response, { headers, event }) => {
      const id = String(headers['webhook-id']);
      const luck = seen.has(id) ? 99 : createHash('sha256').update(id).digest().readUInt8() % 20;
      seen.add(id);
      if (luck === 0) {
        response.destroy();
        return;
      }
      if (luck === 1) {
        response.writeHead(500).end('flaky');
        return;
      }
      taken.push({ product: event.subject ?? '', round: Number(event.data['message']), id });
      // Taken, but the answer gets lost: it comes again.
      if (luck === 2) response.destroy();
      else setTimeout(() => response.writeHead(204).end(), luck === 3 ? 50 : 0);
    });

    const first = await startWorker();
    await eventually(async () => (await deliveredCount()) > ALERTS / 4, 'a quarter of the deliveries', 60_000);
    await first.kill();
    await endLeases();
    await startWorker();
    await api.app.get(Deliveries).announce();
    await eventually(async () => (await deliveredCount()) > ALERTS / 2, 'half of the deliveries', 60_000);
    proxy.cut();
    const beforeCut = await deliveredCount();
    proxy.mend();
    // What was under way at the cut is known to have been lost when nothing is delivered any more.
    await endLeases();
    await eventually(async () => (await deliveredCount()) > beforeCut, 'deliveries after the outage', 60_000);
    await eventually(async () => (await deliveredCount()) === ALERTS, 'all deliveries', 120_000);

    expect(new Set(taken.map(({ id }) => id)).size).toBe(ALERTS);
    for (const product of products) {
      const rounds = taken.filter((one) => one.product === product).map(({ round }) => round);
      // At least once, and never one before an earlier one: what comes twice comes twice in a row.
      expect(rounds).toEqual([...rounds].sort((a, b) => a - b));
      expect(new Set(rounds).size).toBe(PER_PRODUCT);
    }
  }, 240_000);
});
