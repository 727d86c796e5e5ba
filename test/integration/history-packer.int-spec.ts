import fc from 'fast-check';
import { Config } from '../../src/config/config';
import { readEnvironment } from '../../src/config/environment';
import { Metric, metricById } from '../../src/common/metric';
import { fromMinute, toMinute } from '../../src/common/minute';
import { Reading } from '../../src/marketplace-data/marketplace-data';
import { visiblePointsOf } from '../../src/price-history/all-points';
import { CleanUpService } from '../../src/price-history/clean-up.service';
import { HistoryPacker } from '../../src/price-history/history-packer';
import { HistoryReader } from '../../src/price-history/history-reader';
import { HistoryRow } from '../../src/price-history/history-row';
import { PointWriter } from '../../src/price-history/point-writer';
import { Recorder } from '../../src/price-history/recorder';
import { Postgres } from '../../src/shared/database/postgres';
import { FixedClock } from '../support/clock';
import { createTestDatabase, TestDatabase } from '../support/database';
import { lockWaiters } from '../support/locks';
import { eventually } from '../support/polling';
import { digestOfHistory } from '../support/history';
import { reading } from '../support/scripted-source';

const USER = '0192f3c4-0000-7000-8000-000000000001';
const at = (time: string) => toMinute(new Date(time));
const ALL = [0, 2_000_000_000] as const;

describe('HistoryPacker', () => {
  let database: TestDatabase;
  let postgres: Postgres;
  let recorder: Recorder;
  let packer: HistoryPacker;
  let reader: HistoryReader;
  let writer: PointWriter;
  let numbers = 0;
  const clock = new FixedClock();

  beforeAll(async () => {
    database = await createTestDatabase();
    const env = readEnvironment({ NODE_ENV: 'test', JWT_SECRET: 'only for tests, and long enough for them' });
    postgres = new Postgres(database.dataSource, new Config(env, database.url));
    recorder = new Recorder(postgres, clock);
    packer = new HistoryPacker(postgres, clock);
    reader = new HistoryReader(postgres);
    writer = new PointWriter(postgres);
    await postgres.query(
      `INSERT INTO app_user (id, email, username, password_hash, created_at, updated_at) VALUES ($1, 'a@b.example', 'owner', '', now(), now())`,
      [USER],
    );
  });
  afterAll(() => database.drop());
  beforeEach(() => {
    clock.set('2026-11-24T12:00:00Z');
  });

  async function newProduct(): Promise<{ listingId: number; productId: string; asin: string }> {
    const asin = `B0${String(++numbers).padStart(8, '0')}`;
    const productId = `0192f3c4-0000-7000-8000-${String(numbers).padStart(12, '0')}`;
    const [listing] = await postgres.query<{ id: number }>(
      `INSERT INTO listing (marketplace, asin) VALUES ('US', $1) RETURNING id`,
      [asin],
    );
    const listingId = listing?.id ?? 0;
    await postgres.query(`INSERT INTO listing_state (listing_id, interval_minutes) VALUES ($1, 360)`, [listingId]);
    await postgres.query(
      `INSERT INTO product (id, user_id, listing_id, tags, is_active, created_at, updated_at) VALUES ($1, $2, $3, '{}', true, now(), now())`,
      [productId, USER, listingId],
    );
    return { listingId, productId, asin };
  }

  const record = async (listingId: number, asin: string, time: string, values: Reading['values']) => {
    const outcome = reading(asin, time, values);
    if (!('reading' in outcome)) throw new Error('no reading');
    clock.set(new Date(Date.parse(time) + 60_000));
    await recorder.record('keepa', [{ listingId, result: outcome.result, reading: outcome.reading }]);
  };
  const imported = (metric: Metric, time: string, value: number | null): HistoryRow => ({
    metric,
    minute: at(time),
    value,
    until: at(time),
    source: 'import',
    recordedAt: new Date(time),
  });
  const read = async (productId: string, from: number = ALL[0], to: number = ALL[1], metrics: Metric[] = []) =>
    (await reader.read(USER, productId, metrics, from, to)).series;
  /** What another source tells of the time before. */
  const past = async (listingId: number, asin: string, metric: Metric, points: [number, number | null][]) => {
    const ordered = [...points].sort(([a], [b]) => a - b);
    const last = ordered.at(-1) ?? [0, null];
    const outcome = reading(asin, fromMinute(last[0]).toISOString(), { [metric]: last[1] });
    if (!('reading' in outcome)) throw new Error('no reading');
    await recorder.recordHistory('keepa', { listingId, result: outcome.result, reading: outcome.reading }, [
      {
        metric,
        points: ordered.map(([when, value], index) => [when, value, (ordered[index + 1]?.[0] ?? when + 1) - 1]),
      },
    ]);
  };
  /** By SQL, as an export has it. */
  const visible = async (productId: string) =>
    (
      await postgres.query<{ metric: number; minute: number; value: number | null; until: number }>(
        `SELECT v.metric, v.minute, v.value, v.until FROM product p
         CROSS JOIN LATERAL ${visiblePointsOf('p.listing_id', 'p.id')} v WHERE p.id = $1 ORDER BY v.metric, v.minute`,
        [productId],
      )
    ).map(({ metric, ...point }) => ({ metric: metricById(metric), ...point }));
  const pointsOf = (series: Awaited<ReturnType<typeof read>>) =>
    [...series].flatMap(([metric, { points }]) => points.map((point) => ({ metric, ...point })));
  const packNow = async () => {
    clock.set('2026-11-24T12:00:00Z');
    return packer.pack();
  };
  const counts = async (listingId: number) => {
    const [row] = await postgres.query<{ loose: number; months: number }>(
      `SELECT (SELECT coalesce(sum(cardinality(metrics)), 0)::int FROM observation WHERE listing_id = $1) AS loose,
              (SELECT count(*)::int FROM observation_month WHERE listing_id = $1) AS months`,
      [listingId],
    );
    return row;
  };

  it('should move the months that are over into arrays, and leave the month that runs and its last days before', async () => {
    const { listingId, asin, productId } = await newProduct();
    for (const [index, time] of [
      '2026-08-01',
      '2026-08-31',
      '2026-09-01',
      '2026-10-15',
      '2026-11-02',
      '2026-11-03',
    ].entries()) {
      await record(listingId, asin, `${time}T00:00:00Z`, { price: 1000 + index, bsr: 10 + index });
    }
    const before = await read(productId);
    await packNow();
    expect(await counts(listingId)).toEqual({ loose: 4, months: 2 });
    expect(await read(productId)).toEqual(before);
    clock.set('2026-12-05T00:00:00Z');
    await packer.pack();
    expect(await counts(listingId)).toEqual({ loose: 4, months: 2 });
    clock.set('2026-12-08T00:00:00Z');
    await packer.pack();
    expect(await counts(listingId)).toEqual({ loose: 0, months: 4 });
    expect(await read(productId)).toEqual(before);
  });

  it('should find nothing to do the second time', async () => {
    const { listingId, asin } = await newProduct();
    for (const price of [1000, 1001])
      await record(listingId, asin, `2026-08-0${String(price - 999)}T00:00:00Z`, { price });
    expect(await packNow()).toBe(1);
    expect(await packNow()).toBe(0);
  });

  it('should give the point in force at the start, however long ago it changed', async () => {
    const { listingId, asin, productId } = await newProduct();
    await record(listingId, asin, '2025-01-05T00:00:00Z', { price: 1000, bsr: 1 });
    await record(listingId, asin, '2026-09-05T00:00:00Z', { price: 1000, bsr: 2 });
    await record(listingId, asin, '2026-10-05T00:00:00Z', { price: 1000, bsr: 3 });
    await packNow();
    const series = await read(productId, at('2026-10-01T00:00:00Z'), at('2026-11-01T00:00:00Z'));
    expect([series.get('price')?.points, series.get('bsr')?.points.map(({ value }) => value)]).toEqual([
      [{ minute: at('2025-01-05T00:00:00Z'), value: 1000, until: at('2026-10-05T00:00:00Z') }],
      [2, 3],
    ]);
  });

  it('should pack a point that was open long after its month was packed', async () => {
    const { listingId, asin, productId } = await newProduct();
    await record(listingId, asin, '2026-06-05T00:00:00Z', { price: 1000, rating: 45, bsr: 5 });
    await record(listingId, asin, '2026-07-05T00:00:00Z', { price: 1000, rating: 45, bsr: 6 });
    await packNow();
    await record(listingId, asin, '2026-11-20T00:00:00Z', { price: 1000, rating: 45, bsr: 6 });
    await record(listingId, asin, '2026-11-21T00:00:00Z', { price: 1100, rating: 44, bsr: 6 });
    const series = await read(productId);
    expect(series.get('price')?.points).toEqual([
      { minute: at('2026-06-05T00:00:00Z'), value: 1000, until: at('2026-11-20T00:00:00Z') },
      { minute: at('2026-11-21T00:00:00Z'), value: 1100, until: at('2026-11-21T00:00:00Z') },
    ]);
    expect(series.get('rating')?.points.map(({ until }) => until)).toEqual(
      ['2026-11-20T00:00:00Z', '2026-11-21T00:00:00Z'].map(at),
    );
    expect(series.get('bsr')?.points.at(-1)?.until).toBe(at('2026-11-21T00:00:00Z'));
    expect(await counts(listingId)).toEqual({ loose: 2, months: 1 });
    clock.set('2026-12-08T00:00:00Z');
    await packer.pack();
    expect(await counts(listingId)).toEqual({ loose: 0, months: 1 });
    expect(await read(productId)).toEqual(series);
  });

  it('should take late imports into a packed month, and let the later word on a point count', async () => {
    const { listingId, asin, productId } = await newProduct();
    await record(listingId, asin, '2026-08-05T00:00:00Z', { price: 1000 });
    const write = (rows: HistoryRow[]) =>
      writer.write(
        USER,
        rows.map((row) => ({ ...row, productId })),
      );
    await write([imported('price', '2026-08-10T00:00:00Z', 900)]);
    await packNow();
    // Before it is packed again, and after.
    for (const pack of [() => Promise.resolve(0), packNow]) {
      expect(await write([imported('price', '2026-08-10T00:00:00Z', 900)])).toMatchObject({ unchanged: 1 });
      expect(
        await write([imported('price', '2026-08-10T00:00:00Z', 950), imported('price', '2026-08-12T00:00:00Z', null)]),
      ).toMatchObject({ points: 2 });
      await pack();
      expect((await read(productId)).get('price')?.points.map(({ value }) => value)).toEqual([1000, 950, null]);
      await write([imported('price', '2026-08-10T00:00:00Z', 900)]);
    }
  });

  it('should not wait in a circle with whoever pauses or deletes the product of an import', async () => {
    const { listingId, productId } = await newProduct();
    const importing: Promise<unknown>[] = [];
    await postgres.transaction(async (sql) => {
      await sql.query('UPDATE product SET is_active = false WHERE id = $1', [productId]);
      importing.push(writer.write(USER, [{ ...imported('price', '2026-08-10T00:00:00Z', 900), productId }]));
      await eventually(async () => (await lockWaiters(postgres)) === 1, 'the import to wait for the product');
      await sql.query('SELECT FROM listing_state WHERE listing_id = $1 FOR UPDATE', [listingId]);
    });
    expect(await Promise.all(importing)).toMatchObject([{ inserted: 1 }]);
  });

  it('should keep what a user imported apart from the shared feed', async () => {
    const { listingId, asin, productId } = await newProduct();
    await record(listingId, asin, '2026-08-05T00:00:00Z', { price: 1000 });
    await record(listingId, asin, '2026-09-05T00:00:00Z', { price: 1000 });
    await record(listingId, asin, '2026-09-06T00:00:00Z', { price: 1001 });
    await writer.write(USER, [{ ...imported('price', '2026-08-05T00:00:00Z', 1), productId }]);
    await packNow();
    expect((await read(productId)).get('price')?.points.map(({ value }) => value)).toEqual([1, 1001]);
    await writer.write(USER, [{ ...imported('price', '2026-11-02T00:00:00Z', 2), productId }]);
    await postgres.query('DELETE FROM product WHERE id = $1', [productId]);
    expect(await counts(listingId)).toEqual({ loose: 0, months: 1 });
  });

  it('should show every reader the same history while it packs', async () => {
    const products = await Promise.all(Array.from({ length: 5 }, newProduct));
    for (const { listingId, asin } of products) {
      for (let day = 1; day <= 28; day++) {
        const time = `2026-09-${String(day).padStart(2, '0')}T00:00:00Z`;
        await record(listingId, asin, time, { price: 1000 + day, bsr: 100 + day });
      }
    }
    const before = await digestOfHistory(database.dataSource);
    const packing = { over: false };
    const packed = packNow().finally(() => (packing.over = true));
    const seen = [];
    while (!packing.over) seen.push(await digestOfHistory(database.dataSource));
    await packed;
    expect([...seen, await digestOfHistory(database.dataSource)].every(({ digest }) => digest === before.digest)).toBe(
      true,
    );
  });

  it('should give back any history it was given', async () => {
    const metrics: Metric[] = ['price', 'bsr', 'rating', 'stock'];
    const point = fc.record({
      metric: fc.constantFrom(...metrics),
      minute: fc.integer({ min: at('2011-01-01T00:00:00Z'), max: at('2026-11-01T00:00:00Z') }),
      value: fc.option(fc.integer({ min: 0, max: 50 }), { nil: null }),
      length: fc.integer({ min: 0, max: 100_000 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(point, { minLength: 1, maxLength: 60 }), async (points) => {
        const { productId } = await newProduct();
        const rows = points.map(({ metric, minute, value, length }) => ({
          metric,
          minute,
          value,
          until: minute + length,
          source: 'import' as const,
          recordedAt: fromMinute(minute + 7),
          productId,
        }));
        await writer.write(USER, rows);
        const before = [
          await read(productId),
          await read(productId, at('2020-01-01T00:00:00Z'), at('2021-01-01T00:00:00Z')),
        ];
        await packNow();
        const after = [
          await read(productId),
          await read(productId, at('2020-01-01T00:00:00Z'), at('2021-01-01T00:00:00Z')),
        ];
        expect(after).toEqual(before);
      }),
      { numRuns: 40 },
    );
  });

  it('should read the same by the program and by SQL, whole and in parts, whatever came in which way and in which order', async () => {
    const metrics: Metric[] = ['price', 'bsr', 'rating'];
    const first = at('2026-06-01T00:00:00Z');
    const minute = fc.integer({ min: 0, max: 180 * 24 }).map((hour) => first + hour * 60);
    const value = fc.option(fc.integer({ min: 30, max: 50 }), { nil: null });
    const step = fc.oneof(
      fc.record({
        do: fc.constant('record' as const),
        minute,
        values: fc.dictionary(fc.constantFrom(...metrics), value),
      }),
      fc.record({
        do: fc.constant('past' as const),
        metric: fc.constantFrom(...metrics),
        points: fc.uniqueArray(fc.tuple(minute, value), { selector: ([when]) => when, minLength: 1, maxLength: 8 }),
      }),
      fc.record({ do: fc.constant('import' as const), metric: fc.constantFrom(...metrics), minute, value }),
      fc.record({ do: fc.constant('pack' as const), minute }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), minute, minute, async (steps, one, other) => {
        const { listingId, productId, asin } = await newProduct();
        for (const given of steps) {
          if (given.do === 'record')
            await record(listingId, asin, fromMinute(given.minute).toISOString(), given.values);
          if (given.do === 'import')
            await writer.write(USER, [
              { ...imported(given.metric, fromMinute(given.minute).toISOString(), given.value), productId },
            ]);
          if (given.do === 'past') await past(listingId, asin, given.metric, given.points);
          if (given.do === 'pack') {
            clock.set(fromMinute(given.minute));
            await packer.pack();
          }
        }
        const every = await visible(productId);
        expect(pointsOf(await read(productId))).toEqual(every);
        const [from, to] = [Math.min(one, other), Math.max(one, other) + 1];
        expect(pointsOf(await read(productId, from, to))).toEqual(
          every.filter((point) => {
            const next = every.find(({ metric, minute: later }) => metric === point.metric && later > point.minute);
            return point.minute <= to && (next === undefined || next.minute > from);
          }),
        );
      }),
      { numRuns: 60 },
    );
  });

  describe('retention', () => {
    const cleanUp = (retention: Record<string, string>) => {
      const env = readEnvironment({
        NODE_ENV: 'test',
        JWT_SECRET: 'only for tests, and long enough for them',
        ...retention,
      });
      clock.set('2026-11-24T12:00:00Z');
      return new CleanUpService(postgres, packer, new Config(env, database.url), clock).run();
    };

    it('should be of each metric, and leave the open point of a series', async () => {
      const { listingId, asin, productId } = await newProduct();
      for (const [index, month] of ['01', '02', '03', '09', '11'].entries()) {
        await record(listingId, asin, `2026-${month}-05T00:00:00Z`, { price: 1000 + index, bsr: 10 + index });
      }
      await writer.write(USER, [{ ...imported('stock', '2026-01-07T00:00:00Z', 5), productId }]);
      await cleanUp({ HISTORY_RETENTION_DAYS: '3650', HISTORY_RETENTION: 'bsr:90,stock:90' });
      const series = await read(productId);
      const valuesOf = (metric: Metric) => series.get(metric)?.points.map(({ value }) => value);
      expect([valuesOf('price'), valuesOf('bsr'), valuesOf('stock')]).toEqual([
        [1000, 1001, 1002, 1003, 1004],
        [13, 14],
        undefined,
      ]);
    });

    it('should drop a month of which nothing is left', async () => {
      const { listingId, asin } = await newProduct();
      for (const month of ['01', '02', '03']) {
        await record(listingId, asin, `2026-${month}-05T00:00:00Z`, { price: 1000 + Number(month) });
      }
      await cleanUp({ HISTORY_RETENTION_DAYS: '90' });
      expect(await counts(listingId)).toEqual({ loose: 0, months: 0 });
    });

    it('should keep a point whose value held into the time that is kept', async () => {
      const { listingId, asin, productId } = await newProduct();
      await record(listingId, asin, '2026-01-05T00:00:00Z', { price: 1000 });
      await record(listingId, asin, '2026-10-05T00:00:00Z', { price: 1000 });
      await record(listingId, asin, '2026-11-05T00:00:00Z', { price: 1001 });
      await cleanUp({ HISTORY_RETENTION_DAYS: '90' });
      expect((await read(productId)).get('price')?.points).toHaveLength(2);
    });
  });

  describe('partitions', () => {
    const partitions = async () =>
      (
        await postgres.query<{ name: string }>(
          `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
           WHERE i.inhparent = 'observation'::regclass ORDER BY 1`,
        )
      ).map(({ name }) => name);

    it('should be made ahead, once, by however many processes', async () => {
      clock.set('2027-03-10T00:00:00Z');
      await Promise.all([packer.run(), packer.run(), packer.run()]);
      expect(await partitions()).toEqual(
        expect.arrayContaining(['observation_2027_03', 'observation_2027_04', 'observation_2027_05']),
      );
    });

    it('should be dropped when their month is packed', async () => {
      const { listingId, asin } = await newProduct();
      clock.set('2027-03-10T00:00:00Z');
      await packer.run();
      await record(listingId, asin, '2027-03-15T00:00:00Z', { price: 1000 });
      await record(listingId, asin, '2027-03-16T00:00:00Z', { price: 1001 });
      clock.set('2027-04-06T00:00:00Z');
      await packer.run();
      expect(await partitions()).toContain('observation_2027_03');
      clock.set('2027-04-08T00:00:00Z');
      await packer.run();
      expect(await partitions()).not.toContain('observation_2027_03');
      expect(await partitions()).toContain('observation_2027_06');
      expect(await counts(listingId)).toEqual({ loose: 0, months: 1 });
    });

    it('should let nobody wait who reads or records while a long read holds up their making', async () => {
      const { listingId, asin } = await newProduct();
      await record(listingId, asin, '2031-03-09T00:00:00Z', { price: 1000 });
      const reader = await postgres.connect();
      try {
        await reader.query('BEGIN');
        await reader.query('SELECT FROM observation');
        const [run] = await Promise.all([
          packer.run(),
          record(listingId, asin, '2031-03-10T00:00:00Z', { price: 1001 }),
        ]);
        expect([run.partitionsMade, await partitions()]).toEqual([
          0,
          expect.not.arrayContaining(['observation_2031_04']),
        ]);
      } finally {
        await reader.query('ROLLBACK');
        reader.release();
      }
      expect((await packer.run()).partitionsMade).toBe(2);
    });

    it('should not be needed: what has none goes into the rest', async () => {
      const { listingId, asin, productId } = await newProduct();
      await record(listingId, asin, '2029-01-14T00:00:00Z', { price: 999 });
      await record(listingId, asin, '2029-01-15T00:00:00Z', { price: 1000 });
      clock.set('2029-01-16T00:00:00Z');
      await packer.run();
      expect(await partitions()).not.toContain('observation_2029_01');
      expect((await read(productId)).get('price')?.points).toHaveLength(2);
    });
  });
});
