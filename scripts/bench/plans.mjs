/** Prints the plans of the five hottest statements, as PostgreSQL ran them on the seeded data. Nothing of it stays. */
export async function printPlans({ pool, built, users, say }) {
  const { PRODUCT_SELECT } = built('products/product-view.js');
  const { HISTORY_STATEMENT } = built('price-history/history-reader.js');
  const { RECORD_STATEMENT } = built('price-history/record-statement.js');
  const { CLAIM_STATEMENT } = built('price-history/due.service.js');
  const { METRIC_NAMES } = built('common/metric.js');
  const [user] = users;
  const [product] = user.products;
  const now = new Date();
  const minute = Math.floor(now.getTime() / 60_000);
  const listings = user.products.map(({ listingId }) => listingId);
  const batch = listings.map((id, place) => ({
    id,
    place,
    read: 2,
    minute: minute + 60,
    result: 'ok',
    observed_at: now,
    facts: {},
  }));
  const statements = [
    ['product by id', `${PRODUCT_SELECT} WHERE p.id = $1 AND p.user_id = $2`, ['uuid', product.id], ['uuid', user.id]],
    [
      'list of 100',
      `${PRODUCT_SELECT} WHERE p.user_id = $1 ORDER BY p.created_at DESC, p.id DESC LIMIT 100`,
      ['uuid', user.id],
    ],
    [
      'a year of nine series',
      HISTORY_STATEMENT,
      ['smallint[]', '{1,2,3,4,5,6,7,8,9}'],
      ['int', minute - 365 * 1440],
      ['int', minute],
      ['uuid[]', `{${product.id}}`],
      ['uuid', user.id],
      ['text[]', '{}'],
    ],
    [
      'recording of 100 listings',
      RECORD_STATEMENT,
      ['jsonb', JSON.stringify(batch)],
      [
        'int[]',
        `{${listings.map(() => [1777, ...Array.from({ length: METRIC_NAMES.length - 1 }, () => 'NULL')].join()).join()}}`,
      ],
      ['smallint', 2],
      ['timestamptz', now.toISOString()],
      ['int', minute],
    ],
    [
      'claim of what is due',
      CLAIM_STATEMENT,
      // When all of them are due.
      ['timestamptz', new Date(now.getTime() + 86_400_000).toISOString()],
      ['timestamptz', new Date(now.getTime() + 90_000_000).toISOString()],
      ['int', 1000],
    ],
  ];
  const client = await pool.connect();
  try {
    for (const [name, text, ...parameters] of statements) {
      await client.query('BEGIN');
      await client.query(`PREPARE planned (${parameters.map(([type]) => type).join(', ')}) AS ${text}`);
      const values = parameters.map(([, value]) => `'${value}'`).join(', ');
      const { rows } = await client.query(`EXPLAIN (ANALYZE, BUFFERS) EXECUTE planned (${values})`);
      say(`\n${name}\n${rows.map((row) => row['QUERY PLAN']).join('\n')}`);
      await client.query('ROLLBACK');
      await client.query('DEALLOCATE planned');
    }
  } finally {
    client.release();
  }
}
