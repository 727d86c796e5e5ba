import { ServerResponse } from 'node:http';
import { startTestApp, TestApp } from '../support/app';
import { EVERY_POINT } from '../support/history';
import { productPage } from '../support/amazon-page';
import { FIRECRAWL_KEY, FirecrawlServer } from '../support/firecrawl-server';
import { KEEPA_KEY, keepaMinute, keepaProduct, KeepaServer } from '../support/keepa-server';
import { eventually } from '../support/polling';
import { SP_API_CREDENTIALS, SpApiServer } from '../support/sp-api-server';
import { Answer } from '../support/app';

interface Product {
  id: string;
  source: string | null;
  tracking: { state: string; lastCheckedAt: string | null; lastResult: string | null; lastDetail: string | null };
  current: Record<string, { value: unknown } | null>;
}

type Vendor = 'keepa' | 'firecrawl' | 'sp-api';
const VENDORS: Vendor[] = ['keepa', 'firecrawl', 'sp-api'];

const US = 'ATVPDKIKX0DER';
const NOW = keepaMinute(new Date(Date.now() - 3_600_000));

/** The program with its worker, against local servers that speak each vendor's protocol. */
describe.each(VENDORS)('the program with %s', (vendor) => {
  let api: TestApp;
  let user: { token: string };
  let keepa: KeepaServer;
  let firecrawl: FirecrawlServer;
  let spApi: SpApiServer;
  let asins = 0;
  const matrix: [what: string, result: string, rows: number][] = [];

  beforeAll(async () => {
    [keepa, firecrawl, spApi] = await Promise.all([KeepaServer.start(), FirecrawlServer.start(), SpApiServer.start()]);
    api = await startTestApp({
      env: {
        ROLES: 'api,worker',
        REFRESH_CRON: '0 0 1 1 *',
        RETRY_DELAY_SECONDS: '1',
        SOURCE_ORDER: vendor,
        SOURCE_DAILY_BUDGET: `${vendor}:2000`,
        KEEPA_API_KEY: KEEPA_KEY,
        KEEPA_BASE_URL: keepa.url,
        FIRECRAWL_API_KEY: FIRECRAWL_KEY,
        FIRECRAWL_BASE_URL: firecrawl.url,
        SP_API_CLIENT_ID: SP_API_CREDENTIALS.clientId,
        SP_API_CLIENT_SECRET: SP_API_CREDENTIALS.clientSecret,
        SP_API_REFRESH_TOKEN_NA: SP_API_CREDENTIALS.refreshToken,
        SP_API_BASE_URL: spApi.url,
        SP_API_LWA_URL: `${spApi.url}/auth/o2/token`,
      },
    });
    user = await api.login('seller');
    // Limits of calls a second have tests of their own.
    spApi.rateLimit = '1000';
  });
  afterAll(async () => {
    await api.close();
    await Promise.all([keepa, firecrawl, spApi].map((server) => server.stop()));
    const lines = matrix.map(([what, result, rows]) => `  ${what.padEnd(28)}${result.padEnd(18)}${rows}`);
    process.stdout.write(`${vendor}: answer, result of the check, rows stored\n${lines.join('\n')}\n`);
  });
  beforeEach(async () => {
    // The failures of one test must not keep the source from being asked in the next.
    await api.postgres.query('TRUNCATE source_health, source_usage');
    answerWith(undefined);
    firecrawl.page = (url) => ({ html: productPage(/\/dp\/(\w{10})/.exec(url)?.[1] ?? '', '$15.99') });
  });

  const newAsin = () => {
    const asin = `B0${String(++asins).padStart(8, '0')}`;
    keepa.add(keepaProduct(asin, { 1: [NOW, 1599] }));
    return asin;
  };

  /** What the vendor answers to the call that asks about listings; its own answer when there is none. */
  function answerWith(hostile: ((response: ServerResponse) => void) | undefined): void {
    const send = (response: ServerResponse): boolean => {
      if (!hostile) return false;
      hostile(response);
      return true;
    };
    keepa.intercept = ({ path }, response) => path === '/product' && send(response);
    firecrawl.intercept = (_, response) => send(response);
    spApi.respond = ({ path, body, query }, response) => {
      if (hostile) return send(response);
      const asked = path.endsWith('/itemOffers')
        ? (body?.['requests'] as { uri: string }[]).map(({ uri }) => /items\/(\w+)\//.exec(uri)?.[1] ?? '')
        : (query['identifiers'] ?? '').split(',');
      const price = { CurrencyCode: 'USD', Amount: 15.99 };
      const Summary = {
        BuyBoxPrices: [{ condition: 'New', ListingPrice: price }],
        LowestPrices: [{ condition: 'new', ListingPrice: price }],
      };
      return path.endsWith('/itemOffers')
        ? spApi.send(response, 200, {
            responses: asked.map((ASIN) => ({
              status: { statusCode: 200 },
              body: { payload: { ASIN, status: 'Success', marketplaceId: US, Summary } },
            })),
          })
        : spApi.send(response, 200, { items: asked.map((asin) => ({ asin })) });
    };
  }

  const track = async (...wanted: string[]) => {
    const { body } = (await api
      .call('post', '/products/import', user.token)
      .send({ products: wanted.map((asin) => ({ asin })) })) as Answer;
    const ids = (body as { results: { productId: string }[] }).results.map(({ productId }) => productId);
    return Promise.all(
      ids.map((id) =>
        eventually(async () => {
          const product = ((await api.call('get', `/products/${id}`, user.token)) as Answer).body as Product;
          return product.tracking.lastCheckedAt !== null && product;
        }, `the check of ${id}`),
      ),
    );
  };
  const usage = async () =>
    (await api.postgres.query<{ calls: number; units: number }>('SELECT calls, units FROM source_usage'))[0];
  const observations = async () =>
    (await api.postgres.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${EVERY_POINT} o`))[0]?.n;

  it('should store a reading of each listing, within the units it reckons', async () => {
    const products = await track(...Array.from({ length: 8 }, newAsin));
    expect(products.map(({ source, tracking, current }) => [source, tracking.state, current['price']?.value])).toEqual(
      products.map(() => [vendor, 'ok', { minor: 1599, amount: '15.99', currency: 'USD' }]),
    );
    expect(await usage()).toEqual({ calls: 1, units: { keepa: 32, firecrawl: 8, 'sp-api': 2 }[vendor] });
  });

  it('should not be asked beyond the budget of the day', async () => {
    await api.postgres.query(
      `INSERT INTO source_usage (source, day, units) VALUES ($1, (now() AT TIME ZONE 'UTC')::date, 1999)`,
      [vendor],
    );
    const [product] = await track(...Array.from({ length: 8 }, newAsin));
    expect(product?.tracking).toMatchObject({
      state: 'failing',
      lastResult: 'rate_limited',
      lastDetail: `${vendor}: the budget of the day is used up`,
    });
    expect((await usage())?.units).toBe(1999);
  });

  const json = (body: string) => (response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(body);
  };
  const envelope = (products: string) =>
    `{"tokensLeft":1000,"refillIn":1000,"refillRate":20,"products":${products},"success":true,"data":${products},"responses":${products},"items":${products}}`;
  const cases: [what: string, hostile: (response: ServerResponse) => void][] = [
    ['nothing', json('')],
    ['HTML', json('<html><body>Sorry</body></html>')],
    ['cut JSON', json('{"products":[{"asin":"B0')],
    ['a string', json('"fine"')],
    ['null', json('null')],
    ['an error with 200', json('{"error":{"type":"x","message":"y"},"success":false,"errors":[{"code":"X"}]}')],
    ['an empty list', json(envelope('[]'))],
    ['a list of nonsense', json(envelope('[null,5,"x",[],{"asin":7}]'))],
    ['another listing', json(envelope('[{"asin":"B0ZZZZZZZZ","csv":[[1,2]],"rawHtml":"<p>"}]'))],
    ['deep nesting', json(envelope(`${'['.repeat(100_000)}${']'.repeat(100_000)}`))],
    ['deep objects', json(`${'{"products":'.repeat(20_000)}1${'}'.repeat(20_000)}`)],
    ['thirty megabytes', json(envelope(`["${'x'.repeat(30_000_000)}"]`))],
    [
      'the wrong content type',
      (response) => {
        response.writeHead(200, { 'content-type': 'image/png' });
        response.end(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 0]));
      },
    ],
    [
      'broken gzip',
      (response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
        response.end('not gzip');
      },
    ],
    [
      'a redirect',
      (response) => {
        response.writeHead(302, { location: 'http://192.0.2.1/' });
        response.end();
      },
    ],
    ['a reset', (response) => response.destroy()],
    [
      'a reset in the middle',
      (response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
        response.write('{"products":[');
        setTimeout(() => response.destroy(), 20);
      },
    ],
    ['an unknown status', (response) => response.writeHead(418).end()],
    ['a fault', (response) => response.writeHead(503).end('busy')],
  ];

  it.each(cases)('should store nothing of %s, say so, and go on', async (what, hostile) => {
    const before = await observations();
    answerWith(hostile);
    const [product] = await track(newAsin());
    matrix.push([what, product?.tracking.lastResult ?? '', ((await observations()) ?? 0) - (before ?? 0)]);
    expect(product?.tracking.state).toMatch(/^(?:failing|gone)$/);
    expect(await observations()).toBe(before);
    await api.postgres.query('TRUNCATE source_health, source_usage');
    answerWith(undefined);
    const [next] = await track(newAsin());
    expect(next?.tracking.state).toBe('ok');
  });

  const values: [what: string, product: (asin: string) => object][] = [
    ['a negative price', (asin) => keepaProduct(asin, { 1: [NOW, -500] })],
    [
      'a price that is text',
      (asin) => ({ ...keepaProduct(asin, {}), csv: [null, ['x', '15.99']], stats: { current: 'none' } }),
    ],
    ['a price beyond all bounds', (asin) => keepaProduct(asin, { 1: [NOW, 9e15] })],
  ];
  if (vendor === 'keepa') {
    it.each(values)('should store no price from %s', async (_, product) => {
      const asin = newAsin();
      keepa.add(product(asin) as Record<string, unknown>);
      const [tracked] = await track(asin);
      const rows = await api.postgres.query(
        `SELECT value, minute FROM ${EVERY_POINT} o JOIN listing l ON l.id = o.listing_id WHERE l.asin = $1 AND value IS NOT NULL`,
        [asin],
      );
      expect([tracked?.current['price']?.value ?? null, rows]).toEqual([null, []]);
    });
  }

  it('should count what failed', async () => {
    const metrics = await (await fetch(`${api.url}/metrics`)).text();
    const failed = [
      ...metrics.matchAll(/^aip_source_call_duration_seconds_count\{source="([^"]+)",outcome="([^"]+)"\} (\d+)/gm),
    ]
      .filter(([, source, outcome]) => source === vendor && outcome !== 'ok')
      .map(([, , , count]) => Number(count));
    const listings = [
      ...metrics.matchAll(/^aip_source_failed_listings_total\{source="([^"]+)",result="([^"]+)"\} (\d+)/gm),
    ]
      .filter(([, source]) => source === vendor)
      .map(([, , , count]) => Number(count));
    expect([...failed, ...listings].reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(cases.length);
  });
});
