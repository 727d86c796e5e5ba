import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock';
import { toMinute } from '../common/minute';
import { Postgres, SqlRunner } from '../shared/database/postgres';
import { unpacked } from './all-points';
import { LOCK_LISTINGS_STATEMENT, MERGE_INTO_MONTHS } from './month-merge';

/** Listings packed in one statement: enough to be fast, few enough to keep recording from waiting. */
const LISTINGS = 100;
/** Readings of the last days of a month still come in after it, and imports of it more often than of older ones. */
const GRACE_DAYS = 7;
const DAY_MS = 86_400_000;
/** Months for which partitions are made ahead. */
const MONTHS_AHEAD = 2;
/** Any constant of ours: one process at a time looks after partitions. */
const PARTITION_LOCK = 4_711_002;

/**
 * Moves what was closed before $2, of the listings $1, from `observation` into its months, together with what is there already.
 * One statement: a reader sees each point in the one place or in the other, and a crash leaves all as it was.
 */
const PACK_STATEMENT = `
WITH moved AS (
  DELETE FROM observation o WHERE o.listing_id = ANY ($1) AND o.closed < $2 RETURNING o.*
),
incoming AS (
  SELECT o.listing_id, NULL::uuid AS product_id, u.metric, u.minute, u.value, u.source, u.minute + u.delay AS recorded,
         u.minute + u.length AS until, 0 AS age
  FROM moved o ${unpacked('o')}
),
${MERGE_INTO_MONTHS}
SELECT count(*)::int AS points FROM incoming`;

interface Partition {
  name: string;
  month: number;
}

/** Keeps history in months: partitions ahead for what comes, arrays for what is over. */
@Injectable()
export class HistoryPacker {
  constructor(
    private readonly postgres: Postgres,
    private readonly clock: Clock,
  ) {}

  /** May be stopped anywhere and run by several processes at once. */
  async run(): Promise<{ partitionsMade: number; partitionsDropped: number; points: number }> {
    const partitionsMade = await this.makePartitions();
    const points = await this.pack();
    return { partitionsMade, points, partitionsDropped: await this.dropPartitions() };
  }

  /** Packs every month that is over. @returns how many points moved */
  async pack(): Promise<number> {
    const cutoff = await this.firstOpenMinute();
    let points = 0;
    for (let last = 0; ;) {
      const rows = await this.postgres.query<{ id: number }>(
        { name: 'pack-listings', text: `SELECT id FROM listing WHERE id > $1 ORDER BY id LIMIT $2` },
        [last, LISTINGS],
      );
      if (rows.length === 0) return points;
      const ids = rows.map(({ id }) => id);
      points += await this.postgres.transaction(async (sql) => {
        await sql.query({ name: 'lock-listings', text: LOCK_LISTINGS_STATEMENT }, [ids]);
        const [moved] = await sql.query<{ points: number }>({ name: 'pack', text: PACK_STATEMENT }, [ids, cutoff]);
        return moved?.points ?? 0;
      });
      last = ids.at(-1) ?? last;
    }
  }

  private async makePartitions(): Promise<number> {
    const made = await this.whenUnused(async (sql) => {
      const wanted = await sql.query<Partition & { first: number; next: number }>(
        `SELECT 'observation_' || to_char(to_timestamp(month_start(m) * 60.0) AT TIME ZONE 'UTC', 'YYYY_MM') AS name,
                m AS month, month_start(m) AS first, month_start(m + 1) AS next
         FROM generate_series(month_of($1), month_of($1) + $2) AS m
         -- A month whose points have come into the rest already stays there until they are packed.
         WHERE NOT EXISTS (SELECT FROM observation_rest r WHERE r.closed >= month_start(m) AND r.closed < month_start(m + 1))
         ORDER BY m`,
        [toMinute(this.clock.now()), MONTHS_AHEAD],
      );
      const there = new Set((await this.partitions(sql)).map(({ name }) => name));
      const missing = wanted.filter(({ name }) => !there.has(name));
      for (const { name, first, next } of missing) {
        // Names and bounds are the database's own.
        await sql.query(`CREATE TABLE ${name} PARTITION OF observation FOR VALUES FROM (${first}) TO (${next})`);
      }
      return missing.length;
    });
    return made ?? 0;
  }

  /** Drops the partitions of packed months once nothing is left in them. */
  private async dropPartitions(): Promise<number> {
    const cutoff = await this.firstOpenMinute();
    let dropped = 0;
    for (const { name } of await this.partitions(this.postgres, cutoff)) {
      const gone = await this.whenUnused(async (sql) => {
        const [found] = await sql.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [name]);
        if (!found?.there) return 0;
        await sql.query(`LOCK TABLE observation, ${name} IN ACCESS EXCLUSIVE MODE`);
        if ((await sql.query(`SELECT FROM ${name} LIMIT 1`)).length > 0) return 0;
        await sql.query(`DROP TABLE ${name}`);
        return 1;
      });
      dropped += gone ?? 0;
    }
    return dropped;
  }

  /**
   * For what locks history as a whole: whoever reads or records meanwhile waits behind it, so it gives up soon where somebody
   * is in its way, such as a long export. The next run is early enough.
   * @returns undefined when it gave up
   */
  private async whenUnused<T>(work: (sql: SqlRunner) => Promise<T>): Promise<T | undefined> {
    try {
      return await this.postgres.transaction(async (sql) => {
        await sql.query('SELECT pg_advisory_xact_lock($1)', [PARTITION_LOCK]);
        await sql.query(`SET LOCAL lock_timeout = '200ms'`);
        return work(sql);
      });
    } catch (error) {
      if (isLockTimeout(error)) return undefined;
      throw error;
    }
  }

  /** Partitions with a month of their own; with a minute, those that end before it. */
  private partitions(sql: Pick<Postgres, 'query'>, before?: number): Promise<Partition[]> {
    return sql.query<Partition>(
      `SELECT c.relname AS name, (substring(c.relname, 13, 4)::int - 1970) * 12 + substring(c.relname, 18, 2)::int - 1 AS month
       FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
       WHERE i.inhparent = 'observation'::regclass AND c.relname ~ '^observation_\\d{4}_\\d{2}$'
         AND ($1::int IS NULL OR month_start((substring(c.relname, 13, 4)::int - 1970) * 12 + substring(c.relname, 18, 2)::int) <= $1)
       ORDER BY c.relname`,
      [before ?? null],
    );
  }

  /** First minute of the month that is not packed yet. */
  private async firstOpenMinute(): Promise<number> {
    const past = toMinute(new Date(this.clock.now().getTime() - GRACE_DAYS * DAY_MS));
    const [row] = await this.postgres.query<{ minute: number }>(`SELECT month_start(month_of($1)) AS minute`, [past]);
    if (!row) throw new Error('month_start returned no row');
    return row.minute;
  }
}

function isLockTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '55P03';
}
