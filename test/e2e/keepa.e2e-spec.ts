import { Answer, startTestApp, TestApp } from '../support/app';
import { describeWithFixtures, readFixture, readJsonFixture } from '../support/fixtures';
import { KEEPA_KEY, KeepaServer } from '../support/keepa-server';
import { eventually } from '../support/polling';

interface Expected {
  asin: string;
  marketplace: string;
  currency: string;
  title: string;
  current: Record<string, number | null>;
  monthlySold: number | null;
  series: Record<string, { points: number }>;
}

interface Product {
  id: string;
  title: string;
  source: string;
  simulated: boolean;
  tracking: { state: string };
  current: Record<string, { value: { minor: number; currency: string } | number | null } | null>;
}

const FILES = ['us-B0D8W1YVBX', 'us-B0F7XPYCSJ', 'jp-B0D4M48BM2', 'jp-B0BSL6P6WJ'];

/** Names of one number in our answer, in expected.json and among the series of Keepa. */
const NUMBERS: [field: string, metric: string, expected: string, row: string][] = [
  ['amazonPrice', 'amazon_price', 'amazonMinor', '0'],
  ['price', 'price', 'newMinor', '1'],
  ['usedPrice', 'used_price', 'usedMinor', '2'],
  ['bsr', 'bsr', 'salesRank', '3'],
  ['listPrice', 'list_price', 'listMinor', '4'],
  ['offerCount', 'offer_count', 'countNew', '11'],
  ['rating', 'rating', 'rating', '16'],
  ['reviewCount', 'review_count', 'reviewCount', '17'],
  ['buyBoxPrice', 'buy_box_price', 'buyBoxMinor', '18'],
];

const ALL_TIME = 'from=2011-01-01T00:00:00Z';

function expectedOf(file: string): Expected {
  const expected = (readJsonFixture('keepa/expected.json') as Record<string, Expected>)[`${file}.json.gz`];
  if (!expected) throw new Error(`${file} is not in expected.json`);
  return expected;
}

describeWithFixtures('Keepa, from its answers to ours', () => {
  let keepa: KeepaServer;
  let api: TestApp;
  let owner: { token: string };
  let users = 0;
  const products = new Map<string, Product>();
  /** Export of a program that had nothing but the file. */
  let offlineExport = '';

  const newLogin = () => api.login(`keepa-user-${++users}`);

  async function track(app: TestApp, token: string, file: string): Promise<Product> {
    const { asin, marketplace } = expectedOf(file);
    const { body } = (await app.call('post', '/products', token).send({ asin, marketplace })) as Answer;
    return body as Product;
  }

  const numberIn = (held: Product['current'][string] | undefined) => {
    const value = held?.value ?? null;
    return typeof value === 'object' && value !== null ? value.minor : value;
  };

  const exportOf = async (app: TestApp, id: string, token: string) => {
    const { text } = await app.call('get', `/products/${id}/price-history/export?format=csv`, token);
    return text;
  };

  const importOf = async (app: TestApp, id: string, token: string, file: string) => {
    const { body } = (await app
      .call('post', `/products/${id}/price-history/import`, token)
      .set('Content-Type', 'application/json')
      .send(readFixture(`keepa/${file}.json.gz`))) as Answer;
    return body;
  };

  async function importWithoutSource(file: string): Promise<string> {
    const offline = await startTestApp({ env: { SANDBOX: 'false' } });
    try {
      const { token } = await offline.login('offline');
      const { id } = await track(offline, token, file);
      await importOf(offline, id, token, file);
      return await exportOf(offline, id, token);
    } finally {
      await offline.close();
    }
  }

  beforeAll(async () => {
    // One after the other: Passport keeps its strategies in one place for the whole process.
    offlineExport = await importWithoutSource('jp-B0BSL6P6WJ');
    keepa = await KeepaServer.start();
    for (const file of FILES) {
      const body = readJsonFixture(`keepa/${file}.json.gz`) as { products?: Record<string, unknown>[] };
      keepa.add(body.products?.[0] ?? body);
    }
    api = await startTestApp({ env: { ROLES: 'api,worker', KEEPA_API_KEY: KEEPA_KEY, KEEPA_BASE_URL: keepa.url } });
    owner = await newLogin();
    for (const file of FILES) {
      const { id } = await track(api, owner.token, file);
      const product = await eventually(async () => {
        const { body } = (await api.call('get', `/products/${id}`, owner.token)) as Answer;
        return (body as Product).tracking.state === 'ok' && (body as Product);
      }, `a reading of ${file}`);
      products.set(file, product);
    }
  }, 60_000);
  afterAll(async () => {
    await api.close();
    await keepa.stop();
  });

  it.each(FILES)('should show the current values of %s', (file) => {
    const { current, monthlySold, title } = expectedOf(file);
    const product = products.get(file);
    expect(Object.fromEntries(NUMBERS.map(([field, , key]) => [key, numberIn(product?.current[field])]))).toEqual(
      Object.fromEntries(NUMBERS.map(([, , key]) => [key, current[key] ?? null])),
    );
    expect([numberIn(product?.current['bsrSub']), numberIn(product?.current['monthlySold'])]).toEqual([
      current['bestSubRank'] ?? null,
      monthlySold,
    ]);
    expect(product).toMatchObject({ title, source: 'keepa', simulated: false });
  });

  it.each(FILES)('should keep every point of %s', async (file) => {
    const id = products.get(file)?.id ?? '';
    const { body } = (await api.call('get', `/products/${id}/price-history?${ALL_TIME}`, owner.token)) as Answer;
    const { series } = body as { series: Record<string, { points: unknown[] }> };
    expect(Object.fromEntries(NUMBERS.map(([, metric, , row]) => [row, series[metric]?.points.length ?? 0]))).toEqual(
      Object.fromEntries(NUMBERS.map(([, , , row]) => [row, expectedOf(file).series[row]?.points ?? 0])),
    );
  });

  it('should have asked once for each listing', () => {
    const asked = keepa.paidCalls.map(({ parameters }) => parameters.get('asin')).sort();
    expect(asked).toEqual(FILES.map((file) => expectedOf(file).asin).sort());
  });

  it('should find nothing new in the same answer imported by another tracker, whose export is the same', async () => {
    const file = 'us-B0D8W1YVBX';
    const { token } = await newLogin();
    const { id } = await track(api, token, file);
    expect(await importOf(api, id, token, file)).toMatchObject({ inserted: 0, replaced: 0, rejected: 0 });
    expect(await exportOf(api, id, token)).toBe(await exportOf(api, products.get(file)?.id ?? '', owner.token));
  });

  it('should give the same history from a file alone, where no source can be asked', async () => {
    // The last column is when a point was recorded, which differs.
    const withoutLast = (csv: string) => csv.replace(/,[^,\n]*$/gm, '');
    const expected = await exportOf(api, products.get('jp-B0BSL6P6WJ')?.id ?? '', owner.token);
    expect(withoutLast(offlineExport)).toBe(withoutLast(expected));
  });

  it('should refuse the history of another listing', async () => {
    const id = products.get('us-B0D8W1YVBX')?.id ?? '';
    expect(await importOf(api, id, owner.token, 'us-B0F7XPYCSJ')).toMatchObject({
      points: 0,
      rejected: 1,
      rejectedRows: [{ row: 1, reason: 'is of B0F7XPYCSJ and not of this one' }],
    });
  });
});
