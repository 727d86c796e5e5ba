/** The points of packed months as rows; `m` is the row of observation_month, `m.middle` the minute that offsets count from. */
export const UNPACKED = `
  CROSS JOIN LATERAL unnest(m.metrics, m.minutes, m."values", m.lengths, m.sources, m.delays)
    AS u(metric, minute, value, length, source, delay)`;

/**
 * SQL for every point of one listing, whether it lies in `observation` or in a packed month: product_id, metric, minute, value,
 * until, source, recorded_at and `age`. A point that is in both, because somebody imported it anew after its month was packed,
 * counts as the younger one says: order by `age` within a key.
 * @param listing SQL for the listing's id
 * @param from, to SQL for the first and last minute; every point without
 */
export function pointsOf(listing: string, from?: string, to?: string): string {
  const inRange = from === undefined || to === undefined ? '' : `AND o.minute BETWEEN ${from} AND ${to}`;
  const inMonths =
    from === undefined || to === undefined ? '' : `AND m.month BETWEEN month_of(${from}) AND month_of(${to})`;
  return `(
    SELECT o.product_id, o.metric, o.minute, o.value, o.until, o.source, o.recorded_at, 0 AS age
    FROM observation o WHERE o.listing_id = ${listing} ${inRange}
    UNION ALL
    SELECT m.product_id, u.metric, m.middle + u.minute, u.value, m.middle + u.minute + u.length, u.source,
           to_timestamp((m.middle + u.minute + u.delay) * 60.0), 1
    FROM observation_month m ${UNPACKED} WHERE m.listing_id = ${listing} ${inMonths}
  )`;
}
