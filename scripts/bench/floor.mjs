/** The floor of the routes: Fastify and pg with the equivalent SQL, no authentication, no limits, no validation. */
import Fastify from 'fastify';
import pg from 'pg';
import { built } from '../built.mjs';

const { PRODUCT_SELECT } = built('products/product-view.js');
const { HISTORY_STATEMENT } = built('price-history/history-reader.js');
const { visiblePointsOf } = built('price-history/all-points.js');

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
const app = Fastify();

app.get('/product/:id/:user', async ({ params }) => {
  const { rows } = await pool.query({
    name: 'product',
    text: `${PRODUCT_SELECT} WHERE p.id = $1 AND p.user_id = $2`,
    values: [params.id, params.user],
  });
  return rows[0];
});

app.get('/list/:user', async ({ params }) => {
  const { rows } = await pool.query({
    name: 'list',
    text: `${PRODUCT_SELECT} WHERE p.user_id = $1 ORDER BY p.id DESC LIMIT 100`,
    values: [params.user],
  });
  return { data: rows };
});

/** Metrics of the 90 days of history. */
const METRICS = [1, 4, 6, 9];

/** The points that our answer has, as JSON text that PostgreSQL makes, passed through as it is. */
const HISTORY_TEXT = `
SELECT json_object_agg(metric, points)::text AS body FROM (
  SELECT v.metric, ('[' || string_agg(concat('[', v.minute::bigint * 60000, ',', coalesce(v.value::text, 'null'), ']'), ',' ORDER BY v.minute) || ']')::json AS points
  FROM product p CROSS JOIN LATERAL ${visiblePointsOf('p.listing_id', 'p.id', '$3', '$4')} v
  WHERE p.id = $1 AND p.user_id = $2 AND v.metric = ANY ($5) GROUP BY v.metric
) series`;
app.get('/history/:id/:user', ({ params }, reply) => {
  const to = Math.floor(Date.now() / 60_000);
  return passThrough(reply, 'history', HISTORY_TEXT, [params.id, params.user, to - 90 * 1440, to, METRICS]);
});

/** What our statement reads, arrays of whole months, as JSON text: no answer to anything, but the least work there is. */
const STORED_TEXT = `SELECT json_agg(history)::text AS body FROM (${HISTORY_STATEMENT}) history`;
app.get('/stored/:id/:user', ({ params }, reply) => {
  const to = Math.floor(Date.now() / 60_000);
  return passThrough(reply, 'stored', STORED_TEXT, [METRICS, to - 90 * 1440, to, [params.id], params.user, []]);
});

async function passThrough(reply, name, text, values) {
  const { rows } = await pool.query({ name, text, values });
  reply.type('application/json');
  return rows[0].body;
}

console.log(`floor ${await app.listen({ port: 0, host: '127.0.0.1' })}`);
