import { OpportunityList, OverviewView } from '../../src/analytics/portfolio/dto/portfolio.view';
import { ProductAnalyticsView } from '../../src/analytics/product/dto/product-analytics.view';
import { ProductAnalytics } from '../../src/analytics/product/product-analytics.service';
import { Reading } from '../../src/marketplace-data/marketplace-data';
import { Recorder } from '../../src/price-history/recorder';
import { Schedules } from '../../src/shared/queue/schedules';
import { Answer, startTestApp, TestApp } from '../support/app';
import { FixedClock } from '../support/clock';
import { eventually } from '../support/polling';
import { ScriptedSource } from '../support/scripted-source';

const MINUTE_MS = 60_000;

describe('analytics', () => {
  let api: TestApp;
  let clock: FixedClock;
  let owner: { userId: string; token: string };
  let other: { userId: string; token: string };
  let asins = 0;

  beforeAll(async () => {
    clock = new FixedClock();
    api = await startTestApp({ sources: [new ScriptedSource()], clock, env: { ROLES: 'api,worker' } });
    owner = await api.login('owner');
    other = await api.login('other');
  });
  afterAll(() => api.close());

  const newAsin = () => `B0${String(++asins).padStart(8, '0')}`;
  const get = async (path: string, token = owner.token) => (await api.call('get', path, token)) as Answer;
  const analyticsOf = async (id: string, query = '') =>
    ((await get(`/products/${id}/analytics${query}`)) as Answer & { body: ProductAnalyticsView }).body;

  async function product(token = owner.token) {
    const asin = newAsin();
    const { body } = (await api.call('post', '/products', token).send({ asin })) as Answer;
    return { asin, id: (body as { id: string }).id };
  }

  async function listingId(asin: string) {
    const [row] = await api.postgres.query<{ id: number }>(`SELECT id FROM listing WHERE asin = $1`, [asin]);
    return row?.id ?? 0;
  }

  async function read(asin: string, values: Reading['values'], facts: Reading['facts'] = { bsrCategory: 'Kitchen' }) {
    const reading: Reading = { asin, marketplace: 'US', source: 'keepa', observedAt: clock.now(), values, facts };
    await api.app
      .get(Recorder)
      .record('keepa', [
        { listingId: await listingId(asin), result: values.price === null ? 'no_offer' : 'ok', reading },
      ]);
  }

  /** A past of so many days with a price and a rank each day, and a reading of now. */
  async function withPast(asin: string, days: number, at: (daysAgo: number) => { price: number | null; bsr: number }) {
    const now = Math.floor(clock.now().getTime() / MINUTE_MS);
    const past = Array.from({ length: days }, (_, index) => days - index);
    const now1 = at(0);
    await api.app.get(Recorder).recordHistory(
      'keepa',
      {
        listingId: await listingId(asin),
        result: 'ok',
        reading: {
          asin,
          marketplace: 'US',
          source: 'keepa',
          observedAt: clock.now(),
          values: now1,
          facts: {
            title: `Kettle ${asin}`,
            bsrCategory: 'Kitchen',
            availability: now1.price === null ? 'out_of_stock' : 'in_stock',
          },
        },
      },
      (['price', 'bsr'] as const).map((metric) => ({
        metric,
        points: past.map((daysAgo) => {
          const minute = now - daysAgo * 1440;
          return [minute, at(daysAgo)[metric], minute + 1439] as const;
        }),
      })),
    );
  }

  describe('GET /products/{id}/analytics', () => {
    it('should be computed in the background, and be there when it is done', async () => {
      const own = await product();
      await withPast(own.asin, 160, (daysAgo) => ({
        price: daysAgo > 30 ? 2000 + (daysAgo % 3) : 1500 + (daysAgo % 3),
        bsr: 1000 + 10 * daysAgo + 17 * (daysAgo % 4),
      }));
      const shown = await eventually(async () => {
        const found = await analyticsOf(own.id);
        return found.state === 'current' && found;
      }, 'analytics');
      expect(shown.analysis).toMatchObject({
        productId: own.id,
        asin: own.asin,
        sources: ['keepa'],
        simulated: false,
        lastDay: '2026-11-23',
        changePoints: { price: [{ date: '2026-10-25' }] },
        missing: { units: expect.stringContaining('Without own sales') as string },
      });
      expect(shown.analysis?.trends['bsr']?.map(({ days, direction }) => [days, direction])).toEqual([
        [30, 'falling'],
        [90, 'falling'],
      ]);
      expect(shown.analysis?.statistics.map(({ days }) => days)).toEqual([7, 30, 90, 365]);
      expect(shown.analysis?.forecasts['price']?.days).toHaveLength(28);
      const week = await analyticsOf(own.id, '?horizon=7');
      expect(week.analysis?.forecasts['price']?.days).toEqual(shown.analysis?.forecasts['price']?.days.slice(0, 7));
      expect(week.analysis?.forecasts['price']?.weeks.map(({ toDay }) => toDay)).toEqual([7]);
    });

    it('should be made anew once a reading has come, and only then', async () => {
      const own = await product();
      await withPast(own.asin, 40, () => ({ price: 2000, bsr: 500 }));
      const analytics = api.app.get(ProductAnalytics);
      await analytics.compute(owner.userId, own.id);
      const first = await analyticsOf(own.id);
      await api.postgres.query(
        `UPDATE product_analytics SET result = result || '{"asin": "KEPT"}' WHERE product_id = $1`,
        [own.id],
      );
      await analytics.compute(owner.userId, own.id);
      expect((await analyticsOf(own.id)).analysis?.asin).toBe('KEPT');
      clock.advance(60);
      await read(own.asin, { price: 2100 });
      const second = await eventually(async () => {
        const found = await analyticsOf(own.id);
        return found.state === 'current' && found;
      }, 'analytics');
      expect(second.analysis?.asin).toBe(own.asin);
      expect(second.computedAt).not.toBe(first.computedAt);
    });

    it('should claim nothing of a product that was never read', async () => {
      const own = await product();
      await api.app.get(ProductAnalytics).compute(owner.userId, own.id);
      const { state, analysis } = await analyticsOf(own.id);
      expect(state).toBe('current');
      expect(analysis).toMatchObject({
        sources: [],
        simulated: false,
        trends: {},
        changePoints: {},
        weekdays: {},
        priceAndRank: null,
        units: null,
        forecasts: {},
      });
      expect(analysis?.timeInStock.map(({ share, unknown }) => [share, unknown])).toEqual([
        [null, 1],
        [null, 1],
      ]);
    });

    it('should not be there for anybody else, nor be computed for them', async () => {
      const own = await product();
      expect((await get(`/products/${own.id}/analytics`, other.token)).status).toBe(404);
      await expect(api.app.get(ProductAnalytics).compute(other.userId, own.id)).rejects.toThrow('Product');
    });

    it.each(['horizon=6', 'horizon=29', 'horizon=x'])('should refuse %s', async (query) => {
      const own = await product();
      const { status, body } = await get(`/products/${own.id}/analytics?${query}`);
      expect(status).toBe(422);
      expect((body as { errors: { field: string }[] }).errors[0]?.field).toBe('horizon');
    });

    it('should be computed daily of active products', async () => {
      const [own, paused] = [await product(), await product()];
      await api.call('patch', `/products/${paused.id}`, owner.token).send({ isActive: false });
      const task = api.app.get(Schedules).find('analyze-products');
      expect(task?.cron).toBe('15 3 * * *');
      await task?.run(clock.now());
      const computed = await eventually(async () => {
        const rows = await api.postgres.query<{ product_id: string }>(
          `SELECT product_id FROM product_analytics WHERE product_id = ANY ($1::uuid[])`,
          [[own.id, paused.id]],
        );
        return rows.length > 0 && rows;
      }, 'analytics');
      expect(computed).toEqual([{ product_id: own.id }]);
    });
  });

  describe('all products of a user', () => {
    let seller: { userId: string; token: string };
    let products: { asin: string; id: string }[];

    beforeAll(async () => {
      seller = await api.login('seller');
      products = [await product(seller.token), await product(seller.token), await product(seller.token)];
      const [better, gone] = products;
      await withPast(better?.asin ?? '', 100, (daysAgo) => ({
        price: 1500,
        bsr: Math.round(5000 * 1.01 ** daysAgo + 40 * (daysAgo % 4)),
      }));
      await withPast(gone?.asin ?? '', 100, (daysAgo) => ({
        price: daysAgo < 12 ? null : 1500,
        bsr: 700 + (daysAgo % 5),
      }));
      for (const { id } of products.slice(0, 2)) await api.app.get(ProductAnalytics).compute(seller.userId, id);
    });

    it('should be summed up', async () => {
      const { status, body } = await get('/analytics/overview', seller.token);
      expect(status).toBe(200);
      expect(body).toEqual({
        products: 3,
        active: 3,
        simulated: 0,
        analyzed: 2,
        availability: { inStock: 1, outOfStock: 1, unknown: 1 },
        price: { rising: 0, falling: 0, none: 2, unknown: 1 },
        bsr: { rising: 0, falling: 1, none: 1, unknown: 1 },
        standing: { leader: 0, challenger: 0, follower: 0, unknown: 3 },
        recentChanges: [],
      } satisfies OverviewView);
    });

    it('should be looked through for opportunities, the best first, with the numbers behind them', async () => {
      const [better] = products;
      const rival = newAsin();
      await api.call('post', `/products/${better?.id ?? ''}/competitors`, seller.token).send({ asin: rival });
      await withPast(rival, 40, () => ({ price: null, bsr: 9000 }));
      await api.call('post', `/products/${better?.id ?? ''}/competitive-analysis`, seller.token).send({});
      const { status, body } = (await get('/analytics/opportunities', seller.token)) as Answer & {
        body: OpportunityList;
      };
      expect(status).toBe(200);
      expect(body.data.map(({ productId }) => productId)).toEqual([
        better?.id,
        ...products
          .slice(1)
          .map(({ id }) => id)
          .sort(),
      ]);
      const [first, second] = body.data;
      expect(first?.parts.map(({ name, value }) => [name, value]).slice(0, 2)).toEqual([
        ['rivals_out_of_stock', 1],
        ['rising_demand', expect.closeTo(1, 0)],
      ]);
      expect(first?.parts[0]?.evidence).toEqual({ outOfStock: 1, known: 1 });
      expect(first?.score).toBeGreaterThan(0.6);
      expect(second?.score).toBeNull();
      const limited = (await get('/analytics/opportunities?limit=1', seller.token)) as Answer & {
        body: OpportunityList;
      };
      expect(limited.body.data).toHaveLength(1);
    });

    it('should be of nobody else', async () => {
      const stranger = await api.login('stranger');
      expect((await get('/analytics/overview', stranger.token)).body).toMatchObject({ products: 0, recentChanges: [] });
      expect((await get('/analytics/opportunities', stranger.token)).body).toEqual({ data: [] });
    });
  });

  it('should forget analytics with their product', async () => {
    const own = await product();
    await api.app.get(ProductAnalytics).compute(owner.userId, own.id);
    await api.call('delete', `/products/${own.id}`, owner.token);
    const rows = await api.postgres.query(`SELECT FROM product_analytics WHERE product_id = $1`, [own.id]);
    expect(rows).toEqual([]);
  });
});
