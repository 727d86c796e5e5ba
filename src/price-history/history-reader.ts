import { Injectable } from '@nestjs/common';
import { NotFoundError } from '../common/app-error';
import { Marketplace } from '../common/marketplace';
import { Metric, metricById, METRIC_NAMES, METRICS } from '../common/metric';
import { SourceName } from '../marketplace-data/marketplace-data';
import { sourceName } from '../marketplace-data/sources.service';
import { Postgres } from '../shared/database/postgres';
import { Point } from './series';
import { visibleUntil } from './visible-until';

/** A product's history as one user may see it: the shared feed and that user's own imports. */
export interface History {
  asin: string;
  marketplace: Marketplace;
  /** Source of the last good reading. */
  source: SourceName | null;
  intervalMinutes: number | null;
  series: Map<Metric, { points: Point[]; sources: SourceName[] }>;
}

interface HistoryRow {
  asin: string;
  marketplace: Marketplace;
  source: number | null;
  interval_minutes: number | null;
  metric: number | null;
  minutes: number[];
  values: (number | null)[];
  untils: number[];
  sources: number[];
}

/**
 * Ownership, the points in the range and, per metric, the one before it, in one statement.
 * $1 product, $2 user, $3 metric ids, $4 and $5 first and last minute. Where the user imported a point for a minute the
 * shared feed has too, the user's own counts; where both say the same, what confirms the one confirms the other.
 */
const HISTORY_STATEMENT = `
WITH owned AS (
  SELECT p.id, p.listing_id, l.asin, l.marketplace, s.source, s.interval_minutes,
         s.current_values, s.current_since, s.current_until
  FROM product p JOIN listing l ON l.id = p.listing_id JOIN listing_state s ON s.listing_id = l.id
  WHERE p.id = $1 AND p.user_id = $2
),
points AS (
  SELECT DISTINCT ON (o.metric, o.minute) o.metric, o.minute, o.value, o.source,
    ${visibleUntil('w')} AS until
  FROM owned w
  CROSS JOIN unnest($3::smallint[]) AS m(metric)
  CROSS JOIN LATERAL (
    SELECT coalesce(max(c.minute), $4) AS minute FROM observation c
    WHERE c.listing_id = w.listing_id AND c.metric = m.metric AND c.minute <= $4
      AND (c.product_id IS NULL OR c.product_id = w.id)
  ) AS start
  JOIN observation o ON o.listing_id = w.listing_id AND o.metric = m.metric
    AND o.minute BETWEEN start.minute AND $5 AND (o.product_id IS NULL OR o.product_id = w.id)
  ORDER BY o.metric, o.minute, o.product_id NULLS LAST
),
grouped AS (
  SELECT metric, array_agg(minute ORDER BY minute) AS minutes, array_agg(value ORDER BY minute) AS values,
         array_agg(until ORDER BY minute) AS untils, array_agg(DISTINCT source) AS sources
  FROM points GROUP BY metric
)
SELECT w.asin, w.marketplace, w.source, w.interval_minutes, g.metric, g.minutes, g.values, g.untils, g.sources
FROM owned w LEFT JOIN grouped g ON true ORDER BY g.metric`;

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

  /** @throws NotFoundError, also for a product of somebody else */
  async read(
    userId: string,
    productId: string,
    metrics: readonly Metric[],
    from: number,
    to: number,
  ): Promise<History> {
    const ids = (metrics.length > 0 ? metrics : METRIC_NAMES).map((metric) => METRICS[metric].id);
    const rows = await this.postgres.query<HistoryRow>({ name: 'history', text: HISTORY_STATEMENT }, [
      productId,
      userId,
      ids,
      from,
      to,
    ]);
    const [first] = rows;
    if (!first) throw new NotFoundError('Product');
    const series: History['series'] = new Map();
    for (const row of rows) {
      if (row.metric === null) continue;
      const points = row.minutes.map((minute, index) => ({
        minute,
        value: row.values[index] ?? null,
        until: row.untils[index] ?? minute,
      }));
      series.set(metricById(row.metric), { points, sources: row.sources.map(sourceName) });
    }
    return {
      asin: first.asin,
      marketplace: first.marketplace,
      source: first.source === null ? null : sourceName(first.source),
      intervalMinutes: first.interval_minutes,
      series,
    };
  }
}
