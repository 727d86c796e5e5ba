import { v7 as uuidv7 } from 'uuid';
import { ReplayView } from '../../src/alerts/dto/alert-rule.view';
import { AlertPage } from '../../src/alerts/dto/alert.view';
import { Evaluation } from '../../src/alerts/engine/evaluation.service';
import { DiscoveryService } from '../../src/competitors/discovery.service';
import { HistorySeries, Reading, SearchHit } from '../../src/marketplace-data/marketplace-data';
import { Recorder } from '../../src/price-history/recorder';
import { Schedules } from '../../src/shared/queue/schedules';
import { Answer, startTestApp, TestApp } from '../support/app';
import { FixedClock } from '../support/clock';
import { hit, ScriptedSource } from '../support/scripted-source';

interface Listing {
  asin: string;
  listingId: number;
}
interface Product extends Listing {
  id: string;
}

const UNDERCUT = { kind: 'undercut' };
const NEW = { kind: 'new_competitor' };
const FAILING = { kind: 'source_failing' };
const DAY = 1440;
const START = '2026-11-24T12:00:00Z';

describe('alerts beyond the metrics of a listing', () => {
  let api: TestApp;
  let clock: FixedClock;
  let owner: { userId: string; token: string };
  let other: { userId: string; token: string };
  const source = new ScriptedSource('keepa', { history: false, search: true, related: [] });
  let asins = 0;

  beforeAll(async () => {
    clock = new FixedClock();
    api = await startTestApp({ sources: [source], clock, env: { MAX_PRODUCTS_PER_USER: '1000' } });
    owner = await api.login('owner');
    other = await api.login('other');
  });
  afterAll(() => api.close());
  beforeEach(async () => {
    await api.postgres.query('TRUNCATE source_health, source_usage');
    await api.postgres.query(`DELETE FROM alert`);
    await api.postgres.query(`DELETE FROM alert_rule`);
    await api.postgres.query(`UPDATE listing SET title = NULL`);
    source.rivals = {};
    clock.set(START);
  });

  const call = async (method: 'get' | 'post' | 'patch' | 'delete', path: string, body?: object, user = owner) =>
    (await (body ? api.call(method, path, user.token).send(body) : api.call(method, path, user.token))) as Answer;
  const idOf = ({ body }: Answer) => (body as { id: string }).id;
  const alerts = async (user = owner) =>
    ((await call('get', '/alerts?page[size]=200', undefined, user)).body as AlertPage).data;
  const newAsin = () => `B0${String(++asins).padStart(8, '0')}`;
  const listingIdOf = async (asin: string) =>
    (await api.postgres.query<{ id: number }>(`SELECT id FROM listing WHERE asin = $1`, [asin]))[0]?.id ?? 0;

  async function product(user = owner): Promise<Product> {
    const asin = newAsin();
    const id = idOf(await call('post', '/products', { asin }, user));
    return { asin, id, listingId: await listingIdOf(asin) };
  }
  async function rival(of: Product, user = owner): Promise<Listing & { competitorId: string }> {
    const asin = newAsin();
    const competitorId = idOf(await call('post', `/products/${of.id}/competitors`, { asin }, user));
    return { asin, competitorId, listingId: await listingIdOf(asin) };
  }
  const rule = async (of: Product, conditions: object[], rest: object = {}, user = owner) =>
    call('post', `/products/${of.id}/alert-rules`, { conditions, ...rest }, user);

  /** What a source says some minutes later. */
  async function record(
    { asin, listingId }: Listing,
    values: Reading['values'],
    { minutes = 10, at = 0, series }: { minutes?: number; at?: number; series?: HistorySeries[] } = {},
  ) {
    clock.advance(minutes);
    const observedAt = new Date(clock.now().getTime() - at * 60_000);
    const reading: Reading = { asin, marketplace: 'US', source: 'keepa', observedAt, values, facts: {} };
    const recorded = { listingId, result: values.price === null ? ('no_offer' as const) : ('ok' as const), reading };
    const recorder = api.app.get(Recorder);
    await (series ? recorder.recordHistory('keepa', recorded, series) : recorder.record('keepa', [recorded]));
  }
  async function fail({ listingId }: Listing, detail = 'captcha') {
    await api.app.get(Recorder).recordFailures('keepa', [{ listingId, result: 'blocked', detail }]);
  }

  /** What the queue brings about after readings were recorded. */
  const evaluate = (...listings: Listing[]) =>
    api.app.get(Evaluation).evaluate(listings.map(({ listingId }) => listingId));

  /** A minute goes by, and the schedule looks. */
  async function tick(minutes = 1): Promise<number> {
    clock.advance(minutes);
    const result = await api.app.get(Schedules).find('evaluate-alerts')?.run(clock.now());
    return (result as { alerts: number }).alerts;
  }
  const isoAgo = (minutes: number) => new Date(clock.now().getTime() - minutes * 60_000).toISOString();

  describe('undercut', () => {
    it('should be told of a competitor’s reading, once, with both prices and their times', async () => {
      const own = await product();
      const [near, far] = [await rival(own), await rival(own)];
      expect((await rule(own, [UNDERCUT])).body).toMatchObject({
        conditions: [{ kind: 'undercut', percent: 0, hysteresisPercent: 2 }],
        cooldownMinutes: DAY,
      });
      await record(own, { price: 2100, buy_box_price: 2000 });
      await record(near, { price: 2050 });
      await record(far, { price: 2500 });
      expect(await tick()).toBe(0);
      await record(near, { price: 1600 });
      expect(await tick()).toBe(1);
      expect(await tick()).toBe(0);
      const [alert, ...rest] = await alerts();
      expect(rest).toEqual([]);
      expect(alert).toMatchObject({
        productId: own.id,
        severity: 'warning',
        occurredAt: isoAgo(2),
        evidence: [
          {
            metric: 'buy_box_price',
            value: 2000,
            at: isoAgo(33),
            baseline: 1600,
            baselineAt: isoAgo(2),
            unit: 'USD',
            scale: 2,
            sources: ['keepa'],
            competitor: { asin: near.asin, title: null, metric: 'price' },
          },
        ],
      });
      expect(alert?.message).toMatch(
        new RegExp(
          `^buy box price of USD 20\\.00 \\(.* UTC\\) is 25\\.0 % above the cheapest competitor, ${near.asin} at USD 16\\.00 \\(.* UTC\\)$`,
        ),
      );
    });

    it('should be told of one’s own reading, from the percentage on, and again once the distance shrank', async () => {
      const own = await product();
      const near = await rival(own);
      await rule(own, [{ kind: 'undercut', percent: 10 }], { cooldownMinutes: 0 });
      await record(near, { price: 2000 });
      const steps: [price: number, told: number][] = [
        [2199, 0],
        [2200, 1],
        [2190, 0],
        [2300, 0],
        [2159, 0],
        [2250, 1],
      ];
      for (const [price, told] of steps) {
        await record(own, { price });
        expect([price, await tick()]).toEqual([price, told]);
      }
    });

    it('should be told once, however many look at it at the same time', async () => {
      const own = await product();
      const near = await rival(own);
      await rule(own, [UNDERCUT]);
      await record(own, { price: 2000 });
      await record(near, { price: 1800 });
      clock.advance(1);
      const made = await Promise.all(
        Array.from({ length: 6 }, () => api.app.get(Evaluation).evaluate([own.listingId])),
      );
      expect(made.reduce((sum, count) => sum + count, 0)).toBe(1);
      expect(await tick()).toBe(0);
    });

    it('should be told by the competitor’s reading itself, by rules about competitors only, and not by another metric', async () => {
      const own = await product();
      const near = await rival(own);
      await rule(own, [UNDERCUT]);
      await rule(own, [{ kind: 'falls', metric: 'price' }]);
      await record(own, { price: 2000 });
      await record(near, { price: 2000, bsr: 100 });
      expect(await tick()).toBe(0);
      const looked = () =>
        api.postgres.query(`SELECT seen->'rival:${String(near.listingId)}:price' AS seen FROM alert_rule_state t
          JOIN alert_rule r ON r.id = t.rule_id WHERE r.conditions->0->>'kind' = 'undercut'`);
      const before = await looked();
      await record(near, { price: 2000, bsr: 200 });
      expect(await evaluate(near)).toBe(0);
      expect(await looked()).toEqual(before);
      await record(near, { price: 1500 });
      expect(await evaluate(near)).toBe(1);
      expect(await tick()).toBe(0);
      expect((await alerts())[0]?.evidence[0]).toMatchObject({ condition: UNDERCUT, baseline: 1500, at: isoAgo(32) });
    });

    it('should be told to all who compete with a listing, however many they are', async () => {
      const theirs = await product(other);
      const owned: Product[] = [];
      for (let count = 0; count < 101; count++) {
        const own = await product();
        await call('post', `/products/${own.id}/competitors`, { asin: theirs.asin });
        owned.push(own);
      }
      await call('post', '/alert-rules', { conditions: [UNDERCUT] });
      clock.advance(10);
      const reading = {
        marketplace: 'US',
        source: 'keepa',
        observedAt: clock.now(),
        values: { price: 2000 },
        facts: {},
      } as const;
      await api.app.get(Recorder).record(
        'keepa',
        owned.map(({ asin, listingId }) => ({ listingId, result: 'ok', reading: { ...reading, asin } })),
      );
      await record(theirs, { price: 1500 });
      expect(await evaluate(theirs)).toBe(101);
      expect(await alerts(other)).toEqual([]);
    });

    it('should be told of a minute in the order in which its readings came, and a replay should take the same steps', async () => {
      const own = await product();
      const near = await rival(own);
      const ruleId = idOf(await rule(own, [UNDERCUT], { cooldownMinutes: 0 }));
      await record(own, { price: 2000 });
      await record(near, { price: 2000 });
      expect(await tick()).toBe(0);
      // For some seconds the competitor was cheaper, and known to be so.
      await record(own, { price: 2400 });
      expect(await evaluate(own)).toBe(1);
      await record(near, { price: 2400 }, { minutes: 0 });
      expect(await evaluate(near)).toBe(0);
      // Nobody has ever known the competitor to be the cheaper one.
      await record(own, { price: 2000 });
      expect(await evaluate(own)).toBe(0);
      await record(near, { price: 2100 }, { minutes: 0 });
      expect(await evaluate(near)).toBe(0);
      await record(own, { price: 2400 });
      await record(near, { price: 2400 }, { minutes: 0 });
      expect(await evaluate(own, near)).toBe(0);
      expect(await tick()).toBe(0);
      const live = await alerts();
      expect(live.map(({ occurredAt }) => occurredAt)).toEqual([isoAgo(21)]);
      const { body } = await call('post', '/alert-rules/replay', { ruleId, days: 30 });
      expect((body as ReplayView).alerts).toMatchObject(
        live.map(({ occurredAt, message, evidence }) => ({ occurredAt, message, evidence })),
      );
    });

    it('should leave together what one reading told, for other rules of the product too', async () => {
      const own = await product();
      const near = await rival(own);
      await rule(own, [UNDERCUT]);
      const both = [
        { kind: 'falls', metric: 'price' },
        { kind: 'rises', metric: 'bsr' },
      ];
      const ruleId = idOf(await rule(own, both));
      await record(own, { price: 2000, bsr: 100 });
      await record(near, { price: 2100 });
      expect(await tick()).toBe(0);
      await record(near, { price: 1500 });
      expect(await evaluate(near)).toBe(1);
      await record(own, { price: 1400, bsr: 200 }, { minutes: 0 });
      expect(await evaluate(own)).toBe(1);
      const [last] = await alerts();
      expect([last?.ruleId, last?.evidence.map(({ metric, value }) => [metric, value])]).toEqual([
        ruleId,
        [
          ['price', 1400],
          ['bsr', 200],
        ],
      ]);
      const { body } = await call('post', '/alert-rules/replay', { ruleId, days: 30 });
      expect((body as ReplayView).alerts.map(({ occurredAt }) => occurredAt)).toEqual([last?.occurredAt]);
    });

    it('should forget in which order readings came only where no replay reaches', async () => {
      const own = await product();
      const minute = Math.floor(clock.now().getTime() / 60_000);
      const [first, last] = [minute - (365 + 32) * DAY, minute - (365 + 32) * DAY - 1];
      await api.postgres.query(
        `INSERT INTO alert_straggler (product_id, series, minute, known, step) SELECT $1, 'price', known, known, 1 FROM unnest($2::int[]) known`,
        [own.id, [first, last]],
      );
      await api.app.get(Schedules).find('clean-up-reading-orders')?.run(clock.now());
      const kept = await api.postgres.query('SELECT known FROM alert_straggler WHERE product_id = $1', [own.id]);
      expect(kept).toEqual([{ known: first }]);
    });

    it('should not be told of the past: of what was before the rule, of a back-fill, or of old prices', async () => {
      const own = await product();
      const near = await rival(own);
      await record(own, { price: 2000 });
      await record(near, { price: 1500 });
      await rule(own, [UNDERCUT]);
      expect(await tick()).toBe(0);
      await record(near, { price: 2100 });
      expect(await tick()).toBe(0);
      const day = Math.floor(clock.now().getTime() / 60_000) - 3 * DAY;
      await record(near, { price: 2100 }, { series: [{ metric: 'price', points: [[day, 1000, day + 60]] }] });
      expect(await tick()).toBe(0);
      await tick(8 * DAY);
      // What the competitor asked was seen more than a week ago.
      await record(own, { price: 3000 });
      expect(await tick()).toBe(0);
      await record(near, { price: 2200 });
      expect(await tick()).toBe(1);
    });

    it('should not be told of what came and went in the last hours and became known after that', async () => {
      const own = await product();
      await rule(own, [{ kind: 'falls', metric: 'price' }], { cooldownMinutes: 0 });
      await record(own, { price: 2000 });
      expect(await tick()).toBe(0);
      const now = Math.floor(clock.now().getTime() / 60_000) + 360;
      const points = [5, 4, 3, 2, 1].map((hours, index) => {
        const minute = now - hours * 60;
        return [minute, index % 2 ? 2000 : 1500, minute + 50] as const;
      });
      points.push([now - 10, 2000, now - 10]);
      await record(own, { price: 2000 }, { minutes: 359, series: [{ metric: 'price', points }] });
      expect(await tick()).toBe(0);
      expect(await alerts()).toEqual([]);
    });

    it('should be told once of a competitor that is cheaper already when it is confirmed', async () => {
      const own = await product();
      const foreign = await product(other);
      await record(own, { price: 2000 });
      await record(foreign, { price: 1500 });
      clock.advance(5 * DAY);
      await record(own, { price: 2000 });
      await record(foreign, { price: 1500 });
      await rule(own, [UNDERCUT]);
      expect(await tick()).toBe(0);
      await call('post', `/products/${own.id}/competitors`, { asin: foreign.asin });
      expect(await tick()).toBe(1);
      expect(await tick()).toBe(0);
      expect((await alerts())[0]).toMatchObject({
        occurredAt: isoAgo(2),
        evidence: [{ baseline: 1500, baselineAt: isoAgo(5 * DAY + 23) }],
      });
    });

    it('should be no matter of who is dismissed, nor of another user’s competitors', async () => {
      const own = await product();
      const near = await rival(own);
      const foreign = await product(other);
      await rival(foreign, other);
      await rule(own, [UNDERCUT]);
      await rule(foreign, [UNDERCUT], {}, other);
      await record(own, { price: 2000 });
      await record(foreign, { price: 2000 });
      await call('delete', `/competitors/${near.competitorId}`);
      await record(near, { price: 1000 });
      expect(await tick()).toBe(0);
    });

    it('should be told of the next competitor where the one before was dismissed', async () => {
      const own = await product();
      const [near, far] = [await rival(own), await rival(own)];
      await rule(own, [UNDERCUT], { cooldownMinutes: 60 });
      await record(own, { price: 2000 });
      await record(far, { price: 2500 });
      await record(near, { price: 1500 });
      expect(await tick()).toBe(1);
      await call('delete', `/competitors/${near.competitorId}`);
      expect(await tick()).toBe(0);
      await record(far, { price: 1800 }, { minutes: 120 });
      expect(await tick()).toBe(1);
    });

    it('should come out of a replay as it was told', async () => {
      const own = await product();
      const [near, far] = [await rival(own), await rival(own)];
      const ruleId = idOf(
        await rule(own, [{ kind: 'undercut', percent: 2 }], { cooldownMinutes: 60, rearm: 'cooldown_and_return' }),
      );
      for (let step = 0; step < 60; step++) {
        const [who, base] = [
          [own, 2000],
          [near, 2010],
          [far, 2080],
        ][step % 3] as [Listing, number];
        const price = step % 17 === 16 ? null : base + ((step * 7919) % 13) * 30 - 180;
        await record(who, { price }, { minutes: 35 });
        await tick();
      }
      const live = await alerts();
      const { body } = await call('post', '/alert-rules/replay', { ruleId, days: 30, alertsPerWeek: 1 });
      const replayed = body as ReplayView;
      expect(live.length).toBeGreaterThan(5);
      expect(replayed.alerts.map(({ occurredAt, message, evidence }) => [occurredAt, message, evidence])).toEqual(
        live.map(({ occurredAt, message, evidence }) => [occurredAt, message, evidence]),
      );
      expect(replayed).toMatchObject({ count: live.length, competitors: 2 });
      expect(replayed.threshold?.percent).toBeGreaterThan(2);
    });
  });

  describe('new_competitor', () => {
    const discover = (of: Product) =>
      api.app.get(DiscoveryService).discover({
        userId: owner.userId,
        productId: of.id,
        excludeOwnBrand: false,
        isDemanded: true,
        runId: uuidv7(),
      });
    const kettles = (count: number): SearchHit[] =>
      Array.from({ length: count }, (_, index) => hit(newAsin(), `Brand${index} electric kettle steel 1.7 l`));
    async function kettle(): Promise<Product> {
      const own = await product();
      await api.postgres.query(`UPDATE listing SET title = 'Acme electric kettle steel 1.7 l' WHERE id = $1`, [
        own.listingId,
      ]);
      return own;
    }

    it('should be told once of a whole discovery, and of the next one for what it never found before', async () => {
      const own = await kettle();
      expect((await rule(own, [NEW])).body).toMatchObject({ cooldownMinutes: 0 });
      clock.advance(1);
      const first = kettles(12);
      source.rivals = { search: () => first };
      await discover(own);
      expect(await tick()).toBe(1);
      expect(await tick()).toBe(0);
      const [alert] = await alerts();
      expect(alert).toMatchObject({
        severity: 'info',
        occurredAt: isoAgo(2),
        evidence: [
          { condition: { kind: 'new_competitor' }, metric: null, value: 12, unit: 'count', sources: ['keepa'] },
        ],
      });
      expect(alert?.evidence[0]?.found).toHaveLength(5);
      expect(alert?.evidence[0]?.found?.[0]).toMatchObject({ similarity: expect.closeTo(0.8, 0) as number });
      expect(alert?.message).toMatch(
        /^12 new competitors found: B0\d{8} “Brand\d+ electric kettle steel 1\.7 l”, .* and 7 more \(.* UTC\)$/,
      );
      // One is not found any more, comes back, and is no news; another one is.
      clock.advance(DAY);
      source.rivals = { search: () => first.slice(1) };
      await discover(own);
      expect(await tick()).toBe(0);
      clock.advance(DAY);
      const added = kettles(1);
      source.rivals = { search: () => [...first, ...added] };
      await discover(own);
      expect(await tick()).toBe(1);
      expect((await alerts())[0]?.message).toContain(`1 new competitor found: ${added[0]?.asin ?? ''}`);
    });

    it('should not be told of what was found before the rule, nor of what the user names', async () => {
      const own = await kettle();
      source.rivals = { search: () => kettles(3) };
      await discover(own);
      clock.set(new Date(clock.now().getTime() + 10_000));
      await rule(own, [NEW]);
      expect(await tick()).toBe(0);
      await rival(own);
      expect(await tick(5)).toBe(0);
    });

    it('should be told of a discovery in the minute in which the rule was made', async () => {
      const own = await kettle();
      clock.set(new Date(Math.floor(clock.now().getTime() / 60_000) * 60_000 + 5_000));
      await rule(own, [NEW]);
      clock.set(new Date(clock.now().getTime() + 20_000));
      source.rivals = { search: () => kettles(2) };
      await discover(own);
      expect(await tick(0)).toBe(0);
      expect(await tick()).toBe(1);
      expect(await tick()).toBe(0);
    });

    it('should come out of a replay as it was told, and be nobody else’s', async () => {
      const own = await kettle();
      const ruleId = idOf(await rule(own, [NEW]));
      const found: SearchHit[] = [];
      for (let day = 0; day < 4; day++) {
        clock.advance(DAY);
        found.push(...kettles(day % 3));
        source.rivals = { search: () => found };
        await discover(own);
        await tick();
      }
      const live = await alerts();
      const { body } = await call('post', '/alert-rules/replay', { ruleId, days: 30 });
      expect(live).toHaveLength(2);
      expect(
        (body as ReplayView).alerts.map(({ occurredAt, message, evidence }) => [occurredAt, message, evidence]),
      ).toEqual(live.map(({ occurredAt, message, evidence }) => [occurredAt, message, evidence]));
      expect(body).toMatchObject({ competitors: null, reverted: 0 });
      expect((await call('post', '/alert-rules/replay', { ruleId }, other)).status).toBe(404);
      expect(await alerts(other)).toEqual([]);
    });
  });

  describe('a cooldown', () => {
    it('should hold back a second stock-out, which is told when it is over with no reading in between, live as in a replay', async () => {
      const own = await product();
      const ruleId = idOf(await rule(own, [{ kind: 'gone', metric: 'price' }]));
      for (const price of [2000, null, 2000, null]) await record(own, { price });
      expect(await tick()).toBe(1);
      const second = isoAgo(1);
      expect(await tick(DAY - 30)).toBe(0);
      expect(await tick(30)).toBe(1);
      expect(await tick(2 * DAY)).toBe(0);
      const live = await alerts();
      expect(live[0]).toMatchObject({ occurredAt: second, severity: 'critical' });
      const { body } = await call('post', '/alert-rules/replay', { ruleId, days: 30 });
      expect((body as ReplayView).alerts.map(({ occurredAt, message }) => [occurredAt, message])).toEqual(
        live.map(({ occurredAt, message }) => [occurredAt, message]),
      );
    });
  });

  describe('source_failing', () => {
    it('should be told once when no check was good for so long, and again after it was read again', async () => {
      const own = await product();
      const ruleId = idOf(await rule(own, [FAILING], { cooldownMinutes: 0 }));
      await record(own, { price: 2000 });
      const good = clock.now().toISOString();
      clock.advance(60);
      await fail(own);
      expect(await tick()).toBe(0);
      clock.advance(12 * 60);
      await fail(own, 'captcha again');
      expect(await tick()).toBe(0);
      // No check in between: time alone makes it so.
      expect(await tick(11 * 60)).toBe(1);
      expect(await tick(600)).toBe(0);
      const [alert] = await alerts();
      expect(alert).toMatchObject({
        severity: 'warning',
        occurredAt: new Date(Date.parse(good) + DAY * 60_000).toISOString(),
        evidence: [
          {
            metric: null,
            value: 24,
            unit: 'hours',
            sources: ['keepa'],
            failure: { result: 'blocked', detail: 'captcha', since: good },
          },
        ],
      });
      expect(alert?.message).toMatch(/^no good reading for 24 hours, since .* UTC; checks fail \(blocked: captcha\)$/);
      await record(own, { price: 2000 });
      expect(await tick()).toBe(0);
      clock.advance(60);
      await fail(own);
      expect(await tick(2 * DAY)).toBe(1);
      const live = await alerts();
      const { body } = await call('post', '/alert-rules/replay', { ruleId, days: 30 });
      expect(
        (body as ReplayView).alerts.map(({ occurredAt, message, evidence }) => [occurredAt, message, evidence]),
      ).toEqual(live.map(({ occurredAt, message, evidence }) => [occurredAt, message, evidence]));
    });

    it('should be critical after days, and be told of a listing that was never read', async () => {
      const own = await product();
      await rule(own, [{ ...FAILING, hours: 72 }]);
      await fail(own);
      expect(await tick(71 * 60)).toBe(0);
      expect(await tick(70)).toBe(1);
      expect((await alerts())[0]).toMatchObject({ severity: 'critical', evidence: [{ value: 72 }] });
    });

    it('should not be told where nothing was checked, nor of an outage that began before the rule', async () => {
      const [idle, failing] = [await product(), await product()];
      await record(idle, { price: 2000 });
      await record(failing, { price: 2000 });
      clock.advance(60);
      await fail(failing);
      await tick(2 * DAY);
      await rule(idle, [FAILING]);
      await rule(failing, [FAILING]);
      await fail(failing);
      expect(await tick(2 * DAY)).toBe(0);
    });
  });

  describe('what changes of a listing', () => {
    const [MINE, THEIRS] = ['A1OWNSELLER01', 'A2OTHERSELLER'];

    async function tell({ asin, listingId }: Listing, facts: Reading['facts'], minutes = 10) {
      clock.advance(minutes);
      const reading: Reading = {
        asin,
        marketplace: 'US',
        source: 'keepa',
        observedAt: clock.now(),
        values: { price: 2000 },
        facts,
      };
      await api.app.get(Recorder).record('keepa', [{ listingId, result: 'ok', reading }]);
    }
    const own = (sellerIds: object[]) => call('patch', '/users/me', { sellerIds });
    beforeEach(() => own([]));

    it('should be told once for all that one reading found changed, with what was before', async () => {
      const bottle = await product();
      const ruleId = idOf(await rule(bottle, [{ kind: 'content_changed' }]));
      await tell(bottle, { title: 'Bottle', brand: 'Acme', bullets: ['Holds water'] });
      expect(await tick()).toBe(0);
      await tell(bottle, { title: 'Steel bottle', brand: 'Acme', bullets: ['Holds water', 'Steel'] });
      expect(await tick()).toBe(1);
      expect(await tick()).toBe(0);
      await tell(bottle, { title: 'Steel bottle', brand: 'Acme', bullets: ['Holds water', 'Steel'] });
      expect(await tick()).toBe(0);
      const [alert] = await alerts();
      expect(alert).toMatchObject({
        severity: 'warning',
        evidence: [{ metric: null, value: 2, unit: 'count', sources: ['keepa'] }],
      });
      expect(alert?.evidence[0]?.changes).toEqual(
        expect.arrayContaining([
          { field: 'title', before: 'Bottle', after: 'Steel bottle' },
          { field: 'bullets', before: ['Holds water'], after: ['Holds water', 'Steel'] },
        ]),
      );
      expect(alert?.message).toContain('title changed from “Bottle” to “Steel bottle”');
      const { body } = await call('post', '/alert-rules/replay', { ruleId, days: 30 });
      expect((body as ReplayView).alerts).toMatchObject([{ message: alert?.message, evidence: alert?.evidence }]);
    });

    it('should be told of the buy box by whose it is', async () => {
      await own([{ marketplace: 'US', sellerId: MINE }]);
      const bottle = await product();
      const kinds = ['seller_changed', 'buy_box_lost', 'buy_box_won'];
      const ruleIds: string[] = [];
      for (const kind of kinds) ruleIds.push(idOf(await rule(bottle, [{ kind }], { cooldownMinutes: 0 })));
      const told = async () => {
        await tick();
        const made = await alerts();
        await api.postgres.query('DELETE FROM alert');
        return made.map(({ ruleId, severity, message }) => [
          kinds[ruleIds.indexOf(ruleId ?? '')],
          severity,
          message.replace(/ \(.*/, ''),
        ]);
      };
      await tell(bottle, { buyBoxSellerId: MINE });
      expect(await told()).toEqual([]);
      await tell(bottle, { buyBoxSellerId: THEIRS });
      expect((await told()).sort()).toEqual([
        ['buy_box_lost', 'critical', `your seller ${MINE} lost the buy box to ${THEIRS}`],
        ['seller_changed', 'warning', `another seller has the buy box: ${THEIRS} after ${MINE}`],
      ]);
      await tell(bottle, { buyBoxSellerId: null });
      expect(await told()).toEqual([]);
      await tell(bottle, { buyBoxSellerId: MINE });
      expect((await told()).sort()).toEqual([
        ['buy_box_won', 'info', `your seller ${MINE} won the buy box from nobody`],
        ['seller_changed', 'warning', `another seller has the buy box: ${MINE} after ${THEIRS}`],
      ]);
    });

    it('should be told who had the buy box last, however long nobody had it, live as in a replay', async () => {
      // The session is as old as the other tests are.
      clock.set('2026-10-01T12:00:00Z');
      const bottle = await product();
      const ruleId = idOf(await rule(bottle, [{ kind: 'seller_changed' }], { cooldownMinutes: 0 }));
      await tell(bottle, { buyBoxSellerId: MINE });
      await tell(bottle, { buyBoxSellerId: null });
      expect(await tick()).toBe(0);
      await tell(bottle, { buyBoxSellerId: THEIRS }, 40 * DAY);
      expect(await tick()).toBe(1);
      const live = await alerts();
      expect(live[0]?.message).toMatch(`another seller has the buy box: ${THEIRS} after ${MINE}`);
      for (const days of [30, 90]) {
        const { body } = await call('post', '/alert-rules/replay', { ruleId, days });
        expect((body as ReplayView).alerts.map(({ message }) => message)).toEqual(live.map(({ message }) => message));
      }
    });

    it('should be no news once a seller is named as the user’s own', async () => {
      const bottle = await product();
      await call('post', '/alert-rules', { conditions: [{ kind: 'buy_box_lost' }] });
      await tell(bottle, { buyBoxSellerId: MINE });
      await tell(bottle, { buyBoxSellerId: THEIRS });
      expect(await tick()).toBe(0);
      await own([{ marketplace: 'US', sellerId: MINE }]);
      await tell(bottle, { title: 'Bottle' });
      expect(await tick()).toBe(0);
      await tell(bottle, { buyBoxSellerId: MINE });
      await tell(bottle, { buyBoxSellerId: THEIRS });
      expect(await tick()).toBe(1);
    });

    it('should need the user’s own seller ids in the marketplace of the product', async () => {
      const bottle = await product();
      await own([{ marketplace: 'DE', sellerId: MINE }]);
      const lost = { kind: 'buy_box_lost' };
      const refused = await rule(bottle, [lost]);
      expect([refused.status, refused.body]).toMatchObject([
        409,
        { errorCode: 'no_own_sellers', detail: expect.stringContaining('seller ids in US') as string },
      ]);
      const id = idOf(await rule(bottle, [UNDERCUT]));
      expect((await call('patch', `/alert-rules/${id}`, { conditions: [lost] })).status).toBe(409);
      expect((await call('get', `/alert-rules/${id}`)).body).toMatchObject({ conditions: [{ kind: 'undercut' }] });
      await own([{ marketplace: 'US', sellerId: MINE }]);
      expect((await call('patch', `/alert-rules/${id}`, { conditions: [lost] })).status).toBe(200);
      expect((await rule(bottle, [lost], {}, other)).status).toBe(404);
    });

    it('should hold beside a move that comes within hours', async () => {
      const bottle = await product();
      await rule(bottle, [
        { kind: 'content_changed', withinHours: 2 },
        { kind: 'rises', metric: 'bsr' },
      ]);
      await tell(bottle, { title: 'Bottle' });
      await record(bottle, { bsr: 100 });
      await tell(bottle, { title: 'Steel bottle' });
      expect(await tick()).toBe(0);
      await record(bottle, { bsr: 200 }, { minutes: 60 });
      expect(await tick()).toBe(1);
      expect((await alerts())[0]).toMatchObject({
        occurredAt: isoAgo(1),
        evidence: [{ at: isoAgo(62) }, { metric: 'bsr', value: 200 }],
      });
    });
  });

  it.each([
    [{ kind: 'undercut', metric: 'price' }, 'metric'],
    [{ kind: 'undercut', value: 5 }, 'value'],
    [{ kind: 'new_competitor', percent: 5 }, 'percent'],
    [{ kind: 'source_failing', withinHours: 5 }, 'withinHours'],
    [{ kind: 'source_failing', hours: 0 }, 'hours'],
    [{ kind: 'content_changed', withinHours: 1000 }, 'withinHours'],
    [{ kind: 'falls' }, 'metric'],
    [{ kind: 'falls', metric: 'price', percent: 0 }, 'percent'],
    [{ kind: 'falls', metric: 'price', withinHours: 3 }, 'withinHours'],
  ])('should refuse %j', async (condition, field) => {
    const own = await product();
    const { status, body } = await rule(own, [condition]);
    expect([status, (body as { errors: { field: string }[] }).errors[0]?.field]).toEqual([
      422,
      `conditions.0.${field}`,
    ]);
  });
});
