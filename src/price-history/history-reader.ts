import { Injectable } from '@nestjs/common';
import { NotFoundError } from '../common/app-error';
import { Marketplace } from '../common/marketplace';
import { Metric, metricById, METRIC_NAMES, METRICS } from '../common/metric';
import { SourceName } from '../marketplace-data/marketplace-data';
import { sourceName } from '../marketplace-data/sources.service';
import { Postgres } from '../shared/database/postgres';
import { unpacked } from './all-points';
import { Block, mergeBlocks } from './blocks';
import { Point } from './series';

/** A product's history as one user may see it: the shared feed and that user's own imports. */
export interface History {
  productId: string;
  asin: string;
  marketplace: Marketplace;
  /** Source of the last good reading. */
  source: SourceName | null;
  intervalMinutes: number | null;
  /** Another one once a check or an import may have changed the history. */
  version: string;
  series: Map<Metric, { points: Point[]; sources: SourceName[] }>;
}

interface HistoryRow extends Omit<Block, 'own'> {
  product_id: string;
  asin: string;
  marketplace: Marketplace;
  source: number | null;
  interval_minutes: number | null;
  version: string;
  own: boolean | null;
}

/** Points of the user's products and of the shared feed only. */
const VISIBLE = (point: string) => `(${point}.product_id IS NULL OR ${point}.product_id = w.id)`;

const ARRAYS = (row: string) =>
  `${row}.metrics::text AS metrics, ${row}.minutes::text AS minutes, ${row}."values"::text AS "values", ${row}.lengths::text AS lengths, ${row}.sources::text AS sources`;

const MONTH = `m.product_id IS NOT NULL AS own, 1 AS age, m.middle, ${ARRAYS('m')}`;

/**
 * Ownership and everything that can be a point in the range or the one before it, as arrays, in one statement. The program
 * merges them (blocks.ts): unpacking thousands of points into rows and sorting them costs PostgreSQL ten times as much as
 * handing the packed months over as they are.
 * What was closed before the range was not in force in it; of the months before it, those in which a metric last changed count.
 * $1 products, $2 user, $3 metric ids, $4 and $5 first and last minute, $6 versions that are known already: of a
 * product that still has one of them nothing more is read.
 * @public The benchmark runs it too.
 */
export const HISTORY_STATEMENT = `
WITH owned AS (
  SELECT p.id, l.asin, l.marketplace, s.source, s.interval_minutes, v.version,
         CASE WHEN v.version <> ALL ($6::text[]) THEN p.listing_id END AS listing_id,
         s.current_values, s.current_since, s.current_until, s.current_sources
  FROM product p JOIN listing l ON l.id = p.listing_id JOIN listing_state s ON s.listing_id = l.id
  CROSS JOIN LATERAL (
    SELECT concat_ws('.', coalesce(extract(epoch FROM s.checked_at), 0), p.history_version, s.interval_minutes) AS version
  ) v
  WHERE p.id = ANY ($1::uuid[]) AND p.user_id = $2
)
SELECT w.id AS product_id, w.asin, w.marketplace, w.source, w.interval_minutes, w.version, b.*
FROM owned w LEFT JOIN LATERAL (
  SELECT false AS own, -1 AS age, 0 AS middle, ${ARRAYS('a')}
  FROM (
    SELECT array_agg(h.metric) AS metrics, array_agg(h.since) AS minutes, array_agg(h.value) AS "values",
           array_agg(h.until - h.since) AS lengths, array_agg(h.source) AS sources
    FROM unnest(w.current_since, w.current_values, w.current_until, w.current_sources) WITH ORDINALITY AS h(since, value, until, source, metric)
    WHERE w.listing_id IS NOT NULL AND h.since <= $5 AND h.metric = ANY ($3::smallint[])
  ) a WHERE a.metrics IS NOT NULL
  UNION ALL
  SELECT false, 0, 0, ${ARRAYS('a')}
  FROM (
    SELECT array_agg(u.metric) AS metrics, array_agg(u.minute) AS minutes, array_agg(u.value) AS "values",
           array_agg(u.length) AS lengths, array_agg(u.source) AS sources
    FROM observation o ${unpacked('o')}
    WHERE o.listing_id = w.listing_id AND o.closed > $4 AND u.minute <= $5 AND u.metric = ANY ($3::smallint[])
  ) a WHERE a.metrics IS NOT NULL
  UNION ALL
  SELECT ${MONTH} FROM observation_month m
  WHERE m.listing_id = w.listing_id AND m.month BETWEEN month_of($4) AND month_of($5) AND ${VISIBLE('m')}
  UNION ALL
  SELECT ${MONTH} FROM (
    -- For each metric the last month before in which it changed.
    SELECT DISTINCT e.month FROM unnest($3::smallint[]) AS wanted(metric) CROSS JOIN LATERAL (
      SELECT e.month FROM observation_month e
      WHERE e.listing_id = w.listing_id AND e.month < month_of($4) AND e.metric_set & (1 << wanted.metric) <> 0 AND ${VISIBLE('e')}
      ORDER BY e.month DESC LIMIT 1
    ) e
  ) earlier JOIN observation_month m ON m.month = earlier.month
  WHERE m.listing_id = w.listing_id AND ${VISIBLE('m')}
) b ON true`;

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
    const ids = (metrics.length > 0 ? metrics : METRIC_NAMES).map((metric) => METRICS[metric].id);
    const rows = await this.postgres.query<HistoryRow>({ name: 'history', text: HISTORY_STATEMENT }, [
      productIds,
      userId,
      ids,
      from,
      to,
      known,
    ]);
    const byProduct = new Map<string, HistoryRow[]>();
    for (const row of rows) {
      const list = byProduct.get(row.product_id);
      if (list) list.push(row);
      else byProduct.set(row.product_id, [row]);
    }
    return productIds.map((productId) => {
      const own = byProduct.get(productId) ?? [];
      const [first] = own;
      if (!first) throw new NotFoundError('Product');
      const blocks = own.filter((row): row is HistoryRow & Block => row.own !== null);
      return {
        productId,
        asin: first.asin,
        marketplace: first.marketplace,
        source: first.source === null ? null : sourceName(first.source),
        intervalMinutes: first.interval_minutes,
        version: first.version,
        series: new Map(
          [...mergeBlocks(blocks, ids, from, to)].map(([id, { points, sources }]) => [
            metricById(id),
            { points, sources: sources.map(sourceName) },
          ]),
        ),
      };
    });
  }
}
