import { createHash } from 'node:crypto';
import { Deliveries } from '../../src/alerts/delivery/deliveries.service';
import { newRule, raise } from '../support/alerts';
import { Answer, startTestApp, TestApp } from '../support/app';
import { OwnServer } from '../support/own-server';
import { eventually } from '../support/polling';
import { ProgramWorkshop } from '../support/program';
import { ScriptedSource } from '../support/scripted-source';
import { TcpProxy } from '../support/tcp-proxy';
import { WebhookReceiver } from '../support/webhook-receiver';

const CHANNELS = 8;
const PRODUCTS = 200;
const PER_PRODUCT = 10;
const ALERTS = PRODUCTS * PER_PRODUCT;

describe('2,000 alerts for a flaky receiver', () => {
  let workshop: ProgramWorkshop;
  let database: OwnServer;
  let receiver: WebhookReceiver;
  let proxy: TcpProxy;
  let api: TestApp;

  beforeAll(async () => {
    workshop = await ProgramWorkshop.create();
    database = await OwnServer.start();
    receiver = await WebhookReceiver.start();
    proxy = await TcpProxy.start(database.url);
    api = await startTestApp({ sources: [new ScriptedSource()], databaseUrl: database.url, env: outbound() });
  }, 60_000);
  afterAll(async () => {
    await workshop.remove();
    await api.close();
    await proxy.stop();
    await receiver.stop();
    await database.remove();
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
  /** Undefined while the database is away. */
  const deliveredCount = async () => {
    try {
      const [row] = await api.postgres.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM delivery WHERE state = 'delivered'`,
      );
      return row?.n;
    } catch {
      return undefined;
    }
  };
  const delivered = (atLeast: number) =>
    eventually(
      async () => {
        const count = await deliveredCount();
        return count !== undefined && count >= atLeast && count;
      },
      `${atLeast} deliveries`,
      180_000,
    );
  const killDatabase = async () => {
    const before = await database.pid();
    await database.kill();
    await eventually(
      async () => (await deliveredCount()) !== undefined && (await database.pid()) !== before,
      'another database server',
      30_000,
    );
  };

  it('should all arrive, in order for each product, over kill -9 of the worker, of PostgreSQL twice, and a cut line', async () => {
    const owner = await api.login('owner');
    const asins = Array.from({ length: PRODUCTS }, (_, index) => `B0${String(index).padStart(8, '0')}`);
    const imported = (await api
      .call('post', '/products/import', owner.token)
      .send({ products: asins.map((asin) => ({ asin })) })) as Answer & { body: { results: { productId: string }[] } };
    const products = imported.body.results.map(({ productId }) => productId);
    const rules: string[] = [];
    for (let number = 0; number < CHANNELS; number++) {
      const { body: channel } = (await api
        .call('post', '/channels', owner.token)
        .send({ kind: 'webhook', url: `http://127.0.0.1:${receiver.port}/flaky?${number}` })) as Answer;
      rules.push(await newRule(api, owner.userId, { channelIds: [(channel as { id: string }).id] }));
    }
    const eventIds: string[] = [];
    const raiseRounds = async (from: number, to: number) => {
      for (let round = from; round < to; round++) {
        const alerts = products.map((productId, index) => ({
          userId: owner.userId,
          ruleId: rules[index % CHANNELS] ?? '',
          productId,
          message: String(round),
        }));
        eventIds.push(...(await raise(api, alerts)));
      }
    };

    /** Messages that the receiver has taken, in the order in which it did. */
    const taken: { product: string; round: number; event: string }[] = [];
    const seen = new Set<string>();
    receiver.otherwise = (response, { headers, event }) => {
      const id = String(headers['webhook-id']);
      const luck = seen.has(id) ? 99 : createHash('sha256').update(id).digest().readUInt8() % 32;
      seen.add(id);
      if (luck === 0) {
        response.destroy();
        return;
      }
      if (luck === 1) {
        response.writeHead(500).end('flaky');
        return;
      }
      taken.push({ product: event.subject ?? '', round: Number(event.data['message']), event: event.id });
      // Taken, but the answer gets lost: it comes again.
      if (luck === 2) response.destroy();
      else setTimeout(() => response.writeHead(204).end(), luck === 3 ? 50 : 0);
    };

    await raiseRounds(0, PER_PRODUCT / 2);
    const first = await startWorker();
    await delivered(ALERTS / 10);
    await first.kill();
    // What was leased to the killed is free once the lease has run out, which is not waited for here.
    await api.postgres.query(`UPDATE channel SET leased_until = now() WHERE leased_until IS NOT NULL`);
    await startWorker();
    await api.app.get(Deliveries).announce();
    await delivered(ALERTS / 5);
    await killDatabase();
    // From here on the program has to come back by itself.
    await raiseRounds(PER_PRODUCT / 2, PER_PRODUCT);
    await delivered((await delivered(0)) + ALERTS / 10);
    await killDatabase();
    await delivered((await delivered(0)) + ALERTS / 10);
    proxy.cut();
    const atCut = await delivered(0);
    proxy.mend();
    await delivered(Math.min(ALERTS, atCut + 1));
    await delivered(ALERTS);

    expect(new Set(taken.map(({ event }) => event))).toEqual(new Set(eventIds));
    expect(eventIds).toHaveLength(ALERTS);
    for (const product of products) {
      const rounds = taken.filter((one) => one.product === product).map(({ round }) => round);
      // At least once, and never one before an earlier one: what comes twice comes twice in a row.
      expect(rounds).toEqual([...rounds].sort((a, b) => a - b));
      expect(new Set(rounds).size).toBe(PER_PRODUCT);
    }
  }, 240_000);
});
