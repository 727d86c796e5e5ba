import { Reading } from '../marketplace-data/marketplace-data';
import { refusalOf } from './plausibility';

const NOW = new Date('2026-11-24T12:00:00Z');
const good: Reading = {
  asin: 'B000000001',
  marketplace: 'DE',
  source: 'firecrawl',
  currency: 'EUR',
  observedAt: NOW,
  values: { price: 1599, rating: 45, bsr: 1, stock: 0, buy_box_shipping: 0, list_price: null },
  facts: {},
};
const refusal = (change: Partial<Reading>) => refusalOf({ ...good, ...change }, 'B000000001', 'DE', NOW);

describe('refusalOf', () => {
  it('should let a possible reading through', () => {
    expect(refusal({})).toBeUndefined();
  });

  it.each<[why: string, change: Partial<Reading>, reason: string]>([
    ['another listing', { asin: 'B000000002' }, 'the answer is about another listing'],
    ['another marketplace', { marketplace: 'FR' }, 'the answer is about another listing'],
    ['another currency', { currency: 'USD' }, 'the answer is in another currency than EUR'],
    ['a negative price', { values: { price: -1 } }, 'the answer has an impossible price'],
    ['a fraction', { values: { price: 15.99 } }, 'the answer has an impossible price'],
    ['no number', { values: { price: NaN } }, 'the answer has an impossible price'],
    [
      'more than the database holds',
      { values: { review_count: 2_147_483_648 } },
      'the answer has an impossible review_count',
    ],
    ['rank nought', { values: { bsr: 0 } }, 'the answer has an impossible bsr'],
    ['six stars', { values: { rating: 60 } }, 'the answer has an impossible rating'],
    ['no time', { observedAt: new Date(NaN) }, 'the answer is of no possible time'],
    ['the future', { observedAt: new Date('2026-11-25T12:00:00Z') }, 'the answer is of no possible time'],
  ])('should refuse %s', (_, change, reason) => {
    expect(refusal(change)).toBe(reason);
  });
});
