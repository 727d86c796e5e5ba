import { setImmediate } from 'node:timers/promises';
import { Metric } from '../../common/metric';
import { Evidence, hashOf, isSimulated } from '../evidence/evidence';
import { render } from '../statement';
import { Claim } from './claim';

const DAY_MINUTES = 1440;

/** A claim before its sentence is written and its evidence sealed. */
export type Draft = Omit<Claim, 'text' | 'hash' | 'simulated'>;

/** Of the same evidence the hash is made once, and others get their turn before each. */
export async function makeClaims(drafts: readonly Draft[], evidence: Evidence): Promise<Claim[]> {
  const hashes = new Map<string, string>();
  const claims: Claim[] = [];
  for (const draft of drafts) {
    const named = draft.evidence.join('\n');
    let hash = hashes.get(named);
    if (hash === undefined) {
      await setImmediate();
      hash = hashOf(evidence, draft.evidence);
      hashes.set(named, hash);
    }
    claims.push({
      ...draft,
      text: render(draft.template, draft.values),
      hash,
      simulated: draft.evidence.some((key) => {
        const item = evidence.items[key];
        return item !== undefined && isSimulated(item);
      }),
    });
  }
  return claims;
}

/** Of days that are over, the first on which so many more are. */
export function dayAfter({ at }: Pick<Evidence, 'at'>, days: number | null): string | null {
  if (days === null) return null;
  const today = Math.floor(at / DAY_MINUTES);
  return new Date((today + days) * DAY_MINUTES * 60_000).toISOString().slice(0, 10);
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

/** Of each kind of claim the method, with its source. The methods themselves are in analytics. */
export const METHODS = {
  level:
    'change points by generalised least squares for a level shift in an AR(1) process (Tsay 1988), several by binary segmentation; of ranks the means are of their logarithms',
  trend: 'Theil-Sen slope with the Mann-Kendall test at the effective sample size (Sen 1968; Yue and Wang 2004)',
  weekday: 'effects of weekdays against the week, tested at 5 % for all of them',
  coMovement: 'Spearman correlation of daily changes at a lag of 0 to 3 days, at the effective sample size',
  share: 'time with a value over the time that is known',
  forecast: 'mean of the methods that past forecasts of this series fared best with, intervals from their errors',
  units: 'power law from rank to units, fitted to own sales of the category',
};
