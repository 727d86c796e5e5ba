import { Evidence, EvidenceItem, SELLER_FIELD, SELLERS_KEY, seriesKey } from '../evidence/evidence';
import { ownBuyBox } from './own-buy-box';

const ASIN = 'B000000001';
const DAY = 1440;

function evidence(
  segments: [number, number, number | null][],
  changes: [day: number, before: string | null, after: string | null][],
  trackedSince = 0,
): Evidence {
  const items: [string, EvidenceItem][] = [
    [SELLERS_KEY, { type: 'sellers', own: ['MINE', 'ALSO'], trackedSince }],
    [
      seriesKey(ASIN, 'buy_box_price'),
      { type: 'series', asin: ASIN, metric: 'buy_box_price', sources: ['keepa'], segments },
    ],
    ...changes.map(([day, before, after], place): [string, EvidenceItem] => {
      const [observedMinute, recordedMinute] = [day * DAY, day * DAY];
      const change = { field: SELLER_FIELD, before, after, observedMinute, recordedMinute, source: 'keepa' } as const;
      return [`change:${String(place)}`, { type: 'change', asin: ASIN, change }];
    }),
  ];
  return { productId: 'P', asin: ASIN, marketplace: 'US', at: 10 * DAY, items: Object.fromEntries(items) };
}

describe('ownBuyBox', () => {
  it('should be the share of the day in which an own seller held it', () => {
    const changes: [number, string | null, string | null][] = [
      [1.5, 'MINE', 'OTHER'],
      [3.25, 'OTHER', 'ALSO'],
    ];
    expect(ownBuyBox(evidence([[0, 5 * DAY, 2000]], changes), 0, 6)).toEqual([1, 0.5, 0, 0.75, 1, null]);
  });

  it('should be none while nobody held it, and not known where the buy box is not', () => {
    const held: [number, number, number | null][] = [
      [0, DAY, 2000],
      [2 * DAY, 3 * DAY, null],
      [3 * DAY, 4 * DAY, 2000],
    ];
    expect(ownBuyBox(evidence(held, [[3.5, 'MINE', 'OTHER']]), 0, 4)).toEqual([1, null, 0, 0.5]);
  });

  it('should not be known before the product was tracked', () => {
    expect(ownBuyBox(evidence([[0, 4 * DAY, 2000]], [[3, 'MINE', null]], 2 * DAY), 0, 4)).toEqual([null, null, 1, 0]);
  });

  it('should be nothing without a change of the seller, or without own sellers', () => {
    expect(ownBuyBox(evidence([[0, DAY, 2000]], []), 0, 1)).toBeNull();
    const { items, ...rest } = evidence([[0, DAY, 2000]], [[0.5, 'MINE', 'OTHER']]);
    const others = Object.entries(items).filter(([key]) => key !== SELLERS_KEY);
    expect(ownBuyBox({ ...rest, items: Object.fromEntries(others) }, 0, 1)).toBeNull();
  });
});
