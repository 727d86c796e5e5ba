import { Injectable } from '@nestjs/common';
import { METRICS } from '../common/metric';
import { toMinute } from '../common/minute';
import { SOURCE_IDS } from '../marketplace-data/marketplace-data';
import { Postgres } from '../shared/database/postgres';
import { visiblePointsOf } from './all-points';
import { HistoryRow } from './history-row';

/**
 * Adds points to products' own histories, visible to their user alone. $1 user, then parallel arrays: $2 products, $3 metrics,
 * $4 minutes, $5 values, $6 untils, $7 sources, $8 minutes of recording.
 * What the user already sees with the same value, confirmed at least as long, is left as it is, so that importing twice
 * changes nothing.
 */
const IMPORT_STATEMENT = `
WITH given AS (
  SELECT DISTINCT ON (t.product_id, t.metric, t.minute) t.*
  FROM unnest($2::uuid[], $3::smallint[], $4::int[], $5::int[], $6::int[], $7::smallint[], $8::int[])
    WITH ORDINALITY AS t(product_id, metric, minute, value, until, source, recorded, place)
  ORDER BY t.product_id, t.metric, t.minute, t.place DESC
),
owned AS MATERIALIZED (
  -- As long as these are locked nobody deletes them, and no point is left without its product.
  SELECT id, listing_id FROM product WHERE user_id = $1 AND id IN (SELECT product_id FROM given) ORDER BY id FOR NO KEY UPDATE
),
fresh AS MATERIALIZED (
  SELECT g.*, p.listing_id, seen.product_id IS NOT NULL AS own FROM given g
  JOIN owned p ON p.id = g.product_id
  LEFT JOIN LATERAL (
    SELECT v.product_id, v.value, v.until FROM ${visiblePointsOf('p.listing_id', 'p.id', 'g.minute', 'g.minute')} v
    WHERE v.metric = g.metric AND v.minute = g.minute
  ) seen ON true
  WHERE seen.until IS NULL OR seen.value IS DISTINCT FROM g.value OR seen.until < g.until
),
written AS (
  INSERT INTO observation (listing_id, minute, until, value, recorded, metric, source, product_id)
  SELECT listing_id, minute, until, value, recorded, metric, source, product_id FROM fresh
  ON CONFLICT (listing_id, metric, minute, product_id)
    DO UPDATE SET value = excluded.value, until = excluded.until, source = excluded.source, recorded = excluded.recorded
),
noted AS (
  UPDATE product SET history_version = history_version + 1 WHERE id IN (SELECT product_id FROM fresh) AND user_id = $1
)
SELECT count(*) FILTER (WHERE NOT own)::int AS inserted, count(*) FILTER (WHERE own)::int AS replaced FROM fresh`;

export interface ProductPoint extends HistoryRow {
  productId: string;
}

/** What became of the points of a file. */
export interface WrittenPoints {
  points: number;
  inserted: number;
  replaced: number;
  unchanged: number;
}

/** Writes points of files that users bring. Only products of the user are written to. */
@Injectable()
export class PointWriter {
  constructor(private readonly postgres: Postgres) {}

  async write(userId: string, points: ProductPoint[]): Promise<WrittenPoints> {
    if (points.length === 0) return { points: 0, inserted: 0, replaced: 0, unchanged: 0 };
    const [counts] = await this.postgres.query<{ inserted: number; replaced: number }>(
      { name: 'import-points', text: IMPORT_STATEMENT },
      [
        userId,
        points.map(({ productId }) => productId),
        points.map(({ metric }) => METRICS[metric].id),
        points.map(({ minute }) => minute),
        points.map(({ value }) => value),
        points.map(({ until }) => until),
        points.map(({ source }) => SOURCE_IDS[source]),
        points.map(({ recordedAt }) => toMinute(recordedAt)),
      ],
    );
    const { inserted = 0, replaced = 0 } = counts ?? {};
    return { points: points.length, inserted, replaced, unchanged: points.length - inserted - replaced };
  }
}
