import { toMinute } from '../../src/common/minute';
import { createTestDatabase, TestDatabase } from '../support/database';
import { digestOfHistory } from '../support/history';
import { eventually } from '../support/polling';
import { ProgramWorkshop } from '../support/program';

/** Packed a hundred at a time. */
const LISTINGS = 700;
const DAYS = 90;

describe('a worker that is killed while it packs', () => {
  let workshop: ProgramWorkshop;
  let database: TestDatabase;

  beforeAll(async () => {
    [workshop, database] = await Promise.all([ProgramWorkshop.create(), createTestDatabase()]);
  }, 60_000);
  afterAll(async () => {
    await workshop.remove();
    await database.drop();
  });

  /** Two points a day, of months that have been over for long. */
  async function seed(): Promise<void> {
    await database.dataSource.query(
      `WITH made AS (
         INSERT INTO listing (marketplace, asin) SELECT 'US', 'B0' || lpad(n::text, 8, '0') FROM generate_series(1, $1::int) n RETURNING id
       ),
       states AS (INSERT INTO listing_state (listing_id) SELECT id FROM made)
       INSERT INTO observation (listing_id, closed, metrics, minutes, "values", lengths, sources, delays)
       SELECT id, $3::int + day * 1440 + 720, '{1,4}', ARRAY[$3 + day * 1440, $3 + day * 1440 + id % 60], ARRAY[1000 + id + day, 50 * day + id], '{700,600}', '{1,1}', '{0,5}'
       FROM made, generate_series(0, $2::int - 1) AS day`,
      [LISTINGS, DAYS, toMinute(new Date('2025-01-01T00:00:00Z'))],
    );
  }
  const waiting = async () => {
    const [row] = await database.dataSource.query<{ count: number }[]>(
      `SELECT count(DISTINCT listing_id)::int AS count FROM observation`,
    );
    return row?.count ?? 0;
  };
  const start = () =>
    workshop.start({
      DATABASE_URL: database.url,
      ROLES: 'worker,scheduler',
      PACK_CRON: '* * * * * *',
      REFRESH_CRON: '0 0 1 1 *',
      LOG_LEVEL: 'fatal',
    });

  it('should leave the history as it was, each time, and the next worker goes on', async () => {
    await seed();
    const before = await digestOfHistory(database.dataSource);
    const left: number[] = [];
    for (const obstacle of [150, 350, 550]) {
      // Somebody has a listing in hand: the worker comes up to it, is let through and killed in that moment.
      const session = database.dataSource.createQueryRunner();
      await session.startTransaction();
      await session.query(
        `SELECT FROM listing_state WHERE listing_id = (SELECT id FROM listing ORDER BY id OFFSET $1 LIMIT 1) FOR UPDATE`,
        [obstacle],
      );
      const [own] = (await session.query('SELECT pg_backend_pid() AS pid')) as { pid: number }[];
      const worker = await start();
      await eventually(async () => {
        const blocked = await database.dataSource.query<unknown[]>(
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND $1 = ANY (pg_blocking_pids(pid))`,
          [own?.pid],
        );
        return blocked.length > 0;
      }, 'the worker to be in the midst of it');
      await session.commitTransaction();
      await session.release();
      await worker.kill();
      expect(await digestOfHistory(database.dataSource)).toEqual(before);
      left.push(await waiting());
    }
    expect(left.map((count) => count > 0 && count < LISTINGS)).toEqual([true, true, true]);
    await start();
    await eventually(async () => (await waiting()) === 0, 'all to be packed', 60_000);
    expect(await digestOfHistory(database.dataSource)).toEqual(before);
    expect(before.points).toBe(LISTINGS * DAYS * 2);
  }, 120_000);
});
