import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import copyStreams from 'pg-copy-streams';
import { median, result } from './run.mjs';

const LISTINGS = 500;
const BATCH = 100;
const METRICS = [
  'price',
  'buy_box_price',
  'list_price',
  'bsr',
  'bsr_sub',
  'rating',
  'review_count',
  'offer_count',
  'stock',
];

/** Points a second by `record()`, each of which is a change, beside COPY of the same points, one row each, with their key as index. */
export async function measureRecording(world) {
  const { options, say } = world;
  const ours = [];
  const floors = [];
  // Connections and plans as a process has them that runs: the first round does not count.
  await record(world, options.rounds);
  await copy(world, options.rounds);
  for (let round = 0; round < options.rounds; round++) {
    ours.push(await record(world, round));
    floors.push(await copy(world, round));
  }
  say(`recording: ${ours.map(Math.round)} points/s, COPY: ${floors.map(Math.round)} points/s`);
  return [
    result('recording / COPY of the same points', {
      value: median(ours),
      floor: median(floors),
      bar: 0.5,
      unit: 'points/s',
    }),
  ];
}

async function record({ built, query, dataSource }, round) {
  const { Recorder } = built('price-history/recorder.js');
  const { Postgres } = built('shared/database/postgres.js');
  const { Config } = built('config/config.js');
  const { readEnvironment } = built('config/environment.js');
  const env = readEnvironment({
    NODE_ENV: 'test',
    JWT_SECRET: 'only for the benchmark, and long enough',
    SLOW_QUERY_MS: '60000',
  });
  const clock = { now: () => new Date() };
  const recorder = new Recorder(new Postgres(dataSource, new Config(env)), clock);
  const listings = await newListings(query, round);
  let elapsed = 0;
  for (let check = 0; check < 4; check++) {
    const observedAt = new Date(Date.now() - (4 - check) * 3_600_000);
    const readings = listings.map(({ id, asin }, index) => ({
      listingId: id,
      result: 'ok',
      reading: { asin, marketplace: 'US', source: 'keepa', observedAt, facts: {}, values: valuesOf(index + check) },
    }));
    const begin = performance.now();
    for (let start = 0; start < readings.length; start += BATCH) {
      await recorder.record('keepa', readings.slice(start, start + BATCH));
    }
    elapsed += performance.now() - begin;
  }
  const [{ points }] = await query(
    'SELECT sum(changes)::int AS points FROM listing_check WHERE listing_id = ANY ($1)',
    [listings.map(({ id }) => id)],
  );
  if (points !== LISTINGS * 4 * METRICS.length) throw new Error(`recorded ${points} points`);
  return (points * 1000) / elapsed;
}

function valuesOf(step) {
  return Object.fromEntries(
    METRICS.map((name, index) => [name, name === 'rating' ? 30 + (step % 20) : 1000 + ((step + index) % 97)]),
  );
}

async function newListings(query, round) {
  const made = await query(
    `WITH made AS (
       INSERT INTO listing (marketplace, asin) SELECT 'DE', 'B7' || lpad((n + $1 * 10000)::text, 8, '0') FROM generate_series(1, ${LISTINGS}) n
       RETURNING id, asin
     ), state AS (INSERT INTO listing_state (listing_id, interval_minutes) SELECT id, 360 FROM made)
     SELECT id, asin FROM made`,
    [round],
  );
  // As autovacuum does by itself, sooner or later.
  await query('VACUUM ANALYZE listing, listing_state, listing_check, observation');
  return made;
}

async function copy({ pool, query }, round) {
  await query(`CREATE TABLE IF NOT EXISTS copied (listing_id int NOT NULL, minute int NOT NULL, until int NOT NULL, value int, recorded int NOT NULL,
    metric smallint NOT NULL, source smallint NOT NULL, product_id uuid, UNIQUE NULLS NOT DISTINCT (listing_id, metric, minute, product_id))`);
  const rows = [];
  const now = Math.floor(Date.now() / 60_000);
  for (let check = 0; check < 4; check++) {
    for (let listing = 0; listing < LISTINGS; listing++) {
      for (let metric = 1; metric <= METRICS.length; metric++) {
        const minute = now - (4 - check) * 60;
        rows.push(
          `${minute}\t${round * LISTINGS + listing}\t${minute}\t${minute}\t${1000 + metric}\t${metric}\t2\t\\N\n`,
        );
      }
    }
  }
  const client = await pool.connect();
  try {
    const begin = performance.now();
    // In as many calls as we make.
    const size = BATCH * METRICS.length;
    for (let start = 0; start < rows.length; start += size) {
      const target = client.query(
        copyStreams.from(
          'COPY copied (recorded, listing_id, minute, until, value, metric, source, product_id) FROM STDIN',
        ),
      );
      await pipeline(Readable.from([rows.slice(start, start + size).join('')]), target);
    }
    return (rows.length * 1000) / (performance.now() - begin);
  } finally {
    client.release();
  }
}
