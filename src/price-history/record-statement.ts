import { METRIC_NAMES, MetricKind, METRICS } from '../common/metric';
import { LISTING_FIELD_NAMES, LISTING_FIELDS, ListingField } from './listing-field';
import { MERGE_INTO_MONTHS } from './month-merge';

const COUNT = METRIC_NAMES.length;
/** All metrics' ids, as the arrays of the heads are indexed by them. */
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

/** Of the listing and the facts read, `l`: what a source that looks at it says, also that there is none. */
const said = (fact: string, column: string, facts: string) =>
  `CASE WHEN ${facts} ? '${fact}' THEN ${facts}->>'${fact}' ELSE l.${column} END`;

const saidList = (fact: string, column: string, facts: string) =>
  `coalesce((SELECT array_agg(x) FROM jsonb_array_elements_text(${facts}->'${fact}') x), l.${column})`;

/** Columns of `listing`, and each as facts that were read leave it. */
const described = (facts: string) =>
  [
    ['title', `coalesce(${facts}->>'title', l.title)`],
    ['brand', `coalesce(${facts}->>'brand', l.brand)`],
    ['category_path', saidList('categoryPath', 'category_path', facts)],
    ['image_url', `coalesce(${facts}->>'imageUrl', l.image_url)`],
    ['image_count', `coalesce((${facts}->>'imageCount')::smallint, l.image_count)`],
    ['bullets', saidList('bullets', 'bullets', facts)],
    ['parent_asin', said('parentAsin', 'parent_asin', facts)],
    ['bsr_category', said('bsrCategory', 'bsr_category', facts)],
    ['bsr_sub_category', said('bsrSubCategory', 'bsr_sub_category', facts)],
    ['buy_box_seller_id', said('buyBoxSellerId', 'buy_box_seller_id', facts)],
    ['availability', `coalesce(${facts}->>'availability', l.availability)`],
  ] as const;

/** Whether facts that were read tell a field; null is as good as no. An empty list tells nothing (see `saidList`). */
const tells = (field: ListingField, facts: string) => `(${facts}->'${LISTING_FIELDS[field].fact}') <> '[]'`;

/** Whether the facts of `j` say otherwise than the columns of `l`. Lists are compared as they came: to make an array of each takes longer. */
const SAYS_OTHERWISE = described('j.facts')
  .map(([column, told]) =>
    column === 'category_path' || column === 'bullets'
      ? `${tells(column, 'j.facts')} AND to_jsonb(l.${column}) IS DISTINCT FROM j.facts->'${LISTING_FIELDS[column].fact}'`
      : `l.${column} IS DISTINCT FROM ${told}`,
  )
  .join(' OR ');

/** Whether `j` tells a field of which the word of another source stands. */
const SPEAKS_ANEW = `($3 = ALL (l.told_by)) IS NOT TRUE AND (${LISTING_FIELD_NAMES.map(
  (field) => `l.told_by[${LISTING_FIELDS[field].place}] IS DISTINCT FROM $3 AND ${tells(field, 'j.facts')}`,
).join(' OR ')})`;

/** Of a field's value what has to differ: a picture has its name between `/I/` and the first dot, and sizes after it. */
const essence = (field: string, value: string) =>
  `CASE WHEN ${field} = 'image_url' THEN to_jsonb(coalesce(substring(${value} #>> '{}' FROM '/I/([^./]+)'), ${value} #>> '{}')) ELSE ${value} END`;

/**
 * Records a batch of readings in one statement. Parameters:
 * $1 one object per listing (id, its place in the batch, what was read as bits, minute, result, detail, observed_at, facts),
 * $2 the values of all metrics, listing after listing, null also where nothing was read, $3 source id, $4 now, $5 the same in minutes.
 *
 * `head` locks the listings' states in id order, so that two workers with the same listing take turns and never wait for
 * each other in a circle; whoever comes second compares with what the first one left.
 * A metric's first null is no change point: there is nothing it changed from.
 * A reading older than what is known changes nothing.
 * A value that jumps is held until a later reading is near it too. It then counts from when it was first read, if it is
 * the same; a reading near the old value drops it.
 * What changes becomes the head of its series, and the heads that it replaces go into `observation`, one row for the listing.
 * Heads only ever move on, under the lock, so that none can be there already.
 *
 * Texts are written, and their rows locked and read anew, only where something differs. A field has changed when its source
 * said something else the last time: what stands, if it is that source's word, or else what was set aside when another source
 * spoke. It has not when another source has told the same change in between. The first word of a source is no change.
 */
export const RECORD_STATEMENT = `
WITH batch AS MATERIALIZED (
  SELECT t.*, ($2::int[])[${COUNT} * t.place + 1 : ${COUNT} * t.place + ${COUNT}] AS read_values
  FROM jsonb_to_recordset($1::jsonb) AS t(
    id int, place int, read int, minute int, result text, detail text, observed_at timestamptz, facts jsonb)
),
head AS MATERIALIZED (
  SELECT s.listing_id, s.current_values, s.current_since, s.current_until, s.current_sources, s.current_recorded,
         s.held_values, s.held_since, s.observed_at
  FROM listing_state s WHERE s.listing_id = ANY (SELECT id FROM batch) ORDER BY s.listing_id FOR UPDATE
),
judged AS MATERIALIZED (
  SELECT b.*, h.observed_at AS known_at, j.*
  FROM head h JOIN batch b ON b.id = h.listing_id CROSS JOIN LATERAL (
    -- By unnesting: to read an array element by element means to unpack the array as often.
    SELECT array_agg(CASE WHEN changed THEN value ELSE head_value END) AS current_values,
           array_agg(CASE WHEN changed THEN since ELSE head_since END) AS current_since,
           array_agg(CASE WHEN changed OR confirmed THEN minute ELSE head_until END) AS current_until,
           array_agg(CASE WHEN changed THEN $3 ELSE head_source END) AS current_sources,
           array_agg(CASE WHEN changed THEN $5 ELSE head_recorded END) AS current_recorded,
           array_agg(CASE WHEN held THEN value WHEN minute > held_minute THEN NULL ELSE held_value END) AS held_values,
           array_agg(CASE WHEN held THEN minute WHEN minute > held_minute THEN NULL ELSE held_minute END) AS held_since,
           count(*) FILTER (WHERE changed) AS changes,
           array_agg(metric) FILTER (WHERE closes) AS closed_metrics,
           array_agg(head_since) FILTER (WHERE closes) AS closed_minutes,
           array_agg(head_value) FILTER (WHERE closes) AS closed_values,
           array_agg(head_until - head_since) FILTER (WHERE closes) AS closed_lengths,
           array_agg(head_source) FILTER (WHERE closes) AS closed_sources,
           array_agg(head_recorded - head_since) FILTER (WHERE closes) AS closed_delays,
           bool_or(held) AS waits,
           jsonb_agg(jsonb_build_object('metric', metric, 'from', head_value, 'to', CASE outcome WHEN 'dropped' THEN held_value ELSE value END,
                                        'outcome', outcome)) FILTER (WHERE outcome IS NOT NULL) AS jumps
    FROM (
      SELECT *, changed AND head_since IS NOT NULL AS closes,
             CASE WHEN jumps AND second AND value = held_value THEN held_minute ELSE minute END AS since,
             CASE WHEN held THEN 'held' WHEN jumps THEN 'confirmed' WHEN minute > held_minute THEN 'dropped' END AS outcome
      FROM (
        -- OFFSET 0 keeps each step by itself: its expressions would otherwise be written out, and computed, wherever they are used.
        SELECT *, differs AND (NOT jumps OR second) AS changed, jumps AND NOT second AS held
        FROM (
          SELECT *, differs AND ${isJump('head_value', 'value')} AS jumps,
                 coalesce(minute > held_minute AND held_minute > head_until AND value IS NOT NULL AND NOT ${isJump('held_value', 'value')}, false) AS second
          FROM (
            SELECT t.*, given.minute,
                   coalesce(CASE WHEN t.head_since IS NULL THEN t.value IS NOT NULL AND given.minute IS NOT NULL
                        ELSE given.minute > t.head_since AND given.minute >= t.head_until AND t.value IS DISTINCT FROM t.head_value
                        END, false) AS differs,
                   coalesce(given.minute > t.head_until AND t.value IS NOT DISTINCT FROM t.head_value, false) AS confirmed
            -- In the list of columns, where each row is handed on as it is made; as a table they would all be stored first.
            FROM (
              SELECT unnest(h.current_values) AS head_value, unnest(h.current_since) AS head_since, unnest(h.current_until) AS head_until,
                     unnest(h.current_sources) AS head_source, unnest(h.current_recorded) AS head_recorded,
                     unnest(h.held_values) AS held_value, unnest(h.held_since) AS held_minute,
                     unnest(b.read_values) AS value, unnest(${EVERY_METRIC}) AS metric
            ) t,
            LATERAL (SELECT CASE WHEN b.read & (1 << t.metric) <> 0 THEN b.minute END AS minute) given
            OFFSET 0
          ) compared OFFSET 0
        ) weighed OFFSET 0
      ) decided OFFSET 0
    ) outcomes
  ) j
),
closed AS (
  INSERT INTO observation (listing_id, closed, metrics, minutes, "values", lengths, sources, delays)
  SELECT id, minute, closed_metrics, closed_minutes, closed_values, closed_lengths, closed_sources, closed_delays
  FROM judged WHERE closed_metrics IS NOT NULL
),
state AS (
  UPDATE listing_state s SET
    current_values = j.current_values, current_since = j.current_since, current_until = j.current_until,
    current_sources = j.current_sources, current_recorded = j.current_recorded,
    held_values = j.held_values, held_since = j.held_since,
    checked_at = $4, result = j.result, detail = j.detail, failures = 0, source = $3, claimed_until = NULL,
    observed_at = greatest(s.observed_at, j.observed_at),
    next_check_at = $4::timestamptz + make_interval(mins =>
      CASE WHEN j.waits THEN least(s.interval_minutes, ${SECOND_READING_MINUTES}) ELSE s.interval_minutes END)
  FROM judged j WHERE s.listing_id = j.id
),
checked AS (
  INSERT INTO listing_check (listing_id, checked_at, source, result, detail, changes, jumps)
  SELECT id, $4, $3, result, detail, changes, jumps FROM judged
  ON CONFLICT (listing_id, checked_at) DO NOTHING
),
differing AS MATERIALIZED (
  SELECT l.*, j.facts, j.minute, floor(extract(epoch FROM j.known_at) / 60)::int AS known_minute
  FROM judged j JOIN listing l ON l.id = j.id
  WHERE (j.known_at IS NULL OR j.observed_at >= j.known_at)
    AND (${SAYS_OTHERWISE} OR ${SPEAKS_ANEW})
  FOR NO KEY UPDATE OF l
),
retold AS MATERIALIZED (
  SELECT l.id, l.minute, l.known_minute, t.field, t.told, t.teller,
         coalesce(t.stands, 'null') AS stands, l.set_aside->(t.field || '/' || $3::smallint) AS earlier
  FROM differing l CROSS JOIN LATERAL (VALUES
    ${LISTING_FIELD_NAMES.map(
      (field) =>
        `('${field}', l.facts->'${LISTING_FIELDS[field].fact}', l.told_by[${LISTING_FIELDS[field].place}], to_jsonb(l.${field}))`,
    ).join(', ')}
  ) AS t(field, told, teller, stands)
  WHERE t.told <> '[]'
),
changed AS (
  INSERT INTO listing_change (listing_id, field, before, after, observed_minute, recorded_minute, source)
  SELECT r.id, r.field, nullif(r.before, 'null'), nullif(r.told, 'null'), r.minute, $5, $3
  FROM (
    SELECT *, CASE WHEN teller = $3 THEN stands ELSE earlier->0 END AS before,
           CASE WHEN teller <> $3 THEN (earlier->>1)::int END AS said_last
    FROM retold
  ) r
  WHERE ${essence('r.field', 'r.before')} <> ${essence('r.field', 'r.told')} AND (r.said_last IS NULL OR NOT EXISTS (
    SELECT FROM listing_change c
    WHERE c.listing_id = r.id AND c.field = r.field AND c.observed_minute > r.said_last
      AND ${essence('r.field', `coalesce(c.after, 'null')`)} = ${essence('r.field', 'r.told')}
  ))
  ON CONFLICT (listing_id, field, observed_minute) DO NOTHING RETURNING listing_id
),
aside AS (
  SELECT id, array_agg(field || '/' || $3::smallint) AS taken,
         jsonb_object_agg(field || '/' || teller, jsonb_build_array(stands, known_minute)) FILTER (WHERE teller <> $3) AS kept
  FROM retold GROUP BY id
),
described AS (
  UPDATE listing SET ${described('l.facts')
    .map(([column, told]) => `${column} = ${told}`)
    .join(', ')},
    told_by = ARRAY[${LISTING_FIELD_NAMES.map(
      (field) => `CASE WHEN ${tells(field, 'l.facts')} THEN $3 ELSE l.told_by[${LISTING_FIELDS[field].place}] END`,
    ).join(', ')}],
    set_aside = nullif((coalesce(l.set_aside, '{}') - coalesce(a.taken, '{}')) || coalesce(a.kept, '{}'), '{}')
  FROM differing l LEFT JOIN aside a ON a.id = l.id
  WHERE listing.id = l.id
)
SELECT id FROM judged WHERE changes > 0 UNION SELECT listing_id FROM changed`;

/** The heads of one listing's series, which stay as they are until the transaction ends. $1 listing id. */
export const LOCK_HEADS_STATEMENT = `
SELECT current_values AS values, current_since AS since, current_until AS until, current_sources AS sources, current_recorded AS recorded
FROM listing_state WHERE listing_id = $1 FOR UPDATE`;

/**
 * Takes in a listing's past. Parameters: $1 listing id, then parallel arrays: $2 metric ids, $3 minutes, $4 values, $5 untils,
 * $6 source ids, $7 minutes of recording. A point that is there already stays as it is, and of two for a minute the first.
 */
export const BACKFILL_STATEMENT = `
WITH incoming AS (
  SELECT $1::int AS listing_id, NULL::uuid AS product_id, t.*, 1 + place AS age
  FROM unnest($2::smallint[], $3::int[], $4::int[], $5::int[], $6::smallint[], $7::int[])
    WITH ORDINALITY AS t(metric, minute, value, until, source, recorded, place)
),
${MERGE_INTO_MONTHS}
SELECT`;

/** Sets the heads of one listing's series, its past being known. $1 listing id, $2 to $6 as LOCK_HEADS_STATEMENT has them, $7 now. */
export const BACKFILL_HEADS_STATEMENT = `
UPDATE listing_state SET current_values = $2, current_since = $3, current_until = $4, current_sources = $5, current_recorded = $6,
  backfilled_at = $7
WHERE listing_id = $1`;

/**
 * Checks that failed for good. Parameters: $1 listing ids, $2 results, $3 details (parallel arrays), $4 source id, $5 now.
 * The last good values stay with their time. The next check backs off: the interval doubled with each failure in a row,
 * capped at a day, but never sooner than the interval itself.
 * The check is written once the state is locked: whoever has that locked writes one too, and may have the same time.
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
SELECT listing_id, $5, $4, result, detail FROM failed JOIN locked USING (listing_id)
ON CONFLICT (listing_id, checked_at) DO NOTHING`;
