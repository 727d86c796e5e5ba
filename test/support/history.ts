import { DataSource } from 'typeorm';
import { pointsOf } from '../../src/price-history/all-points';

/** Every point there is, whether packed or not, as one digest; `recorded_at` to the minute, which is what packing keeps. */
export async function digestOfHistory(dataSource: DataSource): Promise<{ points: number; digest: string }> {
  const [row] = await dataSource.query<{ points: number; digest: string }[]>(
    `SELECT count(*)::int AS points,
            md5(string_agg(concat_ws(',', listing_id, product_id, metric, minute, coalesce(value::text, 'null'), until, source,
                                     date_trunc('minute', recorded_at)), ';' ORDER BY listing_id, product_id, metric, minute)) AS digest
     FROM (SELECT DISTINCT ON (l.id, o.product_id, o.metric, o.minute) l.id AS listing_id, o.*
           FROM listing l CROSS JOIN LATERAL ${pointsOf('l.id')} o
           ORDER BY l.id, o.product_id, o.metric, o.minute, o.age) every_point`,
  );
  if (!row) throw new Error('no digest');
  return row;
}
