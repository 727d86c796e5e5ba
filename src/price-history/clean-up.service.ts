import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock';
import { METRIC_NAMES, METRICS } from '../common/metric';
import { toMinute } from '../common/minute';
import { Config } from '../config/config';
import { Postgres } from '../shared/database/postgres';
import { unpacked } from './all-points';
import { HistoryPacker } from './history-packer';
import { LOCK_LISTINGS_STATEMENT } from './month-merge';

const DAY_MS = 86_400_000;
const RUN_RETENTION_DAYS = 90;
/** Rows per statement, so that a large clean-up never holds locks for long. */
const CHUNK = 10_000;
const LISTINGS = 100;

/**
 * Drops expired points from the packed months of the listings $1. $2 metric ids and $3 the first minute to keep of each, in
 * parallel.
 */
const EXPIRE_STATEMENT = `
WITH expiry AS (
  SELECT * FROM unnest($2::smallint[], $3::int[]) AS t(metric, first_kept)
),
judged AS (
  SELECT m.listing_id, m.month, m.product_id, u.*, m.middle + u.minute + u.length < e.first_kept AS expired
  FROM observation_month m ${unpacked('m')} JOIN expiry e ON e.metric = u.metric
  WHERE m.listing_id = ANY ($1)
    AND EXISTS (SELECT FROM expiry x WHERE m.month <= month_of(x.first_kept) AND m.metric_set & (1 << x.metric) <> 0)
),
months AS (
  SELECT listing_id, month, product_id, count(*) FILTER (WHERE expired)::int AS expired, count(*) FILTER (WHERE NOT expired) AS kept,
         bit_or(1 << metric) FILTER (WHERE NOT expired) AS metric_set,
         array_agg(metric ORDER BY metric, minute) FILTER (WHERE NOT expired) AS metrics,
         array_agg(minute ORDER BY metric, minute) FILTER (WHERE NOT expired) AS minutes,
         array_agg(value ORDER BY metric, minute) FILTER (WHERE NOT expired) AS "values",
         array_agg(length ORDER BY metric, minute) FILTER (WHERE NOT expired) AS lengths,
         array_agg(source ORDER BY metric, minute) FILTER (WHERE NOT expired) AS sources,
         array_agg(delay ORDER BY metric, minute) FILTER (WHERE NOT expired) AS delays
  FROM judged GROUP BY listing_id, month, product_id
),
emptied AS (
  DELETE FROM observation_month m USING months k
  WHERE k.kept = 0 AND m.listing_id = k.listing_id AND m.month = k.month AND m.product_id IS NOT DISTINCT FROM k.product_id
),
shortened AS (
  UPDATE observation_month m SET metric_set = k.metric_set, metrics = k.metrics, minutes = k.minutes, "values" = k."values", lengths = k.lengths,
    sources = k.sources, delays = k.delays
  FROM months k
  WHERE k.kept > 0 AND k.expired > 0 AND m.listing_id = k.listing_id AND m.month = k.month
    AND m.product_id IS NOT DISTINCT FROM k.product_id
),
noted AS (
  UPDATE product SET history_version = history_version + 1 WHERE listing_id IN (SELECT listing_id FROM months WHERE expired > 0)
)
SELECT coalesce(sum(expired), 0)::int AS expired FROM months`;

/** The products of the listings $1, whose answers change with what expires. */
const LOCK_PRODUCTS_STATEMENT = `SELECT FROM product WHERE listing_id = ANY ($1) ORDER BY id FOR NO KEY UPDATE`;

@Injectable()
export class CleanUpService {
  constructor(
    private readonly postgres: Postgres,
    private readonly packer: HistoryPacker,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /**
   * Deletes what is past its retention. A point is past it when the value it holds ended before the limit of its metric. Open
   * points have not ended: a quiet listing keeps its current values.
   */
  async run(): Promise<Record<string, number>> {
    const { CHECK_RETENTION_DAYS, LISTING_CHANGE_RETENTION_DAYS } = this.config.env;
    return {
      points: await this.expirePoints(),
      checks: await this.deleteAll(
        `DELETE FROM listing_check WHERE ctid = ANY (ARRAY(
           SELECT ctid FROM listing_check WHERE checked_at < $1 LIMIT $2)) RETURNING 1`,
        this.daysAgo(CHECK_RETENTION_DAYS),
      ),
      listingChanges: await this.deleteAll(
        `DELETE FROM listing_change WHERE id = ANY (ARRAY(
           SELECT id FROM listing_change WHERE observed_minute < $1 LIMIT $2)) RETURNING 1`,
        toMinute(this.daysAgo(LISTING_CHANGE_RETENTION_DAYS)),
      ),
      runs: await this.deleteAll(
        `DELETE FROM job_run WHERE id = ANY (ARRAY(
           SELECT id FROM job_run WHERE finished_at < $1 LIMIT $2)) RETURNING 1`,
        this.daysAgo(RUN_RETENTION_DAYS),
      ),
      sessions: await this.deleteAll(
        `DELETE FROM auth_session WHERE id = ANY (ARRAY(
           SELECT id FROM auth_session WHERE expires_at < $1 LIMIT $2)) RETURNING 1`,
        this.clock.now(),
      ),
      idempotencyKeys: await this.deleteAll(
        `DELETE FROM idempotency_key WHERE ctid = ANY (ARRAY(
           SELECT ctid FROM idempotency_key WHERE created_at < $1 LIMIT $2)) RETURNING 1`,
        this.daysAgo(1),
      ),
    };
  }

  /** Only months that are over expire, which are packed first: what is younger is younger than any retention. */
  private async expirePoints(): Promise<number> {
    await this.packer.pack();
    const firstKept = METRIC_NAMES.map((metric) => toMinute(this.daysAgo(this.config.retentionDays(metric))));
    const ids = METRIC_NAMES.map((metric) => METRICS[metric].id);
    let points = 0;
    for (let last = 0; ;) {
      const listings = await this.postgres.query<{ listing_id: number }>(
        `SELECT DISTINCT listing_id FROM observation_month
         WHERE listing_id > $1 AND month <= month_of($2) ORDER BY listing_id LIMIT $3`,
        [last, Math.max(...firstKept), LISTINGS],
      );
      if (listings.length === 0) return points;
      const listingIds = listings.map(({ listing_id }) => listing_id);
      points += await this.postgres.transaction(async (sql) => {
        await sql.query(LOCK_PRODUCTS_STATEMENT, [listingIds]);
        await sql.query({ name: 'lock-listings', text: LOCK_LISTINGS_STATEMENT }, [listingIds]);
        const [row] = await sql.query<{ expired: number }>(EXPIRE_STATEMENT, [listingIds, ids, firstKept]);
        return row?.expired ?? 0;
      });
      last = listingIds.at(-1) ?? last;
    }
  }

  private async deleteAll(statement: string, limit: Date | number): Promise<number> {
    let total = 0;
    for (;;) {
      const rows = await this.postgres.query(statement, [limit, CHUNK]);
      total += rows.length;
      if (rows.length < CHUNK) return total;
    }
  }

  private daysAgo(days: number): Date {
    return new Date(this.clock.now().getTime() - days * DAY_MS);
  }
}
