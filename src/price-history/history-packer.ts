import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock';
import { toMinute } from '../common/minute';
import { Postgres } from '../shared/database/postgres';
import { UNPACKED } from './all-points';

/** Listings packed in one statement: enough to be fast, few enough to keep recording from waiting. */
const LISTINGS = 200;
/** Readings of the last days of a month still come in after it, and imports of it more often than of older ones. */
const GRACE_DAYS = 7;
const DAY_MS = 86_400_000;
/** Months for which partitions are made ahead. */
const MONTHS_AHEAD = 2;
/** Any constant of ours: one process at a time looks after partitions. */
const PARTITION_LOCK = 4_711_002;

/** Whoever rewrites packed months holds this: what is merged into a month must have been read after the last one wrote it. */
export const LOCK_MONTHS_STATEMENT = 'SELECT pg_advisory_xact_lock(4711003)';

/**
 * Moves points before $2 of the listings $1 from `observation` into their months, together with what is packed there already.
 * One statement: a reader sees each point in the one place or in the other, and a crash leaves all as it was.
 */
const PACK_STATEMENT = `
WITH moved AS (
  DELETE FROM observation o WHERE o.listing_id = ANY ($1) AND o.minute < $2
  RETURNING o.listing_id, o.product_id, o.metric, o.minute, o.value, o.source, o.recorded, o.until
),
moving AS (
  SELECT *, month_of(minute)::smallint AS month, 0 AS age FROM moved
),
packed AS (
  SELECT m.listing_id, m.product_id, u.metric, m.middle + u.minute AS minute, u.value, u.source,
         m.middle + u.minute + u.delay AS recorded, m.middle + u.minute + u.length AS until, m.month, 1 AS age
  FROM (SELECT DISTINCT listing_id, product_id, month FROM moving) t
  JOIN observation_month m ON m.listing_id = t.listing_id AND m.month = t.month AND m.product_id IS NOT DISTINCT FROM t.product_id
  ${UNPACKED}
),
points AS (
  SELECT DISTINCT ON (listing_id, month, product_id, metric, minute) *
  FROM (SELECT listing_id, product_id, metric, minute, value, source, recorded, until, month, age FROM moving
        UNION ALL SELECT * FROM packed) every
  ORDER BY listing_id, month, product_id, metric, minute, age
),
months AS MATERIALIZED (
  SELECT month, month_start(month) + 22320 AS middle FROM (SELECT DISTINCT month FROM moving) m
),
written AS (
  INSERT INTO observation_month (listing_id, month, middle, metric_set, product_id, metrics, minutes, "values", lengths, sources, delays)
  SELECT p.listing_id, month, b.middle, bit_or(1 << p.metric), p.product_id,
         array_agg(p.metric ORDER BY p.metric, p.minute),
         array_agg((p.minute - b.middle)::smallint ORDER BY p.metric, p.minute),
         array_agg(p.value ORDER BY p.metric, p.minute),
         array_agg(p.until - p.minute ORDER BY p.metric, p.minute),
         array_agg(p.source ORDER BY p.metric, p.minute),
         array_agg(p.recorded - p.minute ORDER BY p.metric, p.minute)
  FROM points p JOIN months b USING (month)
  GROUP BY p.listing_id, month, b.middle, p.product_id
  ON CONFLICT (listing_id, month, product_id) DO UPDATE SET metric_set = excluded.metric_set, metrics = excluded.metrics, minutes = excluded.minutes,
    "values" = excluded."values", lengths = excluded.lengths, sources = excluded.sources, delays = excluded.delays
)
SELECT count(*)::int AS points FROM moved`;

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
        await sql.query(LOCK_MONTHS_STATEMENT);
        const [moved] = await sql.query<{ points: number }>({ name: 'pack', text: PACK_STATEMENT }, [ids, cutoff]);
        return moved?.points ?? 0;
      });
      last = ids.at(-1) ?? last;
    }
  }

  private async makePartitions(): Promise<number> {
    return this.postgres.transaction(async (sql) => {
      await sql.query('SELECT pg_advisory_xact_lock($1)', [PARTITION_LOCK]);
      const wanted = await sql.query<Partition & { first: number; next: number }>(
        `SELECT 'observation_' || to_char(to_timestamp(month_start(m) * 60.0) AT TIME ZONE 'UTC', 'YYYY_MM') AS name,
                m AS month, month_start(m) AS first, month_start(m + 1) AS next
         FROM generate_series(month_of($1), month_of($1) + $2) AS m
         -- A month whose points have come into the rest already stays there until they are packed.
         WHERE NOT EXISTS (SELECT FROM observation_rest r WHERE r.minute >= month_start(m) AND r.minute < month_start(m + 1))
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
  }

  /** Drops the partitions of packed months once nothing is left in them. One that somebody uses is left for the next time. */
  private async dropPartitions(): Promise<number> {
    const cutoff = await this.firstOpenMinute();
    let dropped = 0;
    for (const { name } of await this.partitions(this.postgres, cutoff)) {
      dropped += await this.postgres.transaction(async (sql) => {
        await sql.query('SELECT pg_advisory_xact_lock($1)', [PARTITION_LOCK]);
        const [found] = await sql.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [name]);
        if (!found?.there) return 0;
        // Whoever reads or records meanwhile waits behind this, so it gives up soon.
        await sql.query(`SET LOCAL lock_timeout = '200ms'`);
        try {
          await sql.query(`LOCK TABLE observation, ${name} IN ACCESS EXCLUSIVE MODE`);
        } catch (error) {
          if (isLockTimeout(error)) return 0;
          throw error;
        }
        if ((await sql.query(`SELECT FROM ${name} LIMIT 1`)).length > 0) return 0;
        await sql.query(`DROP TABLE ${name}`);
        return 1;
      });
    }
    return dropped;
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
