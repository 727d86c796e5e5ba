import fc from 'fast-check';
import { describeWithFixtures, readJsonFixture } from '../../../test/support/fixtures';
import { keepaMinute, keepaProduct } from '../../../test/support/keepa-server';
import { Marketplace } from '../../common/marketplace';
import { Metric } from '../../common/metric';
import { toMinute } from '../../common/minute';
import { FetchOutcome, Reading } from '../marketplace-data';
import { asinOf, KeepaProduct, outcomeOf, seriesOf } from './keepa-product';

const ASIN = 'B0KEEPA001';
const NOW = new Date('2026-11-24T12:00:00Z');
const T1 = '2026-11-20T00:00:00Z';
const T2 = '2026-11-21T00:00:00Z';
const T3 = '2026-11-22T00:00:00Z';
const [k1, k2, k3] = [keepaMinute(T1), keepaMinute(T2), keepaMinute(T3)];
const [m1, m2, m3] = [T1, T2, T3].map((time) => toMinute(new Date(time)));

function readingOf(outcome: FetchOutcome): Reading {
  if (!('reading' in outcome)) throw new Error(`no reading: ${outcome.detail}`);
  return outcome.reading;
}

const valuesOf = (product: KeepaProduct) => readingOf(outcomeOf(product, ASIN, 'US', NOW)).values;
const factsOf = (product: KeepaProduct) => readingOf(outcomeOf(product, ASIN, 'US', NOW)).facts;
const pointsOf = (product: KeepaProduct, metric: Metric) =>
  seriesOf(product, NOW).find((series) => series.metric === metric)?.points;

describe('current values', () => {
  it('should come from stats, with -1 as known to be absent', () => {
    const product = keepaProduct(ASIN, {
      0: [k1, -1],
      1: [k1, 1999, k2, 1499],
      3: [k1, 23],
      16: [k1, 43],
      17: [k1, 11598],
    });
    expect(valuesOf(product)).toMatchObject({
      amazon_price: null,
      price: 1499,
      bsr: 23,
      rating: 43,
      review_count: 11598,
    });
  });

  it('should take the end of the series where stats does not know (-2)', () => {
    const product = keepaProduct(ASIN, { 1: [k1, 1999] }, { stats: { current: [-1, -2] } });
    expect(valuesOf(product).price).toBe(1999);
  });

  it('should leave out what neither knows', () => {
    const product = keepaProduct(ASIN, {}, { stats: { current: [-2, -2], buyBoxPrice: -2 } });
    expect(valuesOf(product)).toEqual({});
  });

  it.each([
    ['an amount', [150, 0], 150],
    ['a percentage of the price', [-10, -15], 200],
    ['one for subscribers only', [0, -5], null],
    ['none', null, null],
    ['something else', 'SAVE10', undefined],
  ])('should take a coupon of %s for what it takes off', (_, coupon, value) => {
    expect(valuesOf(keepaProduct(ASIN, { 1: [k1, 1999] }, { coupon })).coupon).toBe(value);
  });

  it('should take the buy box price without its shipping', () => {
    const product = keepaProduct(ASIN, { 18: [k1, 1200, 399] });
    expect(valuesOf(product)).toMatchObject({ buy_box_price: 1200, buy_box_shipping: 399 });
  });

  it('should not take a used offer in the buy box for a new one', () => {
    const product = keepaProduct(
      ASIN,
      { 18: [k1, 1200, 0, k2, -1, -1] },
      { stats: { current: [], buyBoxPrice: 700, buyBoxShipping: 0, buyBoxIsUsed: true } },
    );
    expect(valuesOf(product)).toMatchObject({ buy_box_price: null, buy_box_shipping: null });
  });

  it('should not divide yen', () => {
    const outcome = outcomeOf(keepaProduct(ASIN, { 1: [k1, 2530] }, { domainId: 5 }), ASIN, 'JP', NOW);
    expect(readingOf(outcome).values.price).toBe(2530);
  });

  it('should be dated by the time Keepa saw them', () => {
    const product = keepaProduct(ASIN, { 1: [k1, 1999] }, { lastUpdate: k2 });
    expect(readingOf(outcomeOf(product, ASIN, 'US', NOW)).observedAt).toEqual(new Date(T2));
  });

  it('should not be dated in the future when the clocks differ', () => {
    const product = keepaProduct(ASIN, { 1: [k1, 1999] }, { lastUpdate: keepaMinute('2026-11-24T13:00:00Z') });
    expect(readingOf(outcomeOf(product, ASIN, 'US', NOW)).observedAt).toEqual(NOW);
  });

  it.each([
    ['absent while no badge is shown', null, { monthly_sold: null }],
    ['the badge', 400, { monthly_sold: 400 }],
    ['unknown when not told', undefined, {}],
  ])('should have monthly sales: %s', (_, monthlySold, expected) => {
    const product = keepaProduct(ASIN, {}, { monthlySold, stats: {} });
    expect(valuesOf(product)).toEqual(expected);
  });
});

describe('result', () => {
  it.each([
    ['ok with a new offer', { 1: [k1, 1999] }, 'ok'],
    ['no_offer without one', { 1: [k1, 1999, k2, -1] }, 'no_offer'],
    ['ok with a buy box though no new price', { 1: [k1, -1], 18: [k1, 900, 0] }, 'ok'],
  ])('should be %s', (_, rows, result) => {
    expect(outcomeOf(keepaProduct(ASIN, rows), ASIN, 'US', NOW).result).toBe(result);
  });

  it.each([
    ['gone for an invalid ASIN', { productType: 4 }, 'gone'],
    ['gone for a parent of variations', { productType: 5 }, 'gone'],
    ['unparseable for another marketplace', { domainId: 3 }, 'unparseable'],
  ])('should be %s', (_, fields, result) => {
    expect(outcomeOf(keepaProduct(ASIN, { 1: [k1, 1999] }, fields), ASIN, 'US', NOW).result).toBe(result);
  });

  it.each([1, 2, 3])('should say nothing about prices for product type %i, which has none', (productType) => {
    const product = keepaProduct(ASIN, { 1: [k1, -1], 3: [k1, 50] }, { productType });
    expect([valuesOf(product).price, valuesOf(product).bsr, pointsOf(product, 'price')]).toEqual([
      undefined,
      50,
      undefined,
    ]);
  });
});

describe('best sub-category', () => {
  it('should be the one with the lowest last rank outside the root category', () => {
    const product = keepaProduct(
      ASIN,
      {},
      { salesRanks: { 100: [k1, 1], 102: [k1, 3, k2, 9], 101: [k1, 8, k2, 5] }, lastUpdate: k2 },
    );
    expect(valuesOf(product).bsr_sub).toBe(5);
    expect(factsOf(product).bsrSubCategory).toBe('Kettles');
    expect(pointsOf(product, 'bsr_sub')).toEqual([
      [m1, 8, m2],
      [m2, 5, m2],
    ]);
  });

  it('should be named by its id where the path does not have it', () => {
    const product = keepaProduct(ASIN, {}, { salesRanks: { 3015433011: [k1, 2] }, salesRankReference: -1 });
    expect(factsOf(product)).toMatchObject({ bsrCategory: 'Home', bsrSubCategory: '3015433011' });
  });

  it('should pass over categories in which the listing is not ranked any more', () => {
    const product = keepaProduct(ASIN, {}, { salesRanks: { 101: [k1, 2, k2, -1], 102: [k1, 70] } });
    expect(valuesOf(product).bsr_sub).toBe(70);
  });
});

describe('facts', () => {
  it('should have the bullets and count the pictures', () => {
    const features = ['<b>Boils</b> fast', '', 7, 'x'.repeat(5000)];
    const facts = factsOf(keepaProduct(ASIN, {}, { features, images: [{ l: 'a.jpg' }, { m: 'b.jpg' }] }));
    expect(facts).toMatchObject({ bullets: ['Boils fast', 'x'.repeat(1000)], imageCount: 2 });
  });

  it('should be plain text, whatever markup the vendor sends', () => {
    const facts = factsOf(
      keepaProduct(ASIN, {}, { title: 'Tea &amp; <b>Kettle</b> &lt;script&gt;x&lt;/script&gt; 5 &lt; 6' }),
    );
    expect(facts.title).toBe('Tea & Kettle 5 < 6');
  });

  it.each([
    ['../../evil', undefined],
    ['51DG1p4xLNL.jpg', 'https://m.media-amazon.com/images/I/51DG1p4xLNL.jpg'],
  ])('should make an image address of %s only when it is a file name', (l, expected) => {
    expect(factsOf(keepaProduct(ASIN, {}, { images: [{ l }] })).imageUrl).toBe(expected);
  });

  it.each([
    ['AEQXU0HTP3HX', 'AEQXU0HTP3HX'],
    ['-1', null],
    ['-2', undefined],
    ['<script>', undefined],
  ])('should read the seller of the buy box %s as %s', (buyBoxSellerId, expected) => {
    expect(factsOf(keepaProduct(ASIN, {}, { stats: { buyBoxSellerId } })).buyBoxSellerId).toBe(expected);
  });
});

describe('seriesOf', () => {
  it('should let each value hold until the next point, and the last until Keepa looked last', () => {
    const product = keepaProduct(ASIN, { 1: [k1, 1999, k2, -1] }, { lastUpdate: k3 });
    expect(pointsOf(product, 'price')).toEqual([
      [m1, 1999, m2],
      [m2, null, m3],
    ]);
  });

  it('should let the last value hold for no time when the product does not say when Keepa looked', () => {
    const product = keepaProduct(ASIN, { 1: [k1, 1999, k2, 1499] }, { lastUpdate: undefined });
    expect(pointsOf(product, 'price')).toEqual([
      [m1, 1999, m2],
      [m2, 1499, m2],
    ]);
  });

  it('should make two series of a row with shipping', () => {
    const product = keepaProduct(ASIN, { 18: [k1, 1200, 399, k2, 1200, 0] });
    expect(pointsOf(product, 'buy_box_price')?.map(([, value]) => value)).toEqual([1200, 1200]);
    expect(pointsOf(product, 'buy_box_shipping')?.map(([, value]) => value)).toEqual([399, 0]);
  });

  it.each([
    ['out of order', [k2, 1, k1, 2]],
    ['cut off', [k1, 1, k2]],
    ['with text in it', [k1, 'x']],
    ['with a number that is none', [k1, 1.5]],
  ])('should leave out a row that is %s', (_, row) => {
    expect(pointsOf(keepaProduct(ASIN, { 1: row as number[] }), 'price')).toBeUndefined();
  });

  it('should have no point in the future', () => {
    const product = keepaProduct(ASIN, { 1: [k1, 1, keepaMinute('2030-01-01T00:00:00Z'), 2] });
    expect(pointsOf(product, 'price')).toEqual([[m1, 1, toMinute(NOW)]]);
  });

  it('should never throw and keep points ascending, whatever it is given', () => {
    const junk = fc.dictionary(
      fc.constantFrom(
        'csv',
        'stats',
        'salesRanks',
        'categoryTree',
        'images',
        'imagesCSV',
        'title',
        'lastUpdate',
        'monthlySoldHistory',
        'productType',
        'rootCategory',
      ),
      fc.anything({ maxDepth: 4 }),
    );
    const rows = fc.record({ csv: fc.array(fc.option(fc.array(fc.integer())), { maxLength: 36 }) });
    fc.assert(
      fc.property(fc.oneof(junk, rows), (product) => {
        const whole = { ...product, asin: ASIN, domainId: 1 };
        outcomeOf(whole, ASIN, 'US', NOW);
        for (const { points } of seriesOf(whole, NOW)) {
          points.forEach(([minute, , until], index) => {
            expect(until).toBeGreaterThanOrEqual(minute);
            expect(minute).toBeGreaterThan(points[index - 1]?.[0] ?? -1);
          });
        }
      }),
    );
  });
});

interface ExpectedProduct {
  asin: string;
  marketplace: Marketplace;
  lastUpdateAt: string;
  current: Record<string, number | null>;
  monthlySold: number | null;
  series: Record<
    string,
    { points: number; firstAt: string; lastAt: string; firstValue: number; lastValue: number; missingPoints: number }
  >;
}

/** Name in expected.json of what we call … */
const CURRENT: [Metric, string][] = [
  ['amazon_price', 'amazonMinor'],
  ['price', 'newMinor'],
  ['used_price', 'usedMinor'],
  ['list_price', 'listMinor'],
  ['buy_box_price', 'buyBoxMinor'],
  ['buy_box_shipping', 'buyBoxShippingMinor'],
  ['bsr', 'salesRank'],
  ['bsr_sub', 'bestSubRank'],
  ['review_count', 'reviewCount'],
  ['offer_count', 'countNew'],
];
const ROWS: [Metric, string][] = [
  ['amazon_price', '0'],
  ['price', '1'],
  ['used_price', '2'],
  ['bsr', '3'],
  ['list_price', '4'],
  ['offer_count', '11'],
  ['rating', '16'],
  ['review_count', '17'],
  ['buy_box_price', '18'],
];

describeWithFixtures('real bodies', () => {
  describe.each(['us-B0D8W1YVBX', 'us-B0F7XPYCSJ', 'jp-B0D4M48BM2', 'jp-B0BSL6P6WJ'])('%s', (name) => {
    const load = () => {
      const expected = (readJsonFixture('keepa/expected.json') as Record<string, ExpectedProduct>)[`${name}.json.gz`];
      if (!expected) throw new Error('not in expected.json');
      const body = readJsonFixture(`keepa/${name}.json.gz`) as { products?: KeepaProduct[] };
      return { expected, product: body.products?.[0] ?? body };
    };

    it('should read as current values what they say', () => {
      const { expected, product } = load();
      const reading = readingOf(outcomeOf(product, asinOf(product) ?? '', expected.marketplace, NOW));
      const read = CURRENT.map(([metric, key]) => [key, reading.values[metric] ?? null]);
      expect(Object.fromEntries(read)).toEqual(
        Object.fromEntries(CURRENT.map(([, key]) => [key, expected.current[key] ?? null])),
      );
      const { rating, monthly_sold: monthlySold } = reading.values;
      expect([rating == null ? null : rating / 10, monthlySold]).toEqual([
        expected.current['rating'],
        expected.monthlySold,
      ]);
      expect(reading.observedAt).toEqual(new Date(expected.lastUpdateAt));
    });

    it('should give every point of every series', () => {
      const { expected, product } = load();
      const series = new Map(seriesOf(product, NOW).map(({ metric, points }) => [metric, points]));
      const iso = (minute?: number) => (minute === undefined ? undefined : new Date(minute * 60_000).toISOString());
      const read = ROWS.flatMap(([metric, row]) => {
        const points = series.get(metric);
        if (!points) return [];
        const [first, last] = [points[0], points.at(-1)];
        return [
          [
            row,
            points.length,
            iso(first?.[0]),
            iso(last?.[0]),
            first?.[1] ?? -1,
            last?.[1] ?? -1,
            points.filter(([, value]) => value === null).length,
          ],
        ];
      });
      const known = ROWS.filter(([, row]) => expected.series[row]).map(([, row]) => {
        const { points, firstAt, lastAt, firstValue, lastValue, missingPoints } = expected.series[
          row
        ] as ExpectedProduct['series'][string];
        return [
          row,
          points,
          new Date(firstAt).toISOString(),
          new Date(lastAt).toISOString(),
          firstValue,
          lastValue,
          missingPoints,
        ];
      });
      expect(read).toEqual(known);
    });
  });
});
