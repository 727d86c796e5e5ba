import fc from 'fast-check';
import { Metric } from '../../common/metric';
import { Segment } from '../../common/series';
import { KnownHistory } from '../../price-history/price-history.service';
import { SalesCurve } from '../sales/sales-curve';
import { UserSalesModels } from '../sales/sales-estimates.service';
import { ProductAnalysisView } from './dto/product-analytics.view';
import { analyzeProduct } from './product-analysis';

const TODAY = 20_000;
const NOW = TODAY * 1440 + 600;
const NO_SALES = new UserSalesModels([], []);

/** A value a day for so many days up to now; null is an absence, undefined is unknown. */
function daily(count: number, valueOf: (day: number) => number | null | undefined): Segment[] {
  return Array.from({ length: count }, (_, place) => TODAY - count + 1 + place).flatMap((day) => {
    const value = valueOf(day);
    return value === undefined ? [] : [{ start: day * 1440, end: Math.min((day + 1) * 1440, NOW), value }];
  });
}

function analyze(series: Partial<Record<Metric, Segment[]>>, sales = NO_SALES): Promise<ProductAnalysisView> {
  const history: KnownHistory = {
    asin: 'B000000001',
    marketplace: 'US',
    source: 'keepa',
    intervalMinutes: 360,
    version: '1',
    series: new Map(
      Object.entries(series).map(([metric, segments]) => [metric as Metric, { segments, sources: ['keepa'] }]),
    ),
  };
  return analyzeProduct({ productId: 'P', history, bsrCategory: 'Kitchen', statistics: [], sales, at: NOW });
}

/** Something between -1 and 1 that depends on the day and nothing else. */
const noise = (day: number, salt = 0) => Math.sin(12.9898 * (day + 97 * salt)) * Math.cos(78.233 * (day + 31 * salt));

describe('the analysis of a product', () => {
  it('should say from which day the price is at another level', async () => {
    const { changePoints } = await analyze({
      price: daily(120, (day) => (day < TODAY - 40 ? 2000 : 1500) + Math.round(20 * noise(day))),
    });
    expect(changePoints['price']).toHaveLength(1);
    const [change] = changePoints['price'] ?? [];
    expect(change?.date).toBe(new Date((TODAY - 40) * 86_400_000).toISOString().slice(0, 10));
    expect(change?.ratio).toBeCloseTo(0.75, 2);
  });

  it('should take a change in the middle of a day for one change, and constants for none', async () => {
    const change = (TODAY - 40) * 1440 + 900;
    const price = [
      { start: (TODAY - 200) * 1440, end: change, value: 1990 },
      { start: change, end: NOW, value: 1790 },
    ];
    const bsr = [{ start: (TODAY - 200) * 1440, end: NOW, value: 5000 }];
    const { changePoints, weekdays } = await analyze({ price, bsr });
    expect(changePoints).toEqual({
      price: [
        {
          date: new Date((TODAY - 39) * 86_400_000).toISOString().slice(0, 10),
          before: 1990,
          after: 1790,
          ratio: 0.899497,
          statistic: null,
        },
      ],
      bsr: [],
    });
    expect(weekdays['bsr']).toBeUndefined();
  });

  it('should tell trends of prices in money and of ranks in shares', async () => {
    const { trends } = await analyze({
      price: daily(120, (day) => 2000 + 3 * (day - TODAY) + Math.round(5 * noise(day))),
      bsr: daily(120, (day) => 10_000 * 0.98 ** (day - TODAY) * (1 + 0.02 * noise(day, 1))),
    });
    expect(trends['price']?.find(({ days }) => days === 90)).toMatchObject({ scale: 'value', direction: 'rising' });
    expect(trends['price']?.find(({ days }) => days === 90)?.slope).toBeCloseTo(3, 0);
    expect(trends['bsr']?.find(({ days }) => days === 90)).toMatchObject({ scale: 'share', direction: 'falling' });
    expect(trends['bsr']?.find(({ days }) => days === 90)?.slope).toBeCloseTo(-0.02, 3);
  });

  it('should keep every digit of a value over a million', async () => {
    const { changePoints } = await analyze({ bsr: daily(120, (day) => (day < TODAY - 40 ? 1_234_567 : 2_345_678)) });
    expect(changePoints['bsr']).toMatchObject([{ before: 1_234_567, after: 2_345_678 }]);
  });

  it('should leave today, which is not over, out of daily values', async () => {
    const flat = await analyze({ price: daily(100, () => 2000) });
    const jump = await analyze({ price: daily(100, (day) => (day === TODAY ? 9000 : 2000)) });
    expect(jump.trends).toEqual(flat.trends);
    expect(jump.forecasts).toEqual(flat.forecasts);
    expect(jump.lastDay).toBe(new Date((TODAY - 1) * 86_400_000).toISOString().slice(0, 10));
  });

  it('should share out known time only, and say how much is unknown', async () => {
    const { timeInStock } = await analyze({
      price: daily(30, (day) => (day > TODAY - 10 ? 2000 : day > TODAY - 20 ? null : undefined)),
    });
    expect(timeInStock[0]?.days).toBe(30);
    expect(timeInStock[0]?.share).toBeCloseTo(0.48498, 4);
    expect(timeInStock[0]?.known).toBeCloseTo(0.6472, 4);
    expect((timeInStock[0]?.known ?? 0) + (timeInStock[0]?.unknown ?? 0)).toBeCloseTo(1, 4);
  });

  it('should forecast from the day after the last full one', async () => {
    const { forecasts } = await analyze({ price: daily(200, (day) => 2000 + Math.round(30 * noise(day))) });
    expect(forecasts['price']?.days).toHaveLength(28);
    expect(forecasts['price']?.days[0]?.date).toBe(new Date(TODAY * 86_400_000).toISOString().slice(0, 10));
    expect(forecasts['price']).toMatchObject({ unit: 'USD', scale: 2 });
    expect(forecasts['price']?.backTest.coverage).toBeGreaterThan(0.8);
  });

  it('should give units by the curve of own sales, and nothing beyond its ranks', async () => {
    const models = (lowest: number, highest: number) => salesModels({ scale: 5000, exponent: 0.8, lowest, highest });
    const bsr = daily(200, (day) => 1000 + Math.round(100 * noise(day)));
    const near = await analyze({ bsr }, models(500, 2000));
    expect(near.units?.unitsPerDay).toBeCloseTo(5000 * 1000 ** -0.8, 0);
    const [first] = near.unitsForecast?.days ?? [];
    expect(first?.lower).toBeLessThan(first?.median ?? 0);
    expect(first?.upper).toBeGreaterThan(first?.median ?? Infinity);
    expect(near.unitsForecast?.rankBackTest).toEqual(near.forecasts['bsr']?.backTest);
    const far = await analyze({ bsr }, models(50_000, 90_000));
    expect([far.units, far.unitsForecast]).toEqual([null, null]);
    expect(far.missing['units']).toContain('beyond the ranks');
  });

  it.each<[string, Partial<Record<Metric, Segment[]>>]>([
    ['nothing', {}],
    ['absences only', { price: daily(300, () => null), bsr: daily(300, () => null), rating: daily(300, () => null) }],
  ])('should claim nothing of %s', async (_, series) => {
    const found = await analyze(series);
    expect(found).toMatchObject({
      trends: {},
      changePoints: {},
      weekdays: {},
      priceAndRank: null,
      units: null,
      forecasts: {},
    });
    expect(found.timeWithBuyBox.map(({ share }) => share)).toEqual([null, null]);
    for (const part of [
      'trends.price',
      'changePoints.bsr',
      'weekdays.bsr',
      'priceAndRank',
      'units',
      'forecasts.price',
    ]) {
      expect(found.missing).toHaveProperty([part]);
    }
  });

  it('should have no number that is the same for all products, as their readings differ', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 50 }), fc.integer({ min: 1, max: 1000 }), async (factor, salt) => {
        const product = (times: number, seed: number, inStock: number) => ({
          price: daily(200, (day) =>
            day % 50 < inStock ? times * Math.round(2000 + 2 * (day - TODAY) + 200 * noise(day, seed)) : null,
          ),
          bsr: daily(200, (day) => times * Math.round(5000 + 10 * (day - TODAY) + 800 * noise(day, seed + 1))),
        });
        const numbers = ({ trends, forecasts, timeInStock, priceAndRank }: ProductAnalysisView) => [
          ...['price', 'bsr'].flatMap((metric) => [
            trends[metric]?.[1]?.slope,
            trends[metric]?.[1]?.pValue,
            forecasts[metric]?.days[6]?.median,
            forecasts[metric]?.days[6]?.upper,
            forecasts[metric]?.backTest.coverage,
            forecasts[metric]?.backTest.skill,
            forecasts[metric]?.pValue,
          ]),
          timeInStock[1]?.share,
          priceAndRank?.correlation,
        ];
        const found = [
          numbers(await analyze(product(1, salt, 45))),
          numbers(await analyze(product(factor, salt + 5000, 40))),
          numbers(await analyze(product(factor + 1, salt + 9000, 30))),
        ];
        expect(found.flat().filter((number) => number === undefined)).toEqual([]);
        const [first, ...rest] = found;
        expect(first?.filter((number, index) => rest.every((others) => others[index] === number))).toEqual([]);
      }),
      { numRuns: 8 },
    );
  });
});

function salesModels(given: { scale: number; exponent: number; lowest: number; highest: number }): UserSalesModels {
  const { scale, exponent, lowest, highest } = given;
  const curve: SalesCurve = {
    exponent: { value: exponent, lower: exponent - 0.1, upper: exponent + 0.1 },
    scale,
    rankRange: { lowest, highest },
    centre: Math.log(1000),
    error: { medianAbsolutePercentage: 10, medianFactor: 1.1, halfWidth: 0.3, observations: 9 },
  };
  const here = { marketplace: 'US' as const, category: 'Kitchen' };
  const model = {
    ...here,
    periods: 9,
    families: 1,
    leftOut: {},
    curve,
    refusal: null,
    simulated: false,
    fittedAt: new Date(0),
  };
  return new UserSalesModels([model], [{ ...here, periods: 9 }]);
}
