/** How often each metric changes, in checks of six hours: ranks at each, prices twice a week, a rating every ten days. */
const SERIES = [
  { metric: 1, every: 14, base: 1500, span: 400 },
  { metric: 2, every: 14, base: 1500, span: 400 },
  { metric: 3, every: 120, base: 2000, span: 100 },
  { metric: 4, every: 1, base: 1000, span: 40_000 },
  { metric: 5, every: 1, base: 1, span: 400 },
  { metric: 6, every: 40, base: 40, span: 5 },
  { metric: 7, every: 4, base: 100, span: 3000 },
  { metric: 8, every: 8, base: 1, span: 20 },
  { metric: 9, every: 2, base: 0, span: 100 },
];
const CHECK_MINUTES = 360;
/** The minute that has begun: to round would be to know the next one, and readings of this one would come too late. */
const NOW = `floor(extract(epoch FROM now()) / 60)::int`;
const USERS = 20;
const PER_USER = 100;
/** Listings whose closed months are written in packed form at a time. */
const CHUNK = 500;
/** Listings with a history of their own; further ones repeat these, which is ten times as fast to make and takes the same space. */
const DISTINCT = 2000;

/**
 * Listings with a past of `days`, nine series each: months that are over packed, the current one not. Values and times are
 * pseudo-random by hash, so that each run has the same data.
 */
export async function seed(world) {
  const { query, options } = world;
  await query(
    `WITH made AS (
       INSERT INTO listing (marketplace, asin, title, brand, category_path, image_url)
       SELECT 'US', 'B8' || lpad(n::text, 8, '0'), 'Listing number ' || n || ' with a title of the usual length, steel, 1.7 l', 'Acme',
              ARRAY['Home', 'Kitchen', 'Kettles'], 'https://m.media-amazon.com/images/I/71.jpg'
       FROM generate_series(1, $1::int) n RETURNING id
     )
     INSERT INTO listing_state (listing_id, interval_minutes, next_check_at, checked_at, observed_at, result, source)
     SELECT id, 360, now() + interval '6 hours', now(), now(), 'ok', 2 FROM made`,
    [options.listings],
  );
  world.users = await seedUsers(world);
  const distinct = Math.min(options.listings, DISTINCT);
  for (let first = 0; first < distinct; first += CHUNK)
    await seedHistory(world, first, Math.min(first + CHUNK, distinct));
  if (options.listings > DISTINCT) await repeatHistories(world);
  await query('VACUUM ANALYZE');
}

async function seedUsers({ query, options, built }) {
  const { v7 } = await import('uuid');
  const { hashPassword } = built('auth/passwords.js');
  const passwordHash = await hashPassword('bench password');
  const listings = (
    await query('SELECT id FROM listing ORDER BY id LIMIT $1', [Math.min(options.listings, USERS * PER_USER)])
  ).map(({ id }) => id);
  const users = [];
  for (let start = 0; start < listings.length; start += PER_USER) {
    const user = { id: v7(), username: `bench${users.length}`, products: [] };
    await query(
      `INSERT INTO app_user (id, email, username, password_hash, created_at, updated_at) VALUES ($1, $2, $3, $4, now(), now())`,
      [user.id, `${user.username}@bench.example`, user.username, passwordHash],
    );
    for (const listingId of listings.slice(start, start + PER_USER)) user.products.push({ id: v7(), listingId });
    await query(
      `INSERT INTO product (id, user_id, listing_id, tags, is_active, created_at, updated_at)
       SELECT t.id, $1, t.listing_id, '{own}', true, now(), now() FROM unnest($2::uuid[], $3::int[]) AS t(id, listing_id)`,
      [user.id, user.products.map(({ id }) => id), user.products.map(({ listingId }) => listingId)],
    );
    users.push(user);
  }
  return users;
}

/** Points of listings number `from` to `to`: $1, $2 their place, $3 the first minute. */
const POINTS = `
  SELECT listing_id, metric, minute, value,
         coalesce(lead(minute) OVER series - ${CHECK_MINUTES}, ${NOW}) AS until,
         lead(minute) OVER series AS next, lead(minute) OVER series IS NULL AS is_open
  FROM (
    SELECT l.id AS listing_id, s.metric::smallint AS metric, t.minute, s.base + abs(hashint4(l.id * 31 + s.metric * 7 + t.minute)) % s.span AS value
    FROM (SELECT id FROM listing ORDER BY id OFFSET $1::int LIMIT $2::int - $1::int) l
    CROSS JOIN (VALUES ${SERIES.map(({ metric, every, base, span }) => `(${metric}, ${every}, ${base}, ${span})`).join(', ')}) AS s(metric, every, base, span)
    CROSS JOIN generate_series($3::int, ${NOW} - 60, ${CHECK_MINUTES}) AS t(minute)
    WHERE (t.minute / ${CHECK_MINUTES} + l.id) % s.every = 0
  ) points
  WINDOW series AS (PARTITION BY listing_id, metric ORDER BY minute)`;

async function seedHistory({ query, options }, from, to) {
  const start = Math.floor(Date.now() / 60_000) - options.days * 1440;
  const parameters = [from, to, start];
  await query(
    `WITH points AS (${POINTS}),
     months AS MATERIALIZED (
       SELECT m::smallint AS month, month_start(m) AS first, month_start(m + 1) AS next, month_start(m) + 22320 AS middle
       FROM generate_series(month_of($3), month_of(${NOW})) m
     ),
     open AS (SELECT month_start(month_of(${NOW})) AS minute)
     INSERT INTO observation_month (listing_id, month, middle, metric_set, metrics, minutes, "values", lengths, sources, delays)
     SELECT p.listing_id, m.month, m.middle, bit_or(1 << p.metric), array_agg(p.metric ORDER BY p.metric, p.minute),
            array_agg((p.minute - m.middle)::smallint ORDER BY p.metric, p.minute),
            array_agg(p.value ORDER BY p.metric, p.minute), array_agg(greatest(0, p.until - p.minute) ORDER BY p.metric, p.minute),
            array_agg(2::smallint ORDER BY p.metric, p.minute), array_agg(1 + abs(hashint4(p.minute)) % 3 ORDER BY p.metric, p.minute)
     FROM points p JOIN months m ON p.minute >= m.first AND p.minute < m.next
     WHERE p.minute < (SELECT minute FROM open) AND NOT p.is_open
     GROUP BY p.listing_id, m.month, m.middle`,
    parameters,
  );
  await query(
    `WITH points AS MATERIALIZED (${POINTS}),
     closed AS (
       INSERT INTO observation (listing_id, closed, metrics, minutes, "values", lengths, sources, delays)
       SELECT listing_id, next, array_agg(metric), array_agg(minute), array_agg(value), array_agg(greatest(0, until - minute)),
              array_agg(2), array_agg(1) FROM points
       WHERE NOT is_open AND minute >= month_start(month_of(${NOW})) GROUP BY 1, 2
     )
     UPDATE listing_state s SET current_values = h.values, current_since = h.since, current_until = h.untils,
       current_sources = h.sources, current_recorded = h.recorded
     FROM (
       SELECT l.listing_id, array_agg(p.value ORDER BY m) AS values, array_agg(p.minute ORDER BY m) AS since, array_agg(p.until ORDER BY m) AS untils,
              array_agg(CASE WHEN p.minute IS NOT NULL THEN 2 END ORDER BY m) AS sources, array_agg(p.minute + 1 ORDER BY m) AS recorded
       FROM (SELECT DISTINCT listing_id FROM points) l CROSS JOIN generate_series(1, 13) m
       LEFT JOIN points p ON p.listing_id = l.listing_id AND p.metric = m AND p.is_open
       GROUP BY l.listing_id
     ) h WHERE h.listing_id = s.listing_id`,
    parameters,
  );
}

async function repeatHistories({ query }) {
  const pairs = `(
    SELECT n.id, b.id AS model FROM (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM listing) n
    JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM listing ORDER BY id LIMIT ${DISTINCT}) b ON b.place = n.place % ${DISTINCT}
    WHERE n.place >= ${DISTINCT})`;
  await query(`INSERT INTO observation_month (listing_id, month, middle, metric_set, metrics, minutes, "values", lengths, sources, delays)
    SELECT p.id, m.month, m.middle, m.metric_set, m.metrics, m.minutes, m."values", m.lengths, m.sources, m.delays
    FROM ${pairs} p JOIN observation_month m ON m.listing_id = p.model ORDER BY m.month`);
  await query(`INSERT INTO observation (listing_id, closed, metrics, minutes, "values", lengths, sources, delays)
    SELECT p.id, o.closed, o.metrics, o.minutes, o."values", o.lengths, o.sources, o.delays FROM ${pairs} p JOIN observation o ON o.listing_id = p.model`);
  await query(`UPDATE listing_state s SET current_values = m.current_values, current_since = m.current_since, current_until = m.current_until,
      current_sources = m.current_sources, current_recorded = m.current_recorded
    FROM ${pairs} p JOIN listing_state m ON m.listing_id = p.model WHERE s.listing_id = p.id`);
}
