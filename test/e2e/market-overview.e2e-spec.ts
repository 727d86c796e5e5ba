import { MarketOverviewView } from '../../src/analytics/market/dto/market.view';
import { Metric } from '../../src/common/metric';
import { Marketplace } from '../../src/common/marketplace';
import { Recorder } from '../../src/price-history/recorder';
import { Answer, startTestApp, TestApp } from '../support/app';
import { FixedClock } from '../support/clock';
import { ScriptedSource } from '../support/scripted-source';

const DAY_MS = 86_400_000;

describe('GET /analytics/market-overview', () => {
  let api: TestApp;
  let clock: FixedClock;
  let token: string;
  let asins = 0;

  beforeAll(async () => {
    clock = new FixedClock();
    api = await startTestApp({ sources: [new ScriptedSource()], clock });
    token = (await api.login('seller')).token;
  });
  afterAll(() => api.close());
  beforeEach(() => api.postgres.query(`UPDATE listing SET category_path = NULL, bsr_category = NULL`));

  const overview = async (query: string) =>
    (await api.call('get', `/analytics/market-overview?${query}`, token)) as Answer & { body: MarketOverviewView };

  /** A listing with what it was read to be, by days ago. */
  async function listing(
    readings: Record<number, Partial<Record<Metric, number | null>>>,
    bsrCategory = 'Kitchen',
    marketplace: Marketplace = 'US',
  ) {
    const asin = `B0${String(++asins).padStart(8, '0')}`;
    await api.call('post', '/products', token).send({ asin, marketplace });
    const [row] = await api.postgres.query<{ id: number }>(`SELECT id FROM listing WHERE asin = $1`, [asin]);
    for (const daysAgo of Object.keys(readings)
      .map(Number)
      .sort((a, b) => b - a)) {
      const observedAt = new Date(clock.now().getTime() - daysAgo * DAY_MS);
      const facts = { title: `Kettle ${asin}`, categoryPath: ['Home', 'Kettles'], bsrCategory };
      await api.app.get(Recorder).record('keepa', [
        {
          listingId: row?.id ?? 0,
          result: 'ok',
          reading: { asin, marketplace, source: 'keepa', observedAt, values: readings[daysAgo] ?? {}, facts },
        },
      ]);
    }
    return asin;
  }

  it('should count the listings of the category and give quartiles over those that have the number', async () => {
    const prices = [1000, 2000, 3000, 4000, 5000];
    for (const price of prices) await listing({ 0: { price, rating: 45 } });
    await listing({ 0: { price: null, review_count: 10 } });
    await listing({ 31: { price: 9 } });
    await listing({ 0: { price: 9 } }, 'Kitchen', 'DE');
    const { status, body } = await overview('category=Kettles');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      marketplace: 'US',
      listings: 7,
      withData: 6,
      simulated: false,
      price: { count: 5, lower: 2000, median: 3000, upper: 4000, unit: 'USD', scale: 2 },
      rating: { count: 5, median: 45, scale: 1 },
      reviews: { count: 1, median: 10 },
      rankedIn: null,
      leaders: [],
    });
  });

  it('should rank only within one category, that of most', async () => {
    const [second, first] = [await listing({ 0: { bsr: 20 } }), await listing({ 0: { bsr: 10 } })];
    await listing({ 0: { bsr: 1 } }, 'Garden');
    const { body } = await overview('category=Home');
    expect(body.rankedIn).toBe('Kitchen');
    expect(body.leaders.map(({ asin, bsr, source }) => [asin, bsr, source])).toEqual([
      [first, 10, 'keepa'],
      [second, 20, 'keepa'],
    ]);
  });

  it('should tell whose rank moved in seven days, where it was known then', async () => {
    const riser = await listing({ 7.2: { bsr: 400 }, 6.9: { bsr: 100 }, 0: { bsr: 100 } });
    const faller = await listing({ 7.2: { bsr: 50 }, 6.9: { bsr: 50 }, 6.5: { bsr: 60 }, 0: { bsr: 200 } });
    await listing({ 7.2: { bsr: 100 }, 6.9: { bsr: 110 }, 0: { bsr: 110 } });
    // Last seen two tenths of a day before, and next a week later: not known in between.
    await listing({ 7.2: { bsr: 300 }, 0: { bsr: 30 } });
    await listing({ 6: { bsr: 900 }, 0: { bsr: 40 } });
    const { body } = await overview('category=Kettles');
    const before = new Date(Math.floor(clock.now().getTime() / 60_000) * 60_000 - 7 * DAY_MS).toISOString();
    expect(body.risers.map(({ asin, bsrBefore, bsr, ratio }) => [asin, bsrBefore, bsr, ratio])).toEqual([
      [riser, 400, 100, 0.25],
    ]);
    expect(body.fallers).toEqual([
      expect.objectContaining({ asin: faller, bsrBefore: 50, bsr: 200, ratio: 4, before }),
    ]);
  });

  it('should be empty, and not refuse, where nothing is known', async () => {
    const { status, body } = await overview('category=Nothing%20like%20it');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      listings: 0,
      withData: 0,
      price: { count: 0, lower: null, median: null, upper: null },
      leaders: [],
      risers: [],
      fallers: [],
    });
  });

  it.each([
    ['', 'category'],
    ['category=Kettles&marketplace=XX', 'marketplace'],
  ])('should refuse "%s"', async (query, field) => {
    const { status, body } = await overview(query);
    expect(status).toBe(422);
    const { errors } = body as unknown as { errors: { field: string }[] };
    expect(new Set(errors.map((error) => error.field))).toEqual(new Set([field]));
  });
});
