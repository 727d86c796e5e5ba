/** The floor of the routes: Fastify and pg with the equivalent SQL, no authentication, no limits, no validation. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import Fastify from 'fastify';
import pg from 'pg';
import { ROOT } from '../step.mjs';

const require = createRequire(import.meta.url);
const { PRODUCT_SELECT } = require(join(ROOT, 'dist', 'src', 'products', 'product-view.js'));
const { HISTORY_STATEMENT } = require(join(ROOT, 'dist', 'src', 'price-history', 'history-reader.js'));

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

/** The same statement, its rows as JSON text that PostgreSQL made, passed through as it is. */
const HISTORY_TEXT = `SELECT json_agg(history)::text AS body FROM (${HISTORY_STATEMENT}) history`;
app.get('/history/:id/:user', async ({ params }, reply) => {
  const to = Math.floor(Date.now() / 60_000);
  const { rows } = await pool.query({
    name: 'history',
    text: HISTORY_TEXT,
    values: [[params.id], params.user, [1, 4, 6, 9], to - 90 * 1440, to, []],
  });
  reply.type('application/json');
  return rows[0].body;
});

console.log(`floor ${await app.listen({ port: 0, host: '127.0.0.1' })}`);
