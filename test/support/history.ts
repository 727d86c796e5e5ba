import { DataSource } from 'typeorm';
import { pointsOf } from '../../src/price-history/all-points';

/** SQL for every point of every listing, wherever it lies. */
export const EVERY_POINT = `(
  SELECT DISTINCT ON (l.id, o.product_id, o.metric, o.minute) l.id AS listing_id, o.*
  FROM listing l CROSS JOIN LATERAL ${pointsOf('l.id')} o
  ORDER BY l.id, o.product_id, o.metric, o.minute, o.age
)`;

/** All of it as one digest. */
export async function digestOfHistory(dataSource: DataSource): Promise<{ points: number; digest: string }> {
  const [row] = await dataSource.query<{ points: number; digest: string }[]>(
    `SELECT count(*)::int AS points,
            md5(string_agg(concat_ws(',', listing_id, product_id, metric, minute, coalesce(value::text, 'null'), until, source,
                                     recorded), ';' ORDER BY listing_id, product_id, metric, minute)) AS digest
     FROM ${EVERY_POINT} every_point`,
  );
  if (!row) throw new Error('no digest');
  return row;
}
