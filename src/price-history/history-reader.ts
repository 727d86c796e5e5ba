import { Injectable } from '@nestjs/common';
import { NotFoundError } from '../common/app-error';
import { Marketplace } from '../common/marketplace';
import { Metric, metricById, METRIC_NAMES, METRICS } from '../common/metric';
import { SourceName } from '../marketplace-data/marketplace-data';
import { sourceName } from '../marketplace-data/sources.service';
import { Postgres, SqlRunner } from '../shared/database/postgres';
import { unpacked } from './all-points';
import { Block, mergeBlocks } from './blocks';
import { Point } from '../common/series';

/** What there is of a listing's history. */
export interface ListingHistory {
  asin: string;
  marketplace: Marketplace;
  /** Source of the last good reading. */
  source: SourceName | null;
  intervalMinutes: number | null;
  /** Another one once a check or an import may have changed the history. */
  version: string;
  series: Map<Metric, SeriesHistory>;
}

interface SeriesHistory {
  points: Point[];
  sources: SourceName[];
  /** Minute at which each point became known; of the shared feed only. */
  recorded: number[];
  /** Minute of the first point after the range, when it came within LOOK_AHEAD. */
  next: number | undefined;
}

/** Minutes for which a value may be carried to the next reading: two of the longest check intervals (common/series.ts, `toSegments`). */
const LOOK_AHEAD = 2 * 10_080;

/** A product's history as one user may see it: the shared feed and that user's own imports. */
export interface History extends ListingHistory {
  productId: string;
}

interface HistoryRow extends Omit<Block, 'own'> {
  /** Id of the product, or of the listing where no product is asked for. */
  key: string;
  asin: string;
  marketplace: Marketplace;
  source: number | null;
  interval_minutes: number | null;
  version: string;
  own: boolean | null;
}

/** Points of the user's products and of the shared feed only. */
const VISIBLE = (point: string) => `(${point}.product_id IS NULL OR ${point}.product_id = w.id)`;

const arrays = (row: string, withDelays: boolean) =>
  `${withDelays ? `${row}.delays::text AS delays, ` : ''}${row}.metrics::text AS metrics, ${row}.minutes::text AS minutes, ${row}."values"::text AS "values", ${row}.lengths::text AS lengths, ${row}.sources::text AS sources`;

/** SQL for what a history is at a time: `s` is the listing's state, `p` the product. Another one once a check or an import may have changed it. */
export const HISTORY_VERSION = `concat_ws('.', coalesce(extract(epoch FROM s.checked_at), 0), p.history_version, s.interval_minutes)`;

const HEADS = 's.current_values, s.current_since, s.current_until, s.current_sources, s.current_recorded';

/** The user's products among $4. $5 user, $6 versions that are known already: of a product that still has one nothing more is read. */
const OWNED = `
  SELECT p.id::text AS key, p.id, l.asin, l.marketplace, s.source, s.interval_minutes, v.version,
         CASE WHEN v.version <> ALL ($6::text[]) THEN p.listing_id END AS listing_id, ${HEADS}
  FROM product p JOIN listing l ON l.id = p.listing_id JOIN listing_state s ON s.listing_id = l.id
  CROSS JOIN LATERAL (
    SELECT ${HISTORY_VERSION} AS version
  ) v
  WHERE p.id = ANY ($4::uuid[]) AND p.user_id = $5`;

/** The listings $4, in the shared feed. */
const SHARED = `
  SELECT l.id::text AS key, NULL::uuid AS id, l.asin, l.marketplace, s.source, s.interval_minutes,
         coalesce(extract(epoch FROM s.checked_at), 0)::text AS version, l.id AS listing_id, ${HEADS}
  FROM listing l JOIN listing_state s ON s.listing_id = l.id
  WHERE l.id = ANY ($4::int[])`;

/**
 * Ownership and everything that can be a point in the range or the one before it, as arrays, in one statement. The program
 * merges them (blocks.ts): unpacking thousands of points into rows and sorting them costs PostgreSQL ten times as much as
 * handing the packed months over as they are.
 * What was closed before the range was not in force in it; of the months before it, those in which a metric last changed count.
 * $1 metric ids, $2 and $3 first and last minute.
 */
const historyOf = (wanted: string, withDelays = false) => `
WITH wanted AS (${wanted})
SELECT w.key, w.asin, w.marketplace, w.source, w.interval_minutes, w.version, b.*
FROM wanted w LEFT JOIN LATERAL (
  SELECT false AS own, -1 AS age, 0 AS middle, ${arrays('a', withDelays)}
  FROM (
    SELECT array_agg(h.metric) AS metrics, array_agg(h.since) AS minutes, array_agg(h.value) AS "values",
           array_agg(h.until - h.since) AS lengths, array_agg(h.source) AS sources, array_agg(h.recorded - h.since) AS delays
    FROM unnest(w.current_since, w.current_values, w.current_until, w.current_sources, w.current_recorded) WITH ORDINALITY AS h(since, value, until, source, recorded, metric)
    WHERE w.listing_id IS NOT NULL AND h.since <= $3 AND h.metric = ANY ($1::smallint[])
  ) a WHERE a.metrics IS NOT NULL
  UNION ALL
  SELECT false, 0, 0, ${arrays('a', withDelays)}
  FROM (
    SELECT array_agg(u.metric) AS metrics, array_agg(u.minute) AS minutes, array_agg(u.value) AS "values",
           array_agg(u.length) AS lengths, array_agg(u.source) AS sources, array_agg(u.delay) AS delays
    FROM observation o ${unpacked('o')}
    WHERE o.listing_id = w.listing_id AND o.closed > $2 AND u.minute <= $3 AND u.metric = ANY ($1::smallint[])
  ) a WHERE a.metrics IS NOT NULL
  UNION ALL
  SELECT m.product_id IS NOT NULL AS own, 1 AS age, m.middle, ${arrays('m', withDelays)} FROM observation_month m
  WHERE m.listing_id = w.listing_id AND m.month BETWEEN month_of($2) AND month_of($3) AND ${VISIBLE('m')}
  UNION ALL
  SELECT m.product_id IS NOT NULL AS own, 1 AS age, m.middle, ${arrays('m', withDelays)} FROM (
    -- For each metric the last month before in which it changed.
    SELECT DISTINCT e.month FROM unnest($1::smallint[]) AS m(metric) CROSS JOIN LATERAL (
      SELECT e.month FROM observation_month e
      WHERE e.listing_id = w.listing_id AND e.month < month_of($2) AND e.metric_set & (1 << m.metric) <> 0 AND ${VISIBLE('e')}
      ORDER BY e.month DESC LIMIT 1
    ) e
  ) earlier JOIN observation_month m ON m.month = earlier.month
  WHERE m.listing_id = w.listing_id AND ${VISIBLE('m')}
) b ON true`;

/** @public The benchmark runs it too. */
export const HISTORY_STATEMENT = historyOf(OWNED);
const SHARED_HISTORY_STATEMENT = historyOf(SHARED, true);

@Injectable()
export class HistoryReader {
  constructor(private readonly postgres: Postgres) {}

  /** @throws NotFoundError, also for a product of somebody else */
  async listing(userId: string, productId: string): Promise<Pick<History, 'asin' | 'marketplace'>> {
    const [listing] = await this.postgres.query<Pick<History, 'asin' | 'marketplace'>>(
      `SELECT l.asin, l.marketplace FROM product p JOIN listing l ON l.id = p.listing_id WHERE p.id = $1 AND p.user_id = $2`,
      [productId, userId],
    );
    if (!listing) throw new NotFoundError('Product');
    return listing;
  }

  /** As `readMany`, of one product. */
  async read(
    userId: string,
    productId: string,
    metrics: readonly Metric[],
    from: number,
    to: number,
    known: readonly string[] = [],
  ): Promise<History> {
    const [history] = await this.readMany(userId, [productId], metrics, from, to, known);
    if (!history) throw new Error('no history for the product');
    return history;
  }

  /**
   * @param known versions that the caller has: a product that still has one of them comes back without series
   * @returns a history for each id, in their order
   * @throws NotFoundError, also for a product of somebody else
   */
  async readMany(
    userId: string,
    productIds: readonly string[],
    metrics: readonly Metric[],
    from: number,
    to: number,
    known: readonly string[] = [],
  ): Promise<History[]> {
    const rows = await this.postgres.query<HistoryRow>({ name: 'history', text: HISTORY_STATEMENT }, [
      idsOf(metrics),
      from,
      to + LOOK_AHEAD,
      productIds,
      userId,
      known,
    ]);
    const histories = toHistories(rows, metrics, from, to);
    return productIds.map((productId) => {
      const history = histories.get(productId);
      if (!history) throw new NotFoundError('Product');
      return { productId, ...history };
    });
  }

  /** The shared feed of listings, which is nobody's secret: no user's imports are in it. @returns by listing id */
  async readShared(
    listingIds: readonly number[],
    metrics: readonly Metric[],
    from: number,
    to: number,
    sql: SqlRunner = this.postgres,
  ): Promise<Map<number, ListingHistory>> {
    const rows = await sql.query<HistoryRow>({ name: 'shared-history', text: SHARED_HISTORY_STATEMENT }, [
      idsOf(metrics),
      from,
      to + LOOK_AHEAD,
      listingIds,
    ]);
    return new Map([...toHistories(rows, metrics, from, to)].map(([key, history]) => [Number(key), history]));
  }
}

/** All of them when none is named. */
function idsOf(metrics: readonly Metric[]): number[] {
  return (metrics.length > 0 ? metrics : METRIC_NAMES).map((metric) => METRICS[metric].id);
}

function toHistories(
  rows: readonly HistoryRow[],
  metrics: readonly Metric[],
  from: number,
  to: number,
): Map<string, ListingHistory> {
  const byKey = new Map<string, [HistoryRow, ...HistoryRow[]]>();
  for (const row of rows) {
    const list = byKey.get(row.key);
    if (list) list.push(row);
    else byKey.set(row.key, [row]);
  }
  return new Map(
    [...byKey].map(([key, found]) => {
      const [first] = found;
      const blocks = found.filter((row): row is HistoryRow & Block => row.own !== null);
      return [
        key,
        {
          asin: first.asin,
          marketplace: first.marketplace,
          source: first.source === null ? null : sourceName(first.source),
          intervalMinutes: first.interval_minutes,
          version: first.version,
          series: new Map(
            [...mergeBlocks(blocks, idsOf(metrics), from, to)].map(([id, { points, sources, recorded, next }]) => [
              metricById(id),
              { points, sources: sources.map(sourceName), recorded, next },
            ]),
          ),
        },
      ];
    }),
  );
}
