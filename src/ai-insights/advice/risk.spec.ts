import * as fc from 'fast-check';
import { ShareOfTimeView, TrendView } from '../../analytics/product/dto/product-analytics.view';
import { ComparisonResult } from '../../competitors/dto/analysis.view';
import { Claim } from '../claims/claim';
import { ListingQuality } from '../listing-quality/listing-quality';
import { RiskInputs, riskOf } from './risk';

const NOTHING: RiskInputs = { claims: [], abstentions: [], analytics: null, comparison: null, quality: null };

const claim = (key: string, change: Partial<Claim> = {}) => ({ key, values: {}, ...change }) as Claim;
const time = (share: number | null): ShareOfTimeView[] => [{ days: 30, share, known: 1, unknown: 0 }];
const trend = (direction: TrendView['direction'], change: number) =>
  [{ days: 90, direction, change, changeLower: null, changeUpper: null }] as TrendView[];
const analytics = (change: Partial<NonNullable<RiskInputs['analytics']>>): RiskInputs['analytics'] => ({
  trends: {},
  timeInStock: time(null),
  timeWithBuyBox: time(null),
  ...change,
});
function comparison(own: number | null, ...rivals: (number | null)[]): ComparisonResult {
  const figures = (value: number | null) => (value === null ? {} : { itemPrice: { value } });
  return {
    own: { figures: figures(own) },
    competitors: rivals.map((price, place) => ({ asin: `B00000000${place + 1}`, figures: figures(price) })),
  } as unknown as ComparisonResult;
}
const cut = (who: string, day: string, direction: 'up' | 'down' = 'down') =>
  claim(`competitor_change:${who}:price:${day}`, {
    kind: 'competitor_change',
    metric: 'price',
    direction,
    values: { competitor: { type: 'asin', value: who } },
  });

const part = (name: string, change: Partial<RiskInputs>) =>
  riskOf({ ...NOTHING, ...change }).parts.find((one) => one.name === name);

describe('risk', () => {
  it.each<[string, Partial<RiskInputs>, number | undefined]>([
    ['stock', { analytics: analytics({ timeInStock: time(0.9) }) }, 0.2],
    ['stock', { analytics: analytics({ timeInStock: time(0.4) }) }, 1],
    ['stock', { analytics: analytics({ timeInStock: time(null) }) }, undefined],
    ['stock', { analytics: analytics({ timeInStock: time(1) }), claims: [claim('no_offer')] }, 1],
    ['no_buy_box', { analytics: analytics({ timeWithBuyBox: time(0.75) }) }, 0.5],
    ['no_buy_box', { analytics: analytics({}) }, undefined],
    ['rating_decline', { analytics: analytics({ trends: { rating: trend('falling', -2) } }) }, 0.4],
    ['rating_decline', { analytics: analytics({ trends: { rating: trend('none', -2) } }) }, 0],
    ['rating_decline', { analytics: analytics({ trends: {} }) }, undefined],
    ['rank_decline', { analytics: analytics({ trends: { bsr: trend('rising', 0.25) } }) }, 0.4],
    ['rank_decline', { analytics: analytics({ trends: { bsr: trend('rising', 3) } }) }, 1],
    ['rank_decline', { analytics: analytics({ trends: { bsr: trend('falling', -0.5) } }) }, 0],
    ['undercut', { comparison: comparison(2000, 1900, 2000, 2100, null) }, 0.333],
    ['undercut', { comparison: comparison(null, 1900) }, undefined],
    ['undercut', { comparison: comparison(2000, null) }, undefined],
    ['content', { quality: { score: 0.7, checks: [] } }, 0.3],
    ['content', { quality: { score: null, checks: [] } }, undefined],
  ])('of %s in %j should be %p', (name, change, value) => {
    expect(part(name, change)?.value).toBe(value);
  });

  it('should count competitors that cut once each, of those whose price is known', () => {
    const claims = [
      cut('B000000001', '2026-05-01'),
      cut('B000000001', '2026-05-03'),
      cut('B000000002', '2026-05-02', 'up'),
      cut('B000000003', '2026-05-02'),
    ];
    expect(part('rival_cuts', { claims, comparison: comparison(2000, 1900, 2000, null) })).toEqual({
      name: 'rival_cuts',
      weight: 0.1,
      value: 0.5,
      evidence: { cuttingCompetitors: 1, competitors: 2 },
      because: ['competitor_change:B000000001:price:2026-05-01', 'competitor_change:B000000001:price:2026-05-03'],
    });
  });

  it('should not take for no cuts what is not known', () => {
    const abstentions = [{ key: 'competitor_change:B000000001', missing: 'needs 9 more days', until: null }];
    expect(part('rival_cuts', { abstentions, comparison: comparison(2000, 1900) })).toBeUndefined();
    expect(part('rival_cuts', { comparison: comparison(2000, 1900) })?.value).toBe(0);
  });

  it('should name the claims behind a part', () => {
    const claims = [claim('trend:bsr:90d'), claim('time_in_stock:30d'), claim('trend:rating:90d')];
    const known = analytics({
      timeInStock: time(0.9),
      trends: { bsr: trend('rising', 1), rating: trend('none', 0) },
    });
    expect(riskOf({ ...NOTHING, claims, analytics: known }).parts.map(({ name, because }) => [name, because])).toEqual([
      ['rank_decline', ['trend:bsr:90d']],
      ['stock', ['time_in_stock:30d']],
      ['rating_decline', []],
    ]);
  });

  it('should not be told of nothing, and say what each part needs', () => {
    const { score, parts, missing } = riskOf(NOTHING);
    expect([score, parts]).toEqual([null, []]);
    expect(Object.keys(missing)).toEqual([
      'stock',
      'rating_decline',
      'rank_decline',
      'undercut',
      'rival_cuts',
      'no_buy_box',
      'content',
    ]);
  });

  it('should be told of half of the weight, and of no less', () => {
    const two = { timeInStock: time(0.5), trends: { bsr: trend('rising', 1) } };
    expect(riskOf({ ...NOTHING, analytics: analytics(two) }).score).toBeNull();
    expect(riskOf({ ...NOTHING, analytics: analytics({ ...two, timeWithBuyBox: time(0.5) }) }).score).toBe(1);
  });

  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const known = fc.record({
    stock: share,
    buyBox: share,
    rating: fc.double({ min: -40, max: 0, noNaN: true }),
    bsr: fc.double({ min: 0, max: 50, noNaN: true }),
    rivals: fc.array(fc.nat(5000), { minLength: 1, maxLength: 8 }),
    quality: share,
  });
  const all = (of: typeof known extends fc.Arbitrary<infer T> ? T : never): RiskInputs => ({
    ...NOTHING,
    analytics: analytics({
      timeInStock: time(of.stock),
      timeWithBuyBox: time(of.buyBox),
      trends: { rating: trend('falling', of.rating), bsr: trend('rising', of.bsr) },
    }),
    comparison: comparison(2500, ...of.rivals),
    quality: { score: of.quality, checks: [] } satisfies ListingQuality,
  });

  it('should lie from 0 to 1, the same each time', () => {
    fc.assert(
      fc.property(known, (of) => {
        const { score, parts } = riskOf(all(of));
        for (const value of [score, ...parts.map((one) => one.value)]) {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(1);
        }
        expect(riskOf(all(of)).score).toBe(score);
      }),
    );
  });

  it('should not fall where anything gets worse', () => {
    fc.assert(
      fc.property(known, share, (of, less) => {
        const before = riskOf(all(of)).score ?? NaN;
        const worse: Partial<typeof of>[] = [
          { stock: of.stock * less },
          { buyBox: of.buyBox * less },
          { rating: of.rating - less },
          { bsr: of.bsr + less },
          { rivals: of.rivals.map((price) => Math.floor(price * less)) },
          { quality: of.quality * less },
        ];
        for (const change of worse) expect(riskOf(all({ ...of, ...change })).score).toBeGreaterThanOrEqual(before);
      }),
    );
  });
});
