import { Injectable } from '@nestjs/common';
import { NotFoundError } from '../common/app-error';
import { Marketplace } from '../common/marketplace';
import { Metric, metricById, METRIC_NAMES, METRICS } from '../common/metric';
import { SourceName } from '../marketplace-data/marketplace-data';
import { sourceName } from '../marketplace-data/sources.service';
import { Postgres } from '../shared/database/postgres';
import { pointsOf, UNPACKED } from './all-points';
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

/** Points of the user's products and of the shared feed only. */
const VISIBLE = (point: string) => `(${point}.product_id IS NULL OR ${point}.product_id = w.id)`;

/**
 * Ownership, the points in the range and, per metric, the one before it, in one statement.
 * $1 product, $2 user, $3 metric ids, $4 and $5 first and last minute. Where the user imported a point for a minute the
 * shared feed has too, the user's own counts; where both say the same, what confirms the one confirms the other.
 * @public The benchmark runs it too.
 */
export const HISTORY_STATEMENT = `
WITH owned AS (
  SELECT p.id, p.listing_id, l.asin, l.marketplace, s.source, s.interval_minutes,
         s.current_values, s.current_since, s.current_until
  FROM product p JOIN listing l ON l.id = p.listing_id JOIN listing_state s ON s.listing_id = l.id
  WHERE p.id = $1 AND p.user_id = $2
),
inside AS (
  SELECT o.* FROM owned w CROSS JOIN LATERAL ${pointsOf('w.listing_id', '$4::int', '$5::int')} o
  WHERE o.metric = ANY ($3::smallint[]) AND o.minute BETWEEN $4 AND $5 AND ${VISIBLE('o')}
),
before AS (
  SELECT c.* FROM owned w CROSS JOIN unnest($3::smallint[]) AS wanted(metric)
  CROSS JOIN LATERAL (
    -- The last packed month before that of the start in which the metric changed.
    SELECT max(m.month) AS month FROM observation_month m
    WHERE m.listing_id = w.listing_id AND m.month < month_of($4) AND m.metrics @> ARRAY[wanted.metric] AND ${VISIBLE('m')}
  ) AS earlier
  CROSS JOIN LATERAL (
    SELECT * FROM (
      (SELECT o.product_id, o.metric, o.minute, o.value, o.until, o.source, o.recorded_at, 0 AS age FROM observation o
       WHERE o.listing_id = w.listing_id AND o.metric = wanted.metric AND o.minute < $4 AND ${VISIBLE('o')}
       ORDER BY o.minute DESC LIMIT 4)
      UNION ALL
      SELECT m.product_id, u.metric, m.middle + u.minute, u.value, m.middle + u.minute + u.length, u.source,
             to_timestamp((m.middle + u.minute + u.delay) * 60.0), 1
      FROM observation_month m ${UNPACKED}
      WHERE m.listing_id = w.listing_id AND m.month IN (earlier.month, month_of($4)) AND ${VISIBLE('m')}
        AND u.metric = wanted.metric AND m.middle + u.minute < $4
    ) any_before
    ORDER BY minute DESC, product_id NULLS LAST, age LIMIT 1
  ) AS c
),
points AS (
  SELECT DISTINCT ON (o.metric, o.minute) o.metric, o.minute, o.value, o.source, ${visibleUntil('w')} AS until
  FROM owned w, (SELECT * FROM inside UNION ALL SELECT * FROM before) o
  ORDER BY o.metric, o.minute, o.product_id NULLS LAST, o.age
),
started AS (
  -- A point at the very start makes the one before it needless.
  SELECT * FROM points p WHERE p.minute >= $4 OR NOT EXISTS (SELECT FROM points s WHERE s.metric = p.metric AND s.minute = $4)
),
grouped AS (
  SELECT metric, array_agg(minute ORDER BY minute) AS minutes, array_agg(value ORDER BY minute) AS values,
         array_agg(until ORDER BY minute) AS untils, array_agg(DISTINCT source) AS sources
  FROM started GROUP BY metric
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
