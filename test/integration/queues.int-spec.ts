import { DueService } from '../../src/price-history/due.service';
import { FetchOutcome } from '../../src/marketplace-data/marketplace-data';
import { SourceError } from '../../src/marketplace-data/source-error';
import { Schedules } from '../../src/shared/queue/schedules';
import { Answer, startTestApp, TestApp } from '../support/app';
import { describeOnEachBackend, World } from '../support/backends';
import { eventually } from '../support/polling';
import { reading, ScriptedSource } from '../support/scripted-source';

interface RunRow {
  slot: Date;
  attempts: number;
  finished_at: Date | null;
  error: string | null;
}
interface Run {
  id: string;
  schedule: string;
  trigger: string;
  finishedAt: string | null;
  attempts: number;
  counts: Record<string, number> | null;
  error: string | null;
}
interface Product {
  id: string;
  tracking: {
    state: string;
    lastCheckedAt: string | null;
    lastResult: string | null;
    lastDetail: string | null;
    failures: number;
    nextCheckAt: string | null;
  };
}

const EVERY_SECOND = '* * * * * *';
/** Never while a test runs. */
const NEW_YEAR = '0 0 1 1 *';

describeOnEachBackend('queues', (newWorld) => {
  let asins = 0;
  const newAsin = () => `B0${String(++asins).padStart(8, '0')}`;
  const good = (asin: string): FetchOutcome => reading(asin, new Date(), { price: 1599 });

  const start = (world: World, env: Record<string, string>, source = new ScriptedSource()) =>
    startTestApp({
      env: { RETRY_DELAY_SECONDS: '1', REFRESH_CRON: NEW_YEAR, ...env, ...world.env },
      databaseUrl: world.database.url,
      sources: [source],
    });

  describe('of one program', () => {
    let world: World;
    let api: TestApp;
    let user: { token: string };
    let admin: { token: string };
    const source = new ScriptedSource();
    const schedules = () => api.app.get(Schedules);

    beforeAll(async () => {
      world = await newWorld();
      api = await start(world, { ROLES: 'api,worker' }, source);
      user = await api.login('seller');
      admin = await api.login('boss');
      await api.postgres.query(`UPDATE app_user SET role = 'admin' WHERE username = 'boss'`);
    });
    afterAll(async () => {
      await api.close();
      await world.remove();
    });
    beforeEach(async () => {
      // The failures of one test must not keep the source from being asked in the next.
      await api.postgres.query('TRUNCATE source_health');
      source.calls.length = 0;
      source.before = () => undefined;
      source.answer = good;
    });

    const runNow = async (name: string) => {
      const { body } = (await api.call('post', `/admin/schedules/${name}/run`, admin.token)) as Answer;
      return body as Run;
    };

    const finishedRun = (name: string) =>
      eventually(async () => {
        const { body } = (await api.call('get', `/admin/jobs?schedule=${name}`, admin.token)) as Answer;
        return (body as { data: Run[] }).data.find(({ finishedAt }) => finishedAt !== null);
      }, `the end of ${name}`);

    /** Tracked at once, so that they make one batch. */
    const track = async (...wanted: string[]): Promise<string[]> => {
      const { body } = (await api
        .call('post', '/products/import', user.token)
        .send({ products: wanted.map((asin) => ({ asin })) })) as Answer;
      return (body as { results: { productId: string }[] }).results.map(({ productId }) => productId);
    };

    const productWhen = (id: string, condition: (product: Product) => boolean) =>
      eventually(async () => {
        const { body } = (await api.call('get', `/products/${id}`, user.token)) as Answer;
        return condition(body as Product) && (body as Product);
      }, `product ${id}`);
    const checked = (id: string | undefined) =>
      productWhen(id ?? '', ({ tracking }) => tracking.lastCheckedAt !== null);

    const minutesToNextCheck = ({ tracking }: Product) =>
      (Date.parse(tracking.nextCheckAt ?? '') - Date.parse(tracking.lastCheckedAt ?? '')) / 60_000;

    const setFailures = (productId: string, failures: number) =>
      api.postgres.query(
        `UPDATE listing_state s SET failures = $2 FROM product p WHERE p.id = $1 AND s.listing_id = p.listing_id`,
        [productId, failures],
      );

    it('should run a schedule when an admin asks for it', async () => {
      schedules().add({
        name: 'count',
        description: 'Counts',
        cron: NEW_YEAR,
        run: () => Promise.resolve({ things: 7 }),
      });
      const announced = await runNow('count');
      expect(announced).toMatchObject({ schedule: 'count', trigger: 'manual', finishedAt: null, attempts: 0 });
      expect(await finishedRun('count')).toMatchObject({
        id: announced.id,
        trigger: 'manual',
        attempts: 1,
        counts: { things: 7 },
        error: null,
      });
    });

    it('should try a failing task three times and then say why it failed', async () => {
      let tries = 0;
      schedules().add({
        name: 'broken',
        description: 'Fails',
        cron: NEW_YEAR,
        run: () => Promise.reject(new Error(`broken ${String(++tries)}`)),
      });
      await runNow('broken');
      expect(await finishedRun('broken')).toMatchObject({ attempts: 3, counts: null, error: 'broken 3' });
      expect(tries).toBe(3);
    });

    it('should forget the error of a task that succeeds at its second try', async () => {
      let tries = 0;
      schedules().add({
        name: 'shaky',
        description: 'Fails once',
        cron: NEW_YEAR,
        run: () => (++tries === 1 ? Promise.reject(new Error('shaky')) : Promise.resolve({ tries })),
      });
      await runNow('shaky');
      expect(await finishedRun('shaky')).toMatchObject({ attempts: 2, counts: { tries: 2 }, error: null });
    });

    it('should let a rate-limited batch wait without costing it a try', async () => {
      source.before = () => {
        if (source.calls.length <= 4) throw new SourceError('rate_limited', 'out of tokens', 50);
      };
      const [id] = await track(newAsin());
      const product = await checked(id);
      expect(product.tracking).toMatchObject({ state: 'ok', failures: 0, lastDetail: null });
      expect(source.calls).toHaveLength(5);
    });

    it('should keep a waiting batch claimed for as long as it waits, and say why it waits', async () => {
      source.before = () => {
        throw new SourceError('rate_limited', 'out of tokens', 3_600_000);
      };
      const [id] = await track(newAsin());
      const { tracking } = await productWhen(id ?? '', ({ tracking: { lastDetail } }) => lastDetail !== null);
      expect(tracking).toMatchObject({ state: 'pending', lastDetail: 'out of tokens', lastCheckedAt: null });
      const [claim] = await api.postgres.query<{ minutes: number }>(
        `SELECT extract(epoch FROM s.claimed_until - now())::float / 60 AS minutes
         FROM listing_state s JOIN product p ON p.listing_id = s.listing_id WHERE p.id = $1`,
        [id],
      );
      expect(claim?.minutes).toBeGreaterThan(79);
      expect(await api.app.get(DueService).enqueueDue()).toMatchObject({ listings: 0 });
    });

    it('should try a listing three times before its failure becomes its state', async () => {
      source.answer = (asin) => ({ asin, result: 'timeout', detail: `slow ${String(source.calls.length)}` });
      const [id] = await track(newAsin());
      const product = await checked(id);
      expect(product.tracking).toMatchObject({
        state: 'failing',
        lastResult: 'timeout',
        lastDetail: 'slow 3',
        failures: 1,
      });
      expect(minutesToNextCheck(product)).toBe(360);
      expect(source.calls).toHaveLength(3);
    });

    it('should try a whole call three times before its failure becomes the state of every listing', async () => {
      source.before = () => {
        throw new SourceError('upstream_error', 'the source is down');
      };
      const ids = await track(newAsin(), newAsin());
      const products = await Promise.all(ids.map(checked));
      expect(products.map(({ tracking }) => [tracking.lastResult, tracking.lastDetail, tracking.failures])).toEqual([
        ['upstream_error', 'the source is down', 1],
        ['upstream_error', 'the source is down', 1],
      ]);
      expect(source.calls).toHaveLength(3);
    });

    it('should not try again where another try changes nothing', async () => {
      source.before = () => {
        throw new SourceError('auth_failed', 'the key is refused');
      };
      const [id] = await track(newAsin());
      const product = await checked(id);
      expect(product.tracking).toMatchObject({
        state: 'failing',
        lastResult: 'upstream_error',
        lastDetail: 'the key is refused',
        failures: 1,
      });
      expect(source.calls).toHaveLength(1);
    });

    it('should back off from a listing that keeps failing', async () => {
      // The failures before are in place by the time the source is asked.
      let ready: (value?: unknown) => void = () => undefined;
      const prepared = new Promise((resolve) => (ready = resolve));
      source.before = async () => {
        await prepared;
        throw new SourceError('auth_failed', 'the key is refused');
      };
      const [id = ''] = await track(newAsin());
      await setFailures(id, 1);
      ready();
      const product = await checked(id);
      expect([product.tracking.failures, minutesToNextCheck(product)]).toEqual([2, 720]);
    });

    it('should try only that part of a batch again which failed', async () => {
      const [fine, shaky] = [newAsin(), newAsin()];
      source.answer = (asin) =>
        asin === shaky && source.calls.length === 1 ? { asin, result: 'blocked', detail: 'captcha' } : good(asin);
      const ids = await track(fine, shaky);
      const products = await Promise.all(ids.map(checked));
      expect(products.map(({ tracking }) => [tracking.state, tracking.failures])).toEqual([
        ['ok', 0],
        ['ok', 0],
      ]);
      expect(source.calls.map((call) => [...call.asins].sort())).toEqual([[fine, shaky], [shaky]]);
    });
  });

  describe('of several programs', () => {
    let world: World;
    const running: TestApp[] = [];

    beforeEach(async () => {
      world = await newWorld();
    });
    afterEach(async () => {
      for (const app of running.splice(0)) await app.close();
      await world.remove();
    });

    const startHere = async (env: Record<string, string>, source?: ScriptedSource) => {
      const app = await start(world, env, source);
      running.push(app);
      return app;
    };
    const checkedListings = () =>
      world.database.dataSource.query<unknown[]>('SELECT FROM listing_state WHERE checked_at IS NOT NULL');

    it('should run a slot once, however many schedulers tick', async () => {
      const env = { ROLES: 'worker,scheduler', REFRESH_CRON: EVERY_SECOND };
      const ticks = [];
      for (const app of [await startHere(env), await startHere(env)]) {
        ticks.push(jest.spyOn(app.app.get(Schedules), 'enqueue'));
      }
      const runs = () =>
        world.database.dataSource.query<RunRow[]>(
          `SELECT slot, attempts, finished_at, error FROM job_run WHERE schedule = 'refresh-due' ORDER BY slot`,
        );
      await eventually(
        async () => (await runs()).filter(({ finished_at }) => finished_at).length >= 4,
        'four slots to run',
      );
      for (const app of running.splice(0)) await app.close();
      const rows = await runs();
      const slots = rows.map(({ slot }) => slot.getTime());
      const ticked = ticks.map(({ mock }) => mock.calls.map(([, slot]) => slot.getTime()));
      // From the first slot that both were seen to tick for to the last one that could still run.
      const first = Math.max(...ticked.map(([earliest = 0]) => earliest));
      const last = Math.min(...[...ticked, slots].map((times) => times.at(-1) ?? 0));
      // A process that was held up ticks for a second more than once.
      const within = (times: number[]) => [...new Set(times.filter((time) => time >= first && time <= last))];
      expect(ticked.map(within)).toEqual([within(slots), within(slots)]);
      expect(within(slots).length).toBeGreaterThanOrEqual(2);
      expect(rows.filter(({ attempts, error }) => attempts !== 1 || error !== null)).toEqual([]);
    });

    it('should leave jobs to a program with the role worker', async () => {
      const [idle, busy] = [new ScriptedSource(), new ScriptedSource()];
      const api = await startHere({ ROLES: 'api' }, idle);
      const { token } = await api.login('seller');
      await api.call('post', '/products', token).send({ asin: newAsin() });
      await startHere({ ROLES: 'worker' }, busy);
      await eventually(async () => (await checkedListings()).length === 1, 'the check');
      expect([idle.calls.length, busy.calls.length]).toEqual([0, 1]);
    });

    it('should bring back by the next tick what a lost queue held', async () => {
      const source = new ScriptedSource();
      const api = await startHere({ ROLES: 'api' });
      const { token } = await api.login('seller');
      await api.call('post', '/products', token).send({ asin: newAsin() });
      await api.app.get(DueService).enqueueDue();
      await world.loseQueues();
      // As it is when the batch has been away for long enough to be taken for lost.
      await world.database.dataSource.query('UPDATE listing_state SET claimed_until = now()');
      await startHere({ ROLES: 'worker,scheduler', REFRESH_CRON: EVERY_SECOND }, source);
      await eventually(async () => (await checkedListings()).length === 1, 'the check');
      expect(source.calls).toHaveLength(1);
    });
  });
});
