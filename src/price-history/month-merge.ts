import { unpacked } from './all-points';

/**
 * Whoever rewrites months of listings locks the listings' states first, in a statement of its own: what is merged into a month must
 * have been read after the last one wrote it. Whoever locks products too locks these first, so that nobody waits in a circle.
 * $1 listing ids.
 */
export const LOCK_LISTINGS_STATEMENT = `
SELECT FROM listing_state WHERE listing_id = ANY ($1::int[]) ORDER BY listing_id FOR UPDATE`;

/**
 * Common table expressions that merge points into their months. They take them from `incoming`: listing_id, product_id, metric,
 * minute, value, source, recorded, until and `age`, which is below 1 where an incoming point replaces one that is there already,
 * and above where it does not.
 */
export const MERGE_INTO_MONTHS = `
arriving AS MATERIALIZED (
  SELECT *, month_of(minute)::smallint AS month FROM incoming
),
months AS MATERIALIZED (
  SELECT t.*, month_start(month) + 22320 AS middle FROM (SELECT DISTINCT listing_id, product_id, month FROM arriving) t
),
points AS (
  SELECT DISTINCT ON (listing_id, month, product_id, metric, minute) *
  FROM (
    SELECT listing_id, product_id, metric, minute, value, source, recorded, until, month, age FROM arriving
    UNION ALL
    SELECT m.listing_id, m.product_id, u.metric, m.middle + u.minute, u.value, u.source, m.middle + u.minute + u.delay,
           m.middle + u.minute + u.length, m.month, 1
    FROM months t
    JOIN observation_month m ON m.listing_id = t.listing_id AND m.month = t.month AND m.product_id IS NOT DISTINCT FROM t.product_id
    ${unpacked('m')}
  ) every
  ORDER BY listing_id, month, product_id, metric, minute, age
),
merged AS (
  INSERT INTO observation_month (listing_id, month, middle, metric_set, product_id, metrics, minutes, "values", lengths, sources, delays)
  SELECT p.listing_id, p.month, t.middle, bit_or(1 << p.metric), p.product_id,
         array_agg(p.metric ORDER BY p.metric, p.minute),
         array_agg((p.minute - t.middle)::smallint ORDER BY p.metric, p.minute),
         array_agg(p.value ORDER BY p.metric, p.minute),
         array_agg(p.until - p.minute ORDER BY p.metric, p.minute),
         array_agg(p.source ORDER BY p.metric, p.minute),
         array_agg(p.recorded - p.minute ORDER BY p.metric, p.minute)
  FROM points p JOIN (SELECT DISTINCT month, middle FROM months) t USING (month)
  GROUP BY p.listing_id, p.month, t.middle, p.product_id
  ON CONFLICT (listing_id, month, product_id) DO UPDATE SET metric_set = excluded.metric_set, metrics = excluded.metrics, minutes = excluded.minutes,
    "values" = excluded."values", lengths = excluded.lengths, sources = excluded.sources, delays = excluded.delays
)`;
