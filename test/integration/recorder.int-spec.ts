import { Config } from '../../src/config/config';
import { readEnvironment } from '../../src/config/environment';
import { FetchOutcome, Reading } from '../../src/marketplace-data/marketplace-data';
import { toMinute } from '../../src/common/minute';
import { METRICS } from '../../src/common/metric';
import { pointsOf as allPointsOf } from '../../src/price-history/all-points';
import { LOCK_HEADS_STATEMENT } from '../../src/price-history/record-statement';
import { Recorder } from '../../src/price-history/recorder';
import { Postgres } from '../../src/shared/database/postgres';
import { FixedClock } from '../support/clock';
import { createTestDatabase, TestDatabase } from '../support/database';
import { lockWaiters } from '../support/locks';
import { eventually } from '../support/polling';
import { reading } from '../support/scripted-source';

const at = (time: string) => toMinute(new Date(time));
const T0 = '2026-11-24T00:00:00Z';
const T6 = '2026-11-24T06:00:00Z';
const T12 = '2026-11-24T12:00:00Z';

describe('Recorder', () => {
  let database: TestDatabase;
  let postgres: Postgres;
  let recorder: Recorder;
  let asins = 0;
  const clock = new FixedClock(new Date('2026-11-24T12:00:30Z'));

  beforeAll(async () => {
    database = await createTestDatabase();
    const env = readEnvironment({ NODE_ENV: 'test', JWT_SECRET: 'only for tests, and long enough for them' });
    postgres = new Postgres(database.dataSource, new Config(env, database.url));
    recorder = new Recorder(postgres, clock);
  });
  afterAll(() => database.drop());

  async function newListing(): Promise<{ id: number; asin: string }> {
    const asin = `B0${String(++asins).padStart(8, '0')}`;
    const [row] = await postgres.query<{ id: number }>(
      `INSERT INTO listing (marketplace, asin) VALUES ('US', $1) RETURNING id`,
      [asin],
    );
    await postgres.query(`INSERT INTO listing_state (listing_id, interval_minutes) VALUES ($1, 360)`, [row?.id]);
    return { id: row?.id ?? 0, asin };
  }

  const record = (listingId: number, outcome: FetchOutcome) => {
    if (!('reading' in outcome)) throw new Error('not a reading');
    return recorder.record('keepa', [{ listingId, result: outcome.result, reading: outcome.reading }]);
  };

  const pointsOf = (listingId: number, metric: keyof typeof METRICS = 'price') =>
    postgres.query<{ minute: number; value: number | null; until: number }>(
      `SELECT minute, value, until FROM ${allPointsOf('$1::int')} o WHERE metric = $2 ORDER BY minute`,
      [listingId, METRICS[metric].id],
    );

  const stateOf = async (listingId: number) => {
    const [state] = await postgres.query<
      Record<string, unknown> & { current_until: number[]; current_values: number[] }
    >(`SELECT * FROM listing_state WHERE listing_id = $1`, [listingId]);
    if (!state) throw new Error('no state');
    return state;
  };

  it('should keep a first reading as a point of each metric', async () => {
    const { id, asin } = await newListing();
    expect(await record(id, reading(asin, T0, { price: 1599, bsr: 23 }))).toEqual([id]);
    expect(await pointsOf(id, 'price')).toEqual([{ minute: at(T0), value: 1599, until: at(T0) }]);
    expect(await pointsOf(id, 'bsr')).toEqual([{ minute: at(T0), value: 23, until: at(T0) }]);
  });

  it('should confirm an unchanged value without another point', async () => {
    const { id, asin } = await newListing();
    await record(id, reading(asin, T0, { price: 1599 }));
    expect(await record(id, reading(asin, T6, { price: 1599 }))).toEqual([]);
    expect(await pointsOf(id)).toHaveLength(1);
    expect((await stateOf(id)).current_until[METRICS.price.id - 1]).toBe(at(T6));
  });

  it('should close the last point with the time it was confirmed until', async () => {
    const { id, asin } = await newListing();
    await record(id, reading(asin, T0, { price: 1599 }));
    await record(id, reading(asin, T6, { price: 1599 }));
    await record(id, reading(asin, T12, { price: 1499 }));
    expect(await pointsOf(id)).toEqual([
      { minute: at(T0), value: 1599, until: at(T6) },
      { minute: at(T12), value: 1499, until: at(T12) },
    ]);
  });

  it('should change nothing when a reading is recorded twice', async () => {
    const { id, asin } = await newListing();
    await record(id, reading(asin, T0, { price: 1599 }));
    expect(await record(id, reading(asin, T0, { price: 1599 }))).toEqual([]);
    expect(await pointsOf(id)).toHaveLength(1);
  });

  it('should not let a late reading change what is known', async () => {
    const { id, asin } = await newListing();
    await record(id, reading(asin, T6, { price: 1599 }));
    expect(await record(id, reading(asin, T0, { price: 999 }))).toEqual([]);
    expect((await stateOf(id)).current_values[METRICS.price.id - 1]).toBe(1599);
  });

  it('should leave a metric alone that the source does not know', async () => {
    const { id, asin } = await newListing();
    await record(id, reading(asin, T0, { price: 1599, rating: 43 }));
    await record(id, reading(asin, T6, { price: 1599 }));
    const state = await stateOf(id);
    expect(state.current_values[METRICS.rating.id - 1]).toBe(43);
    expect(state.current_until[METRICS.rating.id - 1]).toBe(at(T0));
  });

  it('should record that a value went away, and not that one was never there', async () => {
    const { id, asin } = await newListing();
    await record(id, reading(asin, T0, { price: 1599, list_price: null }));
    await record(id, reading(asin, T6, { price: null, list_price: null }));
    expect(await pointsOf(id)).toEqual([
      { minute: at(T0), value: 1599, until: at(T0) },
      { minute: at(T6), value: null, until: at(T6) },
    ]);
    expect(await pointsOf(id, 'list_price')).toEqual([]);
  });

  it('should keep the last good values through a failed check and count the failures', async () => {
    const { id, asin } = await newListing();
    await record(id, reading(asin, T0, { price: 1599 }));
    await recorder.recordFailures('keepa', [{ listingId: id, result: 'blocked', detail: 'captcha' }]);
    await recorder.recordFailures('keepa', [{ listingId: id, result: 'timeout', detail: 'slow' }]);
    expect(await stateOf(id)).toMatchObject({ failures: 2, result: 'timeout', detail: 'slow' });
    expect(await pointsOf(id)).toHaveLength(1);
  });

  it('should back off after failures and come back to the interval after a good check', async () => {
    const { id, asin } = await newListing();
    const waits: number[] = [];
    const wait = async () =>
      ((await stateOf(id)).next_check_at as Date).getTime() / 60_000 - clock.now().getTime() / 60_000;
    for (let failure = 0; failure < 4; failure++) {
      await recorder.recordFailures('keepa', [{ listingId: id, result: 'timeout', detail: 'slow' }]);
      waits.push(await wait());
    }
    await record(id, reading(asin, T0, { price: 1599 }));
    waits.push(await wait());
    expect(waits).toEqual([360, 720, 1440, 1440, 360]);
  });

  it('should take in the past once, with the current reading confirming its last points', async () => {
    const { id, asin } = await newListing();
    const outcome = reading(asin, T12, { price: 1499 }) as { reading: Reading };
    const series = [
      { metric: 'price' as const, points: [[at(T0), 1599, at(T6)] as const, [at(T6), 1499, at(T6) + 10] as const] },
    ];
    const recorded = { listingId: id, result: 'ok' as const, reading: outcome.reading };
    await recorder.recordHistory('keepa', recorded, series);
    await recorder.recordHistory('keepa', recorded, series);
    expect(await pointsOf(id)).toEqual([
      { minute: at(T0), value: 1599, until: at(T6) },
      { minute: at(T6), value: 1499, until: at(T12) },
    ]);
    const state = await stateOf(id);
    expect(state.current_until[METRICS.price.id - 1]).toBe(at(T12));
    expect(state.backfilled_at).toEqual(clock.now());
  });

  it('should end right when two workers record one listing at once', async () => {
    const { id, asin } = await newListing();
    await record(id, reading(asin, T0, { price: 1000 }));
    const times = Array.from({ length: 40 }, (_, index) =>
      new Date(Date.parse(T0) + (index + 1) * 60_000).toISOString(),
    );
    await Promise.all(times.map((time, index) => record(id, reading(asin, time, { price: 1001 + index }))));
    const points = await pointsOf(id);
    const last = points.at(-1);
    expect(last).toMatchObject({ minute: at(times[39] ?? ''), value: 1040 });
    expect((await stateOf(id)).current_values[METRICS.price.id - 1]).toBe(1040);
    points.forEach((point, index) => {
      expect(point.until).toBeLessThanOrEqual(points[index + 1]?.minute ?? Infinity);
    });
  });

  it('should let two workers record the same batch in opposite order without waiting for each other in a circle', async () => {
    const listings = await Promise.all(Array.from({ length: 20 }, newListing));
    const batch = listings.map(({ id, asin }) => {
      const outcome = reading(asin, T0, { price: 100, bsr: 7 }) as { reading: Reading };
      return { listingId: id, result: 'ok' as const, reading: outcome.reading };
    });
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, round) => recorder.record('keepa', round % 2 ? [...batch].reverse() : batch)),
    );
    const ids = listings.map(({ id }) => id).sort((a, b) => a - b);
    expect(results.flat().sort((a, b) => a - b)).toEqual(ids);
  });

  it('should let a check that failed wait for a reading of the same millisecond, and not each for the other', async () => {
    const { id, asin } = await newListing();
    let failing: Promise<void> | undefined;
    const outcome = reading(asin, T0, { price: 1599 }) as { reading: Reading };
    const told = await postgres.transaction(async (sql) => {
      await sql.query(LOCK_HEADS_STATEMENT, [id]);
      failing = recorder.recordFailures('keepa', [{ listingId: id, result: 'gone', detail: 'no such listing' }]);
      await eventually(async () => (await lockWaiters(postgres)) > 0, 'the failure that waits');
      return recorder.record('keepa', [{ listingId: id, result: 'ok', reading: outcome.reading }], sql);
    });
    await failing;
    expect(told).toEqual([id]);
    expect(await stateOf(id)).toMatchObject({ result: 'gone', failures: 1 });
  });

  it('should update the texts of a listing and keep those that were not told', async () => {
    const { id, asin } = await newListing();
    await record(
      id,
      reading(asin, T0, { price: 1 }, 'US', { title: 'Bottle', brand: 'Acme', categoryPath: ['Home', 'Bottles'] }),
    );
    await record(id, reading(asin, T6, { price: 1 }, 'US', { title: 'Steel bottle', buyBoxSellerId: null }));
    const [listing] = await postgres.query(
      `SELECT title, brand, category_path, buy_box_seller_id FROM listing WHERE id = $1`,
      [id],
    );
    expect(listing).toEqual({
      title: 'Steel bottle',
      brand: 'Acme',
      category_path: ['Home', 'Bottles'],
      buy_box_seller_id: null,
    });
  });

  describe('a value that jumps', () => {
    const T13 = '2026-11-24T13:00:00Z';
    const jumpsOf = async (listingId: number) => {
      const rows = await postgres.query<{ jumps: unknown }>(
        `SELECT jumps FROM listing_check WHERE listing_id = $1 ORDER BY checked_at`,
        [listingId],
      );
      return rows.map(({ jumps }) => jumps);
    };
    /** Each check at its own time, as a check is known by it. */
    const check = async (listingId: number, asin: string, time: string, values: Reading['values']) => {
      clock.advance(1);
      return record(listingId, reading(asin, time, values));
    };
    const jump = (from: number, to: number, outcome: string, metric: keyof typeof METRICS = 'price') => ({
      metric: METRICS[metric].id,
      from,
      to,
      outcome,
    });

    it.each<[what: string, metric: keyof typeof METRICS, from: number, to: number]>([
      ['a price that falls by more than 60 %', 'price', 1000, 399],
      ['a price that rises by more than 60 %', 'buy_box_price', 1000, 1601],
      ['a rank that rises more than fifty-fold', 'bsr', 100, 5001],
      ['a rank that falls more than fifty-fold', 'bsr_sub', 5001, 100],
    ])('should wait for a second reading: %s', async (_, metric, from, to) => {
      const { id, asin } = await newListing();
      await check(id, asin, T0, { [metric]: from });
      expect(await check(id, asin, T6, { [metric]: to })).toEqual([]);
      expect(await jumpsOf(id)).toEqual([null, [jump(from, to, 'held', metric)]]);
      const state = await stateOf(id);
      expect(state.current_values[METRICS[metric].id - 1]).toBe(from);
      expect(state.current_until[METRICS[metric].id - 1]).toBe(at(T0));
    });

    it.each<[what: string, metric: keyof typeof METRICS, from: number, to: number]>([
      ['a price that falls by 60 %', 'price', 1000, 400],
      ['a rank that rises fifty-fold', 'bsr', 100, 5000],
      ['a count of reviews', 'review_count', 1000, 1],
      ['a price that was never known', 'price', 0, 5000],
    ])('should be believed at once when it is no jump: %s', async (_, metric, from, to) => {
      const { id, asin } = await newListing();
      await check(id, asin, T0, { [metric]: from });
      expect(await check(id, asin, T6, { [metric]: to })).toEqual([id]);
      expect((await pointsOf(id, metric)).at(-1)).toEqual({ minute: at(T6), value: to, until: at(T6) });
    });

    it('should be read again within a quarter of an hour', async () => {
      const { id, asin } = await newListing();
      await check(id, asin, T0, { price: 1000 });
      await check(id, asin, T6, { price: 100 });
      expect((await stateOf(id)).next_check_at).toEqual(new Date(clock.now().getTime() + 15 * 60_000));
    });

    it('should count from its first reading when the second is the same', async () => {
      const { id, asin } = await newListing();
      await check(id, asin, T0, { price: 1000 });
      await check(id, asin, T6, { price: 100 });
      expect(await check(id, asin, T12, { price: 100 })).toEqual([id]);
      expect(await pointsOf(id)).toEqual([
        { minute: at(T0), value: 1000, until: at(T0) },
        { minute: at(T6), value: 100, until: at(T12) },
      ]);
      expect((await jumpsOf(id)).at(-1)).toEqual([jump(1000, 100, 'confirmed')]);
    });

    it('should be believed when the second reading is only near it', async () => {
      const { id, asin } = await newListing();
      await check(id, asin, T0, { price: 1000 });
      await check(id, asin, T6, { price: 100 });
      await check(id, asin, T12, { price: 110 });
      expect(await pointsOf(id)).toEqual([
        { minute: at(T0), value: 1000, until: at(T0) },
        { minute: at(T12), value: 110, until: at(T12) },
      ]);
    });

    it('should be dropped when the second reading is as before', async () => {
      const { id, asin } = await newListing();
      await check(id, asin, T0, { price: 1000 });
      await check(id, asin, T6, { price: 100 });
      await check(id, asin, T12, { price: 1000 });
      expect((await jumpsOf(id)).at(-1)).toEqual([jump(1000, 100, 'dropped')]);
      // A second misreading later starts anew.
      await check(id, asin, T13, { price: 100 });
      expect((await jumpsOf(id)).at(-1)).toEqual([jump(1000, 100, 'held')]);
      expect(await pointsOf(id)).toEqual([{ minute: at(T0), value: 1000, until: at(T12) }]);
    });

    it('should not be confirmed by the same reading recorded twice', async () => {
      const { id, asin } = await newListing();
      await check(id, asin, T0, { price: 1000 });
      await check(id, asin, T6, { price: 100 });
      await check(id, asin, T6, { price: 100 });
      expect(await pointsOf(id)).toHaveLength(1);
      expect((await stateOf(id)).held_values).toContain(100);
    });

    it('should keep waiting over a check that failed', async () => {
      const { id, asin } = await newListing();
      await check(id, asin, T0, { price: 1000 });
      await check(id, asin, T6, { price: 100 });
      await recorder.recordFailures('keepa', [{ listingId: id, result: 'timeout', detail: 'slow' }]);
      expect(await check(id, asin, T12, { price: 100 })).toHaveLength(1);
    });
  });
});
