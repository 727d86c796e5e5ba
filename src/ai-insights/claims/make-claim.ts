import { Metric } from '../../common/metric';
import { Evidence, hashOf, isSimulated } from '../evidence/evidence';
import { render } from '../statement';
import { Claim } from './claim';

/** A claim before its sentence is written and its evidence sealed. */
export type Draft = Omit<Claim, 'text' | 'hash' | 'simulated'>;

export function makeClaim(draft: Draft, evidence: Evidence): Claim {
  return {
    ...draft,
    text: render(draft.template, draft.values),
    hash: hashOf(evidence, draft.evidence),
    simulated: draft.evidence.some((key) => {
      const item = evidence.items[key];
      return item !== undefined && isSimulated(item);
    }),
  };
}

/** How a metric is called within a sentence. */
export const WORDS: Readonly<Record<Metric, string>> = {
  price: 'price',
  buy_box_price: 'buy box price',
  list_price: 'list price',
  bsr: 'Best Sellers Rank',
  bsr_sub: 'sub-category rank',
  rating: 'rating',
  review_count: 'number of ratings',
  offer_count: 'number of offers',
  stock: 'stock',
  amazon_price: 'price of Amazon’s own offer',
  used_price: 'used price',
  buy_box_shipping: 'shipping of the buy box',
  monthly_sold: 'number bought in the past month',
  coupon: 'coupon',
};
