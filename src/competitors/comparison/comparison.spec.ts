import fc from 'fast-check';
import { Metric } from '../../common/metric';
import { Segment } from '../../common/series';
import { compare, Compared } from './comparison';
import { MEASURE_NAMES } from './measures';

const NOW = 30_000_000;
const DAY = 1440;

type Series = Partial<Record<Metric, (number | null) | Segment[]>>;

/** A listing whose values have held for 40 days, or as its segments say. */
function listing(competitorId: string | null, series: Series, rest: Partial<Compared> = {}): Compared {
  return {
    competitorId,
    asin: competitorId ?? 'OWN',
    title: 'Kettle',
    bullets: ['Boils'],
    imageCount: 3,
    bsrCategory: 'Kitchen',
    bsrSubCategory: 'Kettles',
    history: {
      asin: competitorId ?? 'OWN',
      marketplace: 'US',
      source: 'keepa',
      intervalMinutes: 360,
      version: '1',
      series: new Map(
        Object.entries(series).map(([metric, value]) => [
          metric as Metric,
          {
            segments: Array.isArray(value) ? value : [{ start: NOW - 40 * DAY, end: NOW, value }],
            sources: ['keepa'],
          },
        ]),
      ),
    },
    ...rest,
  };
}

const figures = (series: Series) => compare(listing(null, series), [], NOW).own.figures;
const missing = (series: Series) => compare(listing(null, series), [], NOW).own.missing;

describe('the figures of a listing', () => {
  it('should name the readings they are made of', () => {
    expect(figures({ buy_box_price: 1999, buy_box_shipping: 350 })['landedPrice']).toEqual({
      value: 2349,
      unit: 'USD',
      scale: 2,
      since: new Date((NOW - 40 * DAY) * 60_000).toISOString(),
      confirmedAt: new Date(NOW * 60_000).toISOString(),
      metrics: ['buy_box_price', 'buy_box_shipping'],
      sources: ['keepa'],
    });
  });

  it('should take the lowest new price where nobody has the buy box', () => {
    expect(figures({ buy_box_price: null, price: 1777 })['itemPrice']).toMatchObject({
      value: 1777,
      metrics: ['price'],
    });
  });

  it('should change over from the one to the other when the buy box comes and goes', () => {
    const box = [
      { start: NOW - 40 * DAY, end: NOW - 2 * DAY, value: null },
      { start: NOW - 2 * DAY, end: NOW, value: 1500 },
    ];
    const price = [{ start: NOW - 40 * DAY, end: NOW, value: 1500 }];
    expect(figures({ buy_box_price: box, price })['itemPrice']).toMatchObject({
      value: 1500,
      since: new Date((NOW - 40 * DAY) * 60_000).toISOString(),
      metrics: ['buy_box_price'],
    });
    const lost = [
      { start: NOW - 40 * DAY, end: NOW - DAY, value: 900 },
      { start: NOW - DAY, end: NOW, value: null },
    ];
    const rival = listing('R', { buy_box_price: lost, price: 1600 });
    const { differences } = compare(listing(null, { price: 1200 }), [rival], NOW).competitors[0] ?? {};
    expect(differences?.['itemPrice']).toMatchObject({
      leader: 'own',
      since: new Date((NOW - DAY) * 60_000).toISOString(),
      atLeast: false,
    });
  });

  it('should hold since the value last changed, however often it was closed and opened again', () => {
    const steps = [
      { start: NOW - 30 * DAY, end: NOW - 20 * DAY, value: 5 },
      { start: NOW - 20 * DAY, end: NOW - 10 * DAY, value: 7 },
      { start: NOW - 10 * DAY, end: NOW, value: 7 },
    ];
    expect(figures({ bsr: steps })['bsr']?.since).toBe(new Date((NOW - 20 * DAY) * 60_000).toISOString());
  });

  it.each<[string, Series, string, string]>([
    ['never read', {}, 'bsr', 'never_read'],
    ['known to be absent', { bsr: null }, 'bsr', 'none'],
    ['seen more than a week ago', { bsr: [{ start: 0, end: NOW - 8 * DAY, value: 5 }] }, 'bsr', 'stale'],
    ['without the number of ratings', { rating: 45 }, 'rating', 'no_rating_count'],
    [
      'known for too short',
      { review_count: [{ start: NOW - 6 * DAY, end: NOW, value: 5 }] },
      'ratingsPerDay',
      'too_short',
    ],
    ['without its shipping', { buy_box_price: 1999 }, 'landedPrice', 'never_read'],
  ])('should not be there when %s, and why', (_, series, measure, reason) => {
    expect(missing(series)[measure]).toBe(reason);
    expect(figures(series)).not.toHaveProperty(measure);
  });

  it('should count ratings a day, and the share of known time with an offer', () => {
    const series: Series = {
      review_count: [
        { start: NOW - 20 * DAY, end: NOW - 10 * DAY, value: 100 },
        { start: NOW - 10 * DAY, end: NOW, value: 150 },
      ],
      price: [
        { start: NOW - 20 * DAY, end: NOW - 15 * DAY, value: null },
        { start: NOW - 10 * DAY, end: NOW, value: 999 },
      ],
    };
    expect(figures(series)['ratingsPerDay']?.value).toBe(2.5);
    expect(figures(series)['timeInStock']?.value).toBe(0.666667);
  });

  it('should take no coupon for one of nothing', () => {
    expect(figures({ coupon: null })['coupon']?.value).toBe(0);
    expect(missing({})['coupon']).toBe('never_read');
  });
});

describe('a comparison', () => {
  const own = listing(null, { price: 1800, bsr: 500, rating: 46, review_count: 9000 });

  it('should say who leads in what', () => {
    const rival = listing('R', { price: 2000, bsr: 100, rating: 49, review_count: 12 });
    const { differences } = compare(own, [rival], NOW).competitors[0] ?? {};
    expect(differences).toMatchObject({
      itemPrice: { difference: -200, ratio: 0.9, leader: 'own', atLeast: true },
      bsr: { difference: 400, ratio: 5, leader: 'competitor' },
      rating: { leader: 'own' },
      ratingCount: { difference: 8988, leader: 'own' },
    });
  });

  it('should let nobody lead by a coupon of nothing', () => {
    const [none, some] = [listing('N', { coupon: null }), listing('S', { coupon: 200 })];
    const without = compare(listing(null, { coupon: null }), [none], NOW);
    expect(without.standings['coupon']).toMatchObject({ leaders: [], since: null });
    expect(without.competitors[0]?.differences['coupon']).toMatchObject({ difference: 0, leader: null, since: null });
    expect(compare(listing(null, { coupon: null }), [none, some], NOW).standings['coupon']?.leaders).toEqual([
      { competitorId: 'S', asin: 'S' },
    ]);
  });

  it('should call ratings that read the same equal', () => {
    const rival = listing('R', { rating: 46, review_count: 8000 });
    expect(compare(own, [rival], NOW).competitors[0]?.differences['rating']?.leader).toBe('tie');
  });

  it.each([
    ['another', 'Garden'],
    ['an unknown', null],
  ])('should not compare ranks with those of %s category', (_, bsrCategory) => {
    const rival = listing('R', { bsr: 100 }, { bsrCategory });
    const { competitors, standings } = compare(own, [rival], NOW);
    expect(competitors[0]?.differences).not.toHaveProperty('bsr');
    expect(competitors[0]?.missing['bsr']).toBe('other_category');
    expect(standings['bsr']).toBeNull();
  });

  it('should place the product among those that have the number', () => {
    const rivals = [1500, 2000, 2500, null].map((price, index) => listing(`R${String(index)}`, { price }));
    expect(compare(own, rivals, NOW).standings['itemPrice']).toMatchObject({
      place: 2,
      of: 4,
      own: 1800,
      medianOfCompetitors: 2000,
      index: 0.9,
      leaders: [{ competitorId: 'R0', asin: 'R0' }],
    });
  });

  it.each([
    [[400, 600], [1000, 1000], 'challenger', 'premium'],
    [[600, 700], [2000, 2000], 'leader', 'budget'],
    [[100, 200], [1800, 1900], 'follower', 'mainstream'],
    [[100], [1800], null, null],
  ])('should tell a position by rule: ranks %j, prices %j', (ranks, prices, standing, priceTier) => {
    const rivals = ranks.map((bsr, index) => listing(`R${String(index)}`, { bsr, price: prices[index] ?? null }));
    const { position } = compare(own, rivals, NOW);
    expect(position).toMatchObject({ standing, priceTier });
    expect(position.missing).toHaveLength(standing === null ? 2 : 0);
  });

  it('should say nothing of listings of which nothing is known', () => {
    const metrics = ['price', 'buy_box_price', 'bsr', 'rating', 'review_count', 'stock'] as const;
    const nothing = Object.fromEntries(metrics.map((metric) => [metric, null]));
    for (const series of [{}, nothing]) {
      const result = compare(listing(null, series), [listing('R', series), listing('S', series)], NOW);
      // That a listing was never offered is known of the one of which absence was read, and is no claim of the other.
      const told = series === nothing ? ['timeInStock'] : [];
      expect(Object.keys(result.own.figures)).toEqual(told);
      expect(Object.keys(result.competitors[0]?.differences ?? {})).toEqual(told);
      expect(MEASURE_NAMES.filter((name) => result.standings[name] !== null)).toEqual(told);
      expect(result.position).toMatchObject({ standing: null, priceTier: null });
    }
  });

  it('should have no number that stays the same when all readings differ', () => {
    const values = fc.record({
      price: fc.integer({ min: 100, max: 100_000 }),
      bsr: fc.integer({ min: 1, max: 1_000_000 }),
      rating: fc.integer({ min: 10, max: 50 }),
      review_count: fc.integer({ min: 1, max: 100_000 }),
      stock: fc.integer({ min: 1, max: 1000 }),
      coupon: fc.integer({ min: 1, max: 99 }),
    });
    fc.assert(
      fc.property(values, fc.integer({ min: 2, max: 9 }), (one, factor) => {
        const other = {
          price: one.price * factor,
          bsr: one.bsr * factor,
          rating: one.rating === 50 ? 10 : 50,
          review_count: one.review_count + 100_000 * factor,
          stock: one.stock * factor,
          coupon: one.coupon * factor,
        };
        const [a, b] = [figures(one), figures(other)];
        for (const measure of ['itemPrice', 'bsr', 'rating', 'ratingCount', 'stock', 'coupon']) {
          expect([measure, a[measure]?.value]).not.toEqual([measure, b[measure]?.value]);
        }
      }),
    );
  });
});
