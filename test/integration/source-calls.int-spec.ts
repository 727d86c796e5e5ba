import { Config } from '../../src/config/config';
import { readEnvironment } from '../../src/config/environment';
import { SourceCalls } from '../../src/marketplace-data/source-calls.service';
import { SourceError, SourceErrorKind } from '../../src/marketplace-data/source-error';
import { SourceMetrics } from '../../src/marketplace-data/source-metrics';
import { Metrics } from '../../src/shared/metrics/metrics.service';
import { Postgres } from '../../src/shared/database/postgres';
import { FixedClock } from '../support/clock';
import { createTestDatabase, TestDatabase } from '../support/database';

describe('SourceCalls', () => {
  let database: TestDatabase;
  let postgres: Postgres;
  let calls: SourceCalls;
  const clock = new FixedClock();

  beforeAll(async () => {
    database = await createTestDatabase();
    const env = readEnvironment({
      NODE_ENV: 'test',
      JWT_SECRET: 'only for tests, and long enough for them',
      SOURCE_DAILY_BUDGET: 'keepa:10',
    });
    const config = new Config(env, database.url);
    postgres = new Postgres(database.dataSource, config);
    calls = new SourceCalls(postgres, clock, new SourceMetrics(new Metrics(), postgres), config);
  });
  afterAll(() => database.drop());
  beforeEach(async () => {
    await postgres.query('TRUNCATE source_health, source_usage');
    clock.set('2026-11-24T12:00:00Z');
  });

  const fine = () => Promise.resolve('fine');
  const failing = (kind: SourceErrorKind) => () => Promise.reject(new SourceError(kind, `it was ${kind}`));
  /** How a call ends: its answer, or the kind of its failure. */
  const end = (source: 'keepa' | 'firecrawl', work: () => Promise<string>, units = 1) =>
    calls.make(source, units, work).catch((error: unknown) => (error instanceof SourceError ? error.kind : error));
  const fail = async (times: number, kind: SourceErrorKind = 'timeout') => {
    for (let time = 0; time < times; time++) await end('firecrawl', failing(kind));
  };

  describe('the circuit breaker', () => {
    it('should open after five failures in a row', async () => {
      await fail(4);
      expect(await end('firecrawl', fine)).toBe('fine');
      await fail(4);
      expect(await end('firecrawl', failing('timeout'))).toBe('timeout');
      expect(await end('firecrawl', fine)).toBe('unavailable');
    });

    it.each<[kind: SourceErrorKind, after: string]>([
      ['rate_limited', 'fine'],
      ['bad_request', 'fine'],
      ['not_found', 'fine'],
      ['blocked', 'unavailable'],
      ['unparseable', 'unavailable'],
    ])('should take five times %s as its kind deserves', async (kind, after) => {
      await fail(5, kind);
      expect(await end('firecrawl', fine)).toBe(after);
    });

    it.each<SourceErrorKind>(['auth_failed', 'quota_exhausted'])('should open at the first %s', async (kind) => {
      await fail(1, kind);
      expect(await end('firecrawl', fine)).toBe('unavailable');
    });

    it('should count a call all of whose listings failed by the source', async () => {
      for (let time = 0; time < 5; time++) await calls.make('firecrawl', 1, fine, () => 'blocked');
      expect(await end('firecrawl', fine)).toBe('unavailable');
    });

    it('should make one trial after a minute, and close when it goes well', async () => {
      await fail(5);
      clock.advance(1);
      let release: (answer: string) => void = () => undefined;
      const held = new Promise<string>((resolve) => (release = resolve));
      let begin: () => void = () => undefined;
      const begun = new Promise<void>((resolve) => (begin = resolve));
      const trial = end('firecrawl', () => {
        begin();
        return held;
      });
      await begun;
      // The trial has the source to itself for as long as it is under way.
      expect(await end('firecrawl', fine)).toBe('unavailable');
      release('fine');
      expect([await trial, await end('firecrawl', fine)]).toEqual(['fine', 'fine']);
    });

    it('should wait twice as long after each trial that fails', async () => {
      await fail(5);
      clock.advance(1);
      await fail(1);
      clock.advance(1);
      expect(await end('firecrawl', fine)).toBe('unavailable');
      clock.advance(1);
      expect(await end('firecrawl', fine)).toBe('fine');
    });

    it('should leave other sources alone', async () => {
      await fail(5);
      expect(await end('keepa', fine)).toBe('fine');
      expect([...(await calls.closures()).keys()]).toEqual(['firecrawl']);
    });
  });

  describe('the budget of a day', () => {
    it('should never be overdrawn, however many ask at once', async () => {
      const ends = await Promise.all(Array.from({ length: 8 }, () => end('keepa', fine, 3)));
      expect(ends.filter((one) => one === 'fine')).toHaveLength(3);
      expect(ends.filter((one) => one === 'quota_exhausted')).toHaveLength(5);
      expect(await postgres.query('SELECT calls, units FROM source_usage')).toEqual([{ calls: 3, units: 9 }]);
    });

    it('should let a smaller call through that still fits', async () => {
      await end('keepa', fine, 9);
      expect([await end('keepa', fine, 2), await end('keepa', fine, 1)]).toEqual(['quota_exhausted', 'fine']);
    });

    it('should begin anew with the day', async () => {
      await end('keepa', fine, 10);
      expect(await end('keepa', fine)).toBe('quota_exhausted');
      expect([...(await calls.closures()).keys()]).toEqual(['keepa']);
      clock.set('2026-11-25T00:00:00Z');
      expect(await end('keepa', fine)).toBe('fine');
    });

    it('should say when it begins anew', async () => {
      await end('keepa', fine, 10);
      await expect(calls.make('keepa', 1, fine)).rejects.toMatchObject({ retryAfterMs: 12 * 3_600_000 });
    });

    it('should count and not limit where no limit is set', async () => {
      await end('firecrawl', fine, 1_000_000);
      await end('firecrawl', failing('timeout'), 5);
      expect(await postgres.query('SELECT calls, failed_calls, units FROM source_usage')).toEqual([
        { calls: 2, failed_calls: 1, units: 1_000_005 },
      ]);
    });
  });
});
