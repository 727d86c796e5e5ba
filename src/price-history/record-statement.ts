import { METRIC_NAMES, MetricKind, METRICS } from '../common/metric';

/** An array of all metrics' ids, as the arrays of the heads are indexed by them. */
const EVERY_METRIC = `'{${METRIC_NAMES.map((_, index) => index + 1).join(',')}}'::smallint[]`;

/** How soon a listing is read again when a value waits for its second reading. */
const SECOND_READING_MINUTES = 15;

const idsOf = (kind: MetricKind) =>
  METRIC_NAMES.filter((name) => METRICS[name].kind === kind)
    .map((name) => METRICS[name].id)
    .join(',');

/**
 * Whether a value is further from another one than one check makes plausible (DATA.md): a price by more than 60 %, a rank
 * fifty-fold. Such a value may be a misread page, and an alert on it would be false.
 */
const isJump = (from: string, to: string) => `(
  coalesce(CASE
    WHEN metric IN (${idsOf('money')}) THEN ${from} > 0 AND abs(${to}::bigint - ${from}) > 0.6 * ${from}
    WHEN metric IN (${idsOf('rank')}) THEN ${from} > 0 AND ${to} > 0
      AND greatest(${from}, ${to})::bigint > 50 * least(${from}, ${to})::bigint
  END, false))`;

/**
 * Records a batch of readings in one statement. Parameters:
 * $1 listing ids, $2 metric ids, $3 minutes, $4 values (parallel arrays: what was read),
 * $5 one object per listing (id, result, detail, observed_at, facts), $6 source id, $7 now, $8 the same in minutes.
 *
 * `head` locks the listings' states in id order, so that two workers with the same listing take turns and never wait for
 * each other in a circle; whoever comes second compares with what the first one left.
 * A metric's first null is no change point: there is nothing it changed from.
 * A reading older than what is known changes nothing.
 * A value that jumps is held until a later reading is near it too. It then counts from when it was first read, if it is
 * the same; a reading near the old value drops it.
 * What changes becomes the head of its series, and the head that it replaces goes into `observation`. Heads only ever move on,
 * under the lock, so that none can be there already.
 */
export const RECORD_STATEMENT = `
WITH batch AS (
  SELECT * FROM jsonb_to_recordset($5::jsonb) AS t(
    id int, result text, detail text, observed_at timestamptz, facts jsonb)
),
head AS MATERIALIZED (
  SELECT s.listing_id, s.current_values, s.current_since, s.current_until, s.current_sources, s.current_recorded,
         s.held_values, s.held_since, s.observed_at
  FROM listing_state s WHERE s.listing_id = ANY (SELECT id FROM batch) ORDER BY s.listing_id FOR UPDATE
),
incoming AS (
  SELECT * FROM unnest($1::int[], $2::smallint[], $3::int[], $4::int[]) AS t(listing_id, metric, minute, value)
),
heads AS (
  -- By unnesting: to read an array element by element means to unpack the array as often.
  SELECT h.listing_id, t.* FROM head h CROSS JOIN LATERAL unnest(
    h.current_values, h.current_since, h.current_until, h.current_sources, h.current_recorded, h.held_values, h.held_since, ${EVERY_METRIC}
  ) AS t(head_value, head_since, head_until, head_source, head_recorded, held_value, held_minute, metric)
),
compared AS (
  -- OFFSET 0 keeps each step by itself: its expressions would otherwise be written out, and computed, wherever they are used.
  SELECT h.*, i.minute, i.value,
         coalesce(CASE WHEN h.head_since IS NULL THEN i.value IS NOT NULL
              ELSE i.minute > h.head_since AND i.minute >= h.head_until AND i.value IS DISTINCT FROM h.head_value
              END AND i.minute IS NOT NULL, false) AS differs,
         coalesce(i.minute > h.head_until AND i.value IS NOT DISTINCT FROM h.head_value, false) AS confirmed
  FROM heads h LEFT JOIN incoming i ON i.listing_id = h.listing_id AND i.metric = h.metric OFFSET 0
),
weighed AS (
  SELECT *, differs AND ${isJump('head_value', 'value')} AS jumps,
         coalesce(minute > held_minute AND held_minute > head_until AND value IS NOT NULL AND NOT ${isJump('held_value', 'value')}, false) AS second
  FROM compared OFFSET 0
),
judged AS MATERIALIZED (
  SELECT listing_id, metric, value, head_value, head_since, head_until, head_source, head_recorded, held_value, confirmed,
         minute AS read_at,
         CASE WHEN jumps AND second AND value = held_value THEN held_minute ELSE minute END AS minute,
         differs AND (NOT jumps OR second) AS changed,
         jumps AND NOT second AS held,
         CASE WHEN jumps AND NOT second THEN 'held'
              WHEN jumps THEN 'confirmed'
              WHEN minute > held_minute THEN 'dropped' END AS outcome,
         CASE WHEN jumps AND NOT second THEN value WHEN minute > held_minute THEN NULL ELSE held_value END AS next_held_value,
         CASE WHEN jumps AND NOT second THEN minute WHEN minute > held_minute THEN NULL ELSE held_minute END AS next_held_minute
  FROM weighed
),
closed AS (
  INSERT INTO observation (listing_id, minute, until, value, recorded, metric, source)
  SELECT listing_id, head_since, head_until, head_value, head_recorded, metric, head_source
  FROM judged WHERE changed AND head_since IS NOT NULL
),
merged AS (
  SELECT listing_id,
         array_agg(CASE WHEN changed THEN value ELSE head_value END ORDER BY metric) AS current_values,
         array_agg(CASE WHEN changed THEN minute ELSE head_since END ORDER BY metric) AS current_since,
         array_agg(CASE WHEN changed OR confirmed THEN read_at ELSE head_until END ORDER BY metric) AS current_until,
         array_agg(CASE WHEN changed THEN $6 ELSE head_source END ORDER BY metric) AS current_sources,
         array_agg(CASE WHEN changed THEN $8 ELSE head_recorded END ORDER BY metric) AS current_recorded,
         array_agg(next_held_value ORDER BY metric) AS held_values,
         array_agg(next_held_minute ORDER BY metric) AS held_since,
         bool_or(held) AS waits,
         count(*) FILTER (WHERE changed) AS changes,
         jsonb_agg(jsonb_build_object('metric', metric, 'from', head_value, 'to', CASE outcome WHEN 'dropped' THEN held_value ELSE value END,
                                      'outcome', outcome) ORDER BY metric) FILTER (WHERE outcome IS NOT NULL) AS jumps
  FROM judged GROUP BY listing_id
),
state AS (
  UPDATE listing_state s SET
    current_values = m.current_values, current_since = m.current_since, current_until = m.current_until,
    current_sources = m.current_sources, current_recorded = m.current_recorded,
    held_values = m.held_values, held_since = m.held_since,
    checked_at = $7, result = b.result, detail = b.detail, failures = 0, source = $6, claimed_until = NULL,
    observed_at = greatest(s.observed_at, b.observed_at),
    next_check_at = $7::timestamptz + make_interval(mins =>
      CASE WHEN m.waits THEN least(s.interval_minutes, ${SECOND_READING_MINUTES}) ELSE s.interval_minutes END)
  FROM merged m JOIN batch b ON b.id = m.listing_id
  WHERE s.listing_id = m.listing_id
),
checked AS (
  INSERT INTO listing_check (listing_id, checked_at, source, result, detail, changes, jumps)
  SELECT m.listing_id, $7, $6, b.result, b.detail, m.changes, m.jumps FROM merged m JOIN batch b ON b.id = m.listing_id
  ON CONFLICT (listing_id, checked_at) DO NOTHING
),
facts AS (
  SELECT b.id,
    coalesce(b.facts->>'title', l.title) AS title,
    coalesce(b.facts->>'brand', l.brand) AS brand,
    coalesce((SELECT array_agg(x) FROM jsonb_array_elements_text(b.facts->'categoryPath') x), l.category_path) AS category_path,
    coalesce(b.facts->>'imageUrl', l.image_url) AS image_url,
    CASE WHEN b.facts ? 'parentAsin' THEN b.facts->>'parentAsin' ELSE l.parent_asin END AS parent_asin,
    CASE WHEN b.facts ? 'bsrCategory' THEN b.facts->>'bsrCategory' ELSE l.bsr_category END AS bsr_category,
    CASE WHEN b.facts ? 'bsrSubCategory' THEN b.facts->>'bsrSubCategory' ELSE l.bsr_sub_category END AS bsr_sub_category,
    CASE WHEN b.facts ? 'buyBoxSellerId' THEN b.facts->>'buyBoxSellerId' ELSE l.buy_box_seller_id END AS buy_box_seller_id,
    coalesce(b.facts->>'availability', l.availability) AS availability
  FROM batch b JOIN listing l ON l.id = b.id JOIN head h ON h.listing_id = b.id
  WHERE h.observed_at IS NULL OR b.observed_at >= h.observed_at
),
described AS (
  UPDATE listing l SET title = f.title, brand = f.brand, category_path = f.category_path, image_url = f.image_url,
    parent_asin = f.parent_asin, bsr_category = f.bsr_category, bsr_sub_category = f.bsr_sub_category,
    buy_box_seller_id = f.buy_box_seller_id, availability = f.availability
  FROM facts f
  WHERE l.id = f.id
    AND (l.title, l.brand, l.category_path, l.image_url, l.parent_asin, l.bsr_category, l.bsr_sub_category,
         l.buy_box_seller_id, l.availability)
        IS DISTINCT FROM (f.title, f.brand, f.category_path, f.image_url, f.parent_asin, f.bsr_category, f.bsr_sub_category,
         f.buy_box_seller_id, f.availability)
)
SELECT array_agg(listing_id) AS listings, array_agg(metric) AS metrics, array_agg(minute) AS minutes, array_agg(value) AS "values"
FROM judged WHERE changed`;

/** The heads of one listing's series, which stay as they are until the transaction ends. $1 listing id. */
export const LOCK_HEADS_STATEMENT = `
SELECT current_values AS values, current_since AS since, current_until AS until, current_sources AS sources, current_recorded AS recorded
FROM listing_state WHERE listing_id = $1 FOR UPDATE`;

/**
 * Takes in a listing's past. Parameters: $1 listing id, then parallel arrays: $2 metric ids, $3 minutes, $4 values, $5 untils,
 * $6 source ids, $7 minutes of recording. A point that is there already stays as it is.
 */
export const BACKFILL_STATEMENT = `
INSERT INTO observation (listing_id, minute, until, value, recorded, metric, source)
SELECT $1, t.minute, t.until, t.value, t.recorded, t.metric, t.source
FROM unnest($2::smallint[], $3::int[], $4::int[], $5::int[], $6::smallint[], $7::int[]) AS t(metric, minute, value, until, source, recorded)
ON CONFLICT (listing_id, metric, minute, product_id) DO NOTHING`;

/** Sets the heads of one listing's series, its past being known. $1 listing id, $2 to $6 as LOCK_HEADS_STATEMENT has them, $7 now. */
export const BACKFILL_HEADS_STATEMENT = `
UPDATE listing_state SET current_values = $2, current_since = $3, current_until = $4, current_sources = $5, current_recorded = $6,
  backfilled_at = $7
WHERE listing_id = $1`;

/**
 * Checks that failed for good. Parameters: $1 listing ids, $2 results, $3 details (parallel arrays), $4 source id, $5 now.
 * The last good values stay with their time. The next check backs off: the interval doubled with each failure in a row,
 * capped at a day, but never sooner than the interval itself.
 */
export const FAILURE_STATEMENT = `
WITH failed AS (
  SELECT * FROM unnest($1::int[], $2::text[], $3::text[]) AS t(listing_id, result, detail)
),
locked AS MATERIALIZED (
  SELECT listing_id FROM listing_state WHERE listing_id = ANY($1) ORDER BY listing_id FOR UPDATE
),
state AS (
  UPDATE listing_state s SET checked_at = $5, result = f.result, detail = f.detail, failures = s.failures + 1,
    claimed_until = NULL,
    next_check_at = $5::timestamptz + make_interval(mins =>
      greatest(s.interval_minutes, least(1440, s.interval_minutes * (2 ^ least(s.failures, 10))::int)))
  FROM failed f JOIN locked k USING (listing_id) WHERE s.listing_id = f.listing_id
)
INSERT INTO listing_check (listing_id, checked_at, source, result, detail)
SELECT listing_id, $5, $4, result, detail FROM failed
ON CONFLICT (listing_id, checked_at) DO NOTHING`;
