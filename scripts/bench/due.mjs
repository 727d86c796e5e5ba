import { median, result, timed } from './run.mjs';

const WANTED = 1000;

/** Claiming 1,000 due listings out of a million, in a transaction that is taken back. */
export async function measureDue(world) {
  const { options, say } = world;
  const small = await claimTimes(world, Math.ceil(options.due / 10));
  const large = await timed(say, `${options.due} listings`, () => claimTimes(world, options.due));
  return [
    result(`due selection of ${WANTED} out of ${options.due} listings`, {
      value: median(large),
      bar: 20,
      atLeast: false,
      unit: 'ms',
    }),
    result(`the same / out of ${Math.ceil(options.due / 10)}`, {
      value: median(large),
      floor: median(small),
      bar: 1.5,
      atLeast: false,
      unit: 'ms',
    }),
  ];
}

async function claimTimes({ pool, query, built, options }, count) {
  const { CLAIM_STATEMENT } = built('price-history/due.service.js');
  await query(
    `WITH wanted AS (SELECT $1::int - (SELECT count(*)::int FROM listing WHERE marketplace = 'FR') AS n),
     made AS (
       INSERT INTO listing (marketplace, asin)
       SELECT 'FR', 'B6' || lpad((i + (SELECT count(*) FROM listing WHERE marketplace = 'FR'))::text, 8, '0')
       FROM wanted, generate_series(1, wanted.n) i RETURNING id
     )
     INSERT INTO listing_state (listing_id, interval_minutes, next_check_at)
     SELECT id, 360, now() + interval '1 hour' + make_interval(secs => id % 21600) FROM made`,
    [count],
  );
  await query(
    `UPDATE listing_state SET next_check_at = now() - interval '1 minute'
     WHERE listing_id IN (SELECT id FROM listing WHERE marketplace = 'FR' ORDER BY id LIMIT ${WANTED})`,
  );
  await query('VACUUM ANALYZE listing_state, listing');
  const times = [];
  const client = await pool.connect();
  try {
    for (let round = 0; round < options.rounds * 5; round++) {
      await client.query('BEGIN');
      const now = new Date();
      const begin = performance.now();
      const { rows } = await client.query({
        name: 'claim',
        text: CLAIM_STATEMENT,
        values: [now, new Date(now.getTime() + 1_200_000), WANTED],
      });
      times.push(performance.now() - begin);
      await client.query('ROLLBACK');
      if (rows.length !== WANTED) throw new Error(`claimed ${rows.length} listings`);
    }
  } finally {
    client.release();
  }
  return times;
}
