import { median, result } from './run.mjs';

const LISTINGS_READ = 60;

/** Bytes on disk of packed months, and the time inside PostgreSQL for a year of one listing's nine series. */
export async function measureStorage(world) {
  const { query, options, say } = world;
  const [{ bytes, points }] = await query(
    `SELECT pg_total_relation_size('observation_month')::float8 AS bytes, (SELECT sum(cardinality(metrics)) FROM observation_month)::float8 AS points`,
  );
  say(`${points} points packed into ${Math.round(bytes / 1024 / 1024)} MB`);
  const plain = await plainTable(world);
  const times = [];
  for (let round = 0; round < options.rounds; round++) times.push(...(await readYears(world)));
  return [
    result('bytes on disk per packed point, indexes included / plain row per sample', {
      value: bytes / points,
      floor: plain,
      unit: 'bytes',
    }),
    result('bytes on disk per packed point', { value: bytes / points, bar: 12, atLeast: false, unit: 'bytes' }),
    result(`one listing, one year, nine series, inside PostgreSQL (${options.listings} listings)`, {
      value: median(times),
      bar: 5,
      atLeast: false,
      unit: 'ms',
    }),
  ];
}

/** One row per sample, as the program this one replaces keeps it: a sample of listings, every check a row of all values. */
async function plainTable({ query }) {
  await query(`CREATE TABLE plain_sample (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), product_id uuid NOT NULL, price numeric(10, 2),
    bsr integer, rating numeric(3, 2), review_count integer, scraped_at timestamptz NOT NULL)`);
  await query(`CREATE INDEX ON plain_sample (product_id, scraped_at)`);
  await query(`INSERT INTO plain_sample (product_id, price, bsr, rating, review_count, scraped_at)
    SELECT gen_random_uuid(), 15.99, 12345, 4.5, 1234, now() - make_interval(hours => n) FROM generate_series(1, 100000) n`);
  const [{ bytes }] = await query(`SELECT pg_total_relation_size('plain_sample') / 100000.0 AS bytes`);
  await query('DROP TABLE plain_sample');
  return Number(bytes);
}

/** Every array out of the database, and its text made: what the program is sent, without the way there. */
async function readYears({ pool, built, users, options }) {
  const { HISTORY_STATEMENT } = built('price-history/history-reader.js');
  const now = Math.floor(Date.now() / 60_000);
  const client = await pool.connect();
  const times = [];
  try {
    await client.query(`PREPARE a_year (smallint[], int, int, uuid[], uuid, text[]) AS ${HISTORY_STATEMENT}`);
    for (let index = 0; index < LISTINGS_READ; index++) {
      const user = users[index % users.length];
      const product = user.products[(index * 7) % user.products.length];
      const { rows } = await client.query(
        `EXPLAIN (ANALYZE, TIMING OFF, SERIALIZE TEXT, FORMAT JSON) EXECUTE a_year ('{1,2,3,4,5,6,7,8,9}', ${now - Math.min(365, options.days) * 1440}, ${now}, '{${product.id}}', '${user.id}', '{}')`,
      );
      const [plan] = rows[0]['QUERY PLAN'];
      times.push(plan['Execution Time']);
    }
    await client.query('DEALLOCATE a_year');
  } finally {
    client.release();
  }
  return times;
}
