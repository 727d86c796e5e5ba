import { ComparisonResult, StandingView } from '../../competitors/dto/analysis.view';
import { ProductAnalysisView, TrendView } from '../product/dto/product-analytics.view';
import { opportunityOf } from './opportunity';

const standing = (own: number, medianOfCompetitors: number): StandingView => ({
  place: 1,
  of: 3,
  unit: 'count',
  scale: 0,
  own,
  medianOfCompetitors,
  index: own / medianOfCompetitors,
  leaders: [],
  since: null,
  atLeast: false,
});
const content = (bullets: number | null, images: number | null) => ({ titleLength: 50, bullets, images });

function comparison(
  standings: Record<string, StandingView | null>,
  competitors: { content?: ReturnType<typeof content>; missing?: Record<string, string>; hasPrice?: boolean }[] = [],
  own = content(null, null),
): ComparisonResult {
  return {
    own: { content: own },
    competitors: competitors.map((one) => ({
      content: one.content ?? content(null, null),
      missing: one.missing ?? {},
      figures: one.hasPrice ? { itemPrice: {} } : {},
    })),
    standings,
  } as unknown as ComparisonResult;
}
function analytics(bsr: Partial<TrendView> | null, timeInStock: number | null) {
  return {
    trends: bsr ? { bsr: [{ days: 90, ...bsr }] } : {},
    timeInStock: [{ days: 30, share: timeInStock, known: 1, unknown: 0 }],
  } as unknown as Pick<ProductAnalysisView, 'trends' | 'timeInStock'>;
}
const valueOf = (name: string, inputs: Parameters<typeof opportunityOf>[0]) =>
  opportunityOf(inputs).parts.find((part) => part.name === name)?.value;

describe('an opportunity', () => {
  it.each([
    [0.9, 4.5, 4.4, 0.5],
    [0.7, 4.5, 4.4, 1],
    [1.2, 4.5, 4.4, 0],
    [0.9, 4.2, 4.4, 0],
    [0.9, 4.36, 4.4, 0.5],
  ])('should see room for the price at an index of %d where ratings are %d and %d', (index, own, others, value) => {
    const standings = { itemPrice: standing(index * 1000, 1000), rating: standing(own, others) };
    expect(valueOf('raise_price', { comparison: comparison(standings), analytics: null })).toBeCloseTo(value, 3);
  });

  it('should count competitors without an offer among those of which it is known', () => {
    const competitors = [
      { missing: { itemPrice: 'none' } },
      { hasPrice: true },
      { hasPrice: true },
      { missing: { itemPrice: 'stale' } },
    ];
    expect(opportunityOf({ comparison: comparison({}, competitors), analytics: null }).parts).toEqual([
      {
        name: 'rivals_out_of_stock',
        value: 0.333,
        weight: 0.2,
        evidence: { outOfStock: 1, known: 3 },
        from: 'competitive_analysis',
      },
    ]);
  });

  it.each([
    ['falling', -0.25, 0.5],
    ['none', -0.25, 0],
    ['rising', 0.4, 0],
  ] as const)('should take a rank that is %s for demand', (direction, change, value) => {
    expect(valueOf('rising_demand', { comparison: null, analytics: analytics({ direction, change }, null) })).toBe(
      value,
    );
  });

  it('should weigh what is known, and say of the rest what is missing', () => {
    const found = opportunityOf({
      comparison: comparison({ rating: standing(4, 4.5) }, [{ content: content(6, null) }], content(3, 5)),
      analytics: analytics({ direction: 'falling', change: -0.5 }, 0.75),
    });
    expect(found.parts.map(({ name, value }) => [name, value])).toEqual([
      ['rising_demand', 1],
      ['stay_in_stock', 0.5],
      ['improve_rating', 0.5],
      ['improve_content', 0.5],
    ]);
    expect(found.score).toBeCloseTo((0.2 + 0.075 + 0.05 + 0.05) / 0.55, 3);
    expect(Object.keys(found.missing)).toEqual(['raise_price', 'rivals_out_of_stock']);
  });

  it('should make no score of less than half, and no part of nothing', () => {
    const half = opportunityOf({ comparison: null, analytics: analytics({ direction: 'falling', change: -1 }, 0) });
    expect([half.score, half.parts.length]).toEqual([null, 2]);
    const nothing = opportunityOf({ comparison: null, analytics: null });
    expect([nothing.score, nothing.parts, Object.keys(nothing.missing).length]).toEqual([null, [], 6]);
    const unknown = opportunityOf({
      comparison: comparison({ rating: null, itemPrice: null }),
      analytics: analytics(null, null),
    });
    expect(unknown.parts).toEqual([]);
  });
});
