import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import request from 'supertest';
import { Answer, PASSWORD } from '../support/app';
import { createTestDatabase, TestDatabase } from '../support/database';
import { digestOfHistory, EVERY_POINT } from '../support/history';
import { KEEPA_KEY, keepaMinute, keepaProduct, KeepaServer } from '../support/keepa-server';
import { eventually } from '../support/polling';
import { ProgramWorkshop, RunningProgram } from '../support/program';
import { TcpProxy } from '../support/tcp-proxy';

const PAST = keepaMinute('2026-01-01T00:00:00Z');

/** What an operator's machine does to a program: processes die, are told to stop, and lose the network. */
describe('the program as a process', () => {
  let workshop: ProgramWorkshop;
  let database: TestDatabase;
  let keepa: KeepaServer;
  let asins = 0;

  beforeAll(async () => {
    workshop = await ProgramWorkshop.create();
  }, 60_000);
  afterAll(() => workshop.remove());
  beforeEach(async () => {
    database = await createTestDatabase();
    keepa = await KeepaServer.start();
    keepa.tokensLeft = 100_000;
  });
  afterEach(async () => {
    await workshop.killAll();
    await keepa.stop();
    await database.drop();
  });

  const start = (env: Record<string, string> = {}) =>
    workshop.start({
      DATABASE_URL: database.url,
      KEEPA_API_KEY: KEEPA_KEY,
      KEEPA_BASE_URL: keepa.url,
      REFRESH_CRON: '* * * * * *',
      LIMIT_REQUESTS_PER_MINUTE: '100000',
      LIMIT_PRODUCT_READS_PER_MINUTE: '100000',
      MAX_PRODUCTS_PER_USER: '1000',
      ...env,
    });

  async function login(program: RunningProgram): Promise<string> {
    const account = { username: 'seller', password: PASSWORD };
    await request(program.url)
      .post('/api/v1/auth/register')
      .send({ ...account, email: 'seller@shop.example' });
    const { body } = (await request(program.url).post('/api/v1/auth/token').send(account)) as Answer;
    return (body as { accessToken: string }).accessToken;
  }

  /** Listings with a past of `points` prices, each of which differs from the one before. */
  async function track(program: RunningProgram, token: string, count: number, points = 1): Promise<string[]> {
    const added = Array.from({ length: count }, () => `B0${String(++asins).padStart(8, '0')}`);
    for (const asin of added) {
      const price = Array.from({ length: points }, (_, index) => [PAST + index * 60, 1000 + (index % 7)]).flat();
      keepa.add(keepaProduct(asin, { 1: price }));
    }
    const { body } = (await request(program.url)
      .post('/api/v1/products/import')
      .set('Authorization', `Bearer ${token}`)
      .send({ products: added.map((asin) => ({ asin })) })) as Answer;
    return (body as { results: { productId: string }[] }).results.map(({ productId }) => productId);
  }

  const select = <Row>(sql: string) => database.dataSource.query<Row[]>(sql);
  const checkedCount = async () =>
    (await select<{ n: number }>('SELECT count(*)::int AS n FROM listing_state WHERE checked_at IS NOT NULL'))[0]?.n;

  /** What was recorded of the listings that count as checked. */
  const acknowledged = () =>
    select<{ listing_id: number }>(
      `SELECT o.listing_id, count(*)::int AS points, md5(string_agg(o::text, ',' ORDER BY o.metric, o.minute)) AS content
       FROM ${EVERY_POINT} o JOIN listing_state s USING (listing_id) WHERE s.checked_at IS NOT NULL
       GROUP BY o.listing_id ORDER BY o.listing_id`,
    );

  /** What BullMQ waits for before it takes a job for lost: that its lock has run out, and that it was seen so before. */
  async function passAMinute(): Promise<void> {
    await database.dataSource.query('UPDATE bullmq.job SET locked_until_ms = 0, stalled_marked = true');
    await database.dataSource.query(`DELETE FROM bullmq.meta WHERE field = 'stalled-check'`);
  }

  it('should lose nothing it recorded when a worker is killed in mid-batch, and record nothing twice', async () => {
    const api = await start({ ROLES: 'api,scheduler' });
    const token = await login(api);
    await track(api, token, 60, 3000);
    const victim = await start({ ROLES: 'worker' });
    await eventually(async () => ((await checkedCount()) ?? 0) > 12, 'a batch and a part of the next');
    await victim.kill();
    const before = await acknowledged();
    expect(before.length).toBeLessThan(60);
    await passAMinute();
    await start({ ROLES: 'worker' });
    await eventually(async () => (await checkedCount()) === 60, 'all checks', 60_000);
    const after = await acknowledged();
    const known = new Set(before.map(({ listing_id }) => listing_id));
    expect(after.filter(({ listing_id }) => known.has(listing_id))).toEqual(before);
    const points = await select(
      `SELECT count(*)::int AS points, count(DISTINCT minute)::int AS minutes FROM ${EVERY_POINT} o
       WHERE metric = 1 GROUP BY listing_id`,
    );
    expect(points).toEqual(Array.from({ length: 60 }, () => ({ points: 3000, minutes: 3000 })));
  }, 120_000);

  it('should have the same history when it is killed while it packs, again and again', async () => {
    await database.dataSource.query(
      `WITH made AS (INSERT INTO listing (marketplace, asin) SELECT 'US', 'B9' || lpad(n::text, 8, '0') FROM generate_series(1, 2000) n RETURNING id),
       state AS (INSERT INTO listing_state (listing_id) SELECT id FROM made)
       INSERT INTO observation (listing_id, closed, metrics, minutes, "values", lengths, sources, delays)
       SELECT id, t + 60, array_agg(m), array_agg(t), array_agg(t % 977), array_agg(0), array_agg(2), array_agg(0)
       FROM made, generate_series(29000000, 29200000, 5000) t, generate_series(1, 5) m GROUP BY id, t`,
    );
    const before = await digestOfHistory(database.dataSource);
    const packed = async () =>
      (await select<{ n: number }>('SELECT count(*)::int AS n FROM observation_month'))[0]?.n ?? 0;
    const left = async () => (await select('SELECT FROM observation LIMIT 1')).length;
    const kills: number[] = [];
    while (kills.length < 3 && (await left()) > 0) {
      const done = await packed();
      const victim = await start({ ROLES: 'worker,scheduler', PACK_CRON: '* * * * * *', REFRESH_CRON: '0 0 1 1 *' });
      await eventually(async () => (await packed()) > done, 'packing to go on', 60_000);
      await victim.kill();
      kills.push(await packed());
      // What a killed process held is let go once its connections are gone.
      expect(await digestOfHistory(database.dataSource)).toEqual(before);
      await passAMinute();
    }
    expect(kills.length).toBeGreaterThan(1);
    await start({ ROLES: 'worker,scheduler', PACK_CRON: '* * * * * *', REFRESH_CRON: '0 0 1 1 *' });
    await eventually(async () => (await left()) === 0, 'everything to be packed', 60_000);
    expect(await digestOfHistory(database.dataSource)).toEqual(before);
  }, 180_000);

  it('should answer the request in flight and finish the job in hand when it is told to stop', async () => {
    const program = await start();
    const token = await login(program);
    const [productId = ''] = await track(program, token, 1);
    await eventually(async () => (await checkedCount()) === 1, 'the first check');

    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const asked = new Promise<void>((resolve) => {
      keepa.intercept = async ({ path }) => {
        if (path !== '/product') return false;
        resolve();
        await held;
        return false;
      };
    });
    await track(program, token, 1);
    await asked;
    const upload = httpRequest(`${program.url}/api/v1/products/${productId}/price-history/import`, {
      method: 'POST',
      headers: { 'content-type': 'text/csv', authorization: `Bearer ${token}` },
    });
    upload.write('metric,time,value\nprice,2020-01-01T00:00:00Z,15.99\n');
    const answered = once(upload, 'response') as Promise<[{ statusCode: number }]>;
    // The upload is being read once its route has begun, which a later request on another connection tells.
    await request(program.url).get('/api/v1/health/live');

    program.signal('SIGTERM');
    // As systemd does, which tells npm and the program, after which npm tells the program too.
    program.signal('SIGTERM');
    await eventually(() => Promise.resolve(program.output().includes('SIGTERM')), 'the signal to arrive');
    upload.end('price,2020-01-02T00:00:00Z,16.99\n');
    release();
    const [response] = await answered;
    expect([response.statusCode, await program.ended, await checkedCount()]).toEqual([200, 0, 2]);
  }, 60_000);

  describe('with the database away', () => {
    let network: TcpProxy;
    let program: RunningProgram;
    let token: string;

    beforeEach(async () => {
      network = await TcpProxy.start(database.url);
      program = await start({ DATABASE_URL: network.url });
      token = await login(program);
    });
    afterEach(() => network.stop());

    const ready = async () => {
      const began = performance.now();
      const { status } = await request(program.url).get('/api/v1/health/ready');
      return { status, inTime: performance.now() - began < 1000 };
    };

    it('should say within a second that it is not ready, and be ready again without a restart', async () => {
      expect(await ready()).toEqual({ status: 200, inTime: true });
      network.cut();
      expect(await ready()).toEqual({ status: 503, inTime: true });
      network.mend();
      await eventually(async () => (await ready()).status === 200, 'readiness');
      expect(program.isRunning()).toBe(true);
    }, 60_000);

    it('should survive a connection that is cut in the middle of a transaction', async () => {
      await track(program, token, 30, 3000);
      await eventually(async () => ((await checkedCount()) ?? 0) > 2, 'recording to be under way');
      network.cut();
      await eventually(async () => (await ready()).status === 503, 'the loss to be noticed');
      await passAMinute();
      network.mend();
      await eventually(async () => (await checkedCount()) === 30, 'all checks', 90_000);
      expect(program.isRunning()).toBe(true);
    }, 120_000);

    it('should work at full concurrency again after an outage', async () => {
      network.cut();
      await eventually(async () => (await ready()).status === 503, 'the loss to be noticed');
      network.mend();
      await eventually(async () => (await ready()).status === 200, 'readiness');
      let atOnce = 0;
      let most = 0;
      let release: () => void = () => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      keepa.intercept = async ({ path }) => {
        if (path !== '/product') return false;
        most = Math.max(most, ++atOnce);
        await held;
        atOnce--;
        return false;
      };
      await track(program, token, 100);
      await eventually(() => Promise.resolve(most === 4), 'four calls at once', 30_000);
      release();
      await eventually(async () => (await checkedCount()) === 100, 'all checks', 60_000);
      expect(most).toBe(4);
    }, 120_000);
  });
});
