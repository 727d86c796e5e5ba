import { Injectable } from '@nestjs/common';
import { METRICS } from '../common/metric';
import { toMinute } from '../common/minute';
import { SOURCE_IDS } from '../marketplace-data/marketplace-data';
import { integerArray } from '../shared/database/integer-arrays';
import { Postgres } from '../shared/database/postgres';
import { visiblePointsOf } from './all-points';
import { HistoryRow } from './history-row';
import { LOCK_LISTINGS_STATEMENT, MERGE_INTO_MONTHS } from './month-merge';

/** The products an import writes to, which nobody deletes meanwhile. $1 user, $2 products. */
const LOCK_PRODUCTS_STATEMENT = `
SELECT listing_id FROM product WHERE user_id = $1 AND id = ANY ($2::uuid[]) ORDER BY id FOR NO KEY UPDATE`;

/**
 * Adds points to products' own histories, visible to their user alone. $1 user, then parallel arrays: $2 products, $3 metrics,
 * $4 minutes, $5 values, $6 untils, $7 sources, $8 minutes of recording.
 * What the user already sees with the same value, confirmed at least as long, is left as it is, so that importing twice
 * changes nothing.
 */
const IMPORT_STATEMENT = `
WITH given AS MATERIALIZED (
  SELECT DISTINCT ON (t.product_id, t.metric, t.minute) t.*
  FROM unnest($2::uuid[], $3::smallint[], $4::int[], $5::int[], $6::int[], $7::smallint[], $8::int[])
    WITH ORDINALITY AS t(product_id, metric, minute, value, until, source, recorded, place)
  ORDER BY t.product_id, t.metric, t.minute, t.place DESC
),
owned AS MATERIALIZED (
  SELECT p.id, p.listing_id, r.first, r.last
  FROM product p JOIN (SELECT product_id, min(minute) AS first, max(minute) AS last FROM given GROUP BY 1) r ON r.product_id = p.id
  WHERE p.user_id = $1
),
seen AS MATERIALIZED (
  SELECT p.id, v.metric, v.minute, v.value, v.until, v.product_id IS NOT NULL AS own
  FROM owned p CROSS JOIN LATERAL ${visiblePointsOf('p.listing_id', 'p.id', 'p.first', 'p.last')} v
),
incoming AS MATERIALIZED (
  SELECT p.listing_id, g.product_id, g.metric, g.minute, g.value, g.source, g.recorded, g.until, 0 AS age, coalesce(s.own, false) AS own
  FROM given g JOIN owned p ON p.id = g.product_id
  LEFT JOIN seen s ON s.id = g.product_id AND s.metric = g.metric AND s.minute = g.minute
  WHERE s.until IS NULL OR s.value IS DISTINCT FROM g.value OR s.until < g.until
),
${MERGE_INTO_MONTHS},
noted AS (
  UPDATE product SET history_version = history_version + 1 WHERE id IN (SELECT product_id FROM incoming) AND user_id = $1
)
SELECT count(*) FILTER (WHERE NOT own)::int AS inserted, count(*) FILTER (WHERE own)::int AS replaced FROM incoming`;

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
    const productIds = points.map(({ productId }) => productId);
    const [counts] = await this.postgres.transaction(async (sql) => {
      const products = await sql.query<{ listing_id: number }>({ name: 'lock-import', text: LOCK_PRODUCTS_STATEMENT }, [
        userId,
        [...new Set(productIds)],
      ]);
      await sql.query({ name: 'lock-listings', text: LOCK_LISTINGS_STATEMENT }, [
        products.map(({ listing_id }) => listing_id),
      ]);
      return sql.query<{ inserted: number; replaced: number }>({ name: 'import-points', text: IMPORT_STATEMENT }, [
        userId,
        productIds,
        integerArray(points.map(({ metric }) => METRICS[metric].id)),
        integerArray(points.map(({ minute }) => minute)),
        integerArray(points.map(({ value }) => value)),
        integerArray(points.map(({ until }) => until)),
        integerArray(points.map(({ source }) => SOURCE_IDS[source])),
        integerArray(points.map(({ recordedAt }) => toMinute(recordedAt))),
      ]);
    });
    const { inserted = 0, replaced = 0 } = counts ?? {};
    return { points: points.length, inserted, replaced, unchanged: points.length - inserted - replaced };
  }
}
