/** The points of rows of arrays as rows of their own: `u`, with minutes as they are stored. @param row alias of observation or observation_month */
export function unpacked(row: string): string {
  return `
  CROSS JOIN LATERAL unnest(${row}.metrics, ${row}.minutes, ${row}."values", ${row}.lengths, ${row}.sources, ${row}.delays)
    AS u(metric, minute, value, length, source, delay)`;
}

/**
 * SQL for every point of one listing, wherever it lies: the open ones in its state, those that are over in `observation` or in a
 * month. Columns product_id, metric, minute, value, until, source, recorded and `age`. A point that is in two places, because
 * somebody's past has it too, counts as the younger one says: order by `age` within a key.
 * @param listing SQL for the listing's id
 * @param from, to SQL for the first and last minute; every point without
 */
export function pointsOf(listing: string, from?: string, to?: string): string {
  const ranged = from !== undefined && to !== undefined;
  const within = (minute: string) => (ranged ? `AND ${minute} BETWEEN ${from} AND ${to}` : '');
  const inMonths = ranged ? `AND m.month BETWEEN month_of(${from}) AND month_of(${to})` : '';
  return `(
    SELECT NULL::uuid AS product_id, h.metric::smallint AS metric, h.since AS minute, h.value, h.until, h.source, h.recorded, -1 AS age
    FROM listing_state s
    CROSS JOIN LATERAL unnest(s.current_since, s.current_values, s.current_until, s.current_sources, s.current_recorded)
      WITH ORDINALITY AS h(since, value, until, source, recorded, metric)
    WHERE s.listing_id = ${listing} AND h.since IS NOT NULL ${within('h.since')}
    UNION ALL
    SELECT NULL, u.metric, u.minute, u.value, u.minute + u.length, u.source, u.minute + u.delay, 0
    FROM observation o ${unpacked('o')} WHERE o.listing_id = ${listing} ${within('u.minute')}
    UNION ALL
    SELECT m.product_id, u.metric, m.middle + u.minute, u.value, m.middle + u.minute + u.length, u.source,
           m.middle + u.minute + u.delay, 1
    FROM observation_month m ${unpacked('m')} WHERE m.listing_id = ${listing} ${inMonths}
  )`;
}

/**
 * SQL for the points that the user of one product sees: the shared feed and that product's imports. Where both have a point
 * for a minute, the import counts; where both say the same, what confirms the one confirms the other. history-reader.ts does
 * the same for what it reads.
 * @param product SQL for the product's id
 */
export function visiblePointsOf(listing: string, product: string, from?: string, to?: string): string {
  return `(
    SELECT DISTINCT ON (v.metric, v.minute) v.product_id, v.metric, v.minute, v.value, v.source, v.recorded,
           max(v.until) OVER (PARTITION BY v.metric, v.minute, v.value) AS until
    FROM (
      SELECT DISTINCT ON (o.metric, o.minute, o.product_id) o.* FROM ${pointsOf(listing, from, to)} o
      WHERE o.product_id IS NULL OR o.product_id = ${product}
      ORDER BY o.metric, o.minute, o.product_id, o.age
    ) v
    ORDER BY v.metric, v.minute, v.product_id NULLS LAST
  )`;
}
