import { ENOUGH_TIME_IN_STOCK } from '../advice/rules/stock';
import { Claim } from '../claims/claim';
import { Statement } from '../statement';
import { ToWrite } from '../wording/text';
import { Findings } from './insight-content';

/** What a text has room for; the rest is among the claims. */
const MOST = { what_happened: 8, why: 5, consider: 5 };

/** Claims by how much they matter to somebody who has a minute. */
const HAPPENED: readonly ((claim: Claim) => boolean)[] = [
  ({ kind }) => kind === 'no_offer',
  ({ kind, metric }) => kind === 'level_change' && metric === 'bsr',
  ({ kind, metric }) => kind === 'level_change' && metric === 'price',
  ({ kind, effect }) => kind === 'time_in_stock' && (effect?.value ?? 1) < ENOUGH_TIME_IN_STOCK,
  ({ kind }) => kind === 'position',
  ({ kind }) => kind === 'price_tier',
  ({ kind }) => kind === 'alert',
  ({ kind, key, metric }) => kind === 'trend' && metric !== 'review_count' && key.endsWith(':90d'),
  ({ kind }) => kind === 'competitor_change',
  ({ kind }) => kind === 'competitor_no_offer',
  ({ kind }) => kind === 'content_changed' || kind === 'seller_changed',
  ({ kind }) => kind === 'level_change',
  ({ kind, effect }) => kind === 'time_in_stock' && (effect?.value ?? 1) < 0.9995,
  ({ kind }) => kind === 'units',
  ({ kind, confidence }) => kind === 'forecast' && confidence !== 'low',
  ({ kind, metric }) => kind === 'trend' && metric !== 'review_count',
  // It only ever grows.
  ({ kind, key }) => kind === 'trend' && key.endsWith(':90d'),
];
/** What is sure; that some of a change is left over, or may be of something else too, is among the claims. */
const WHY: readonly ((claim: Claim) => boolean)[] = [
  ({ kind, metric, confidence }) => kind === 'cause' && metric === 'bsr' && confidence !== 'low',
  ({ kind, confidence }) => kind === 'unexplained' && confidence !== 'low',
  ({ kind }) => kind === 'coincidence',
  ({ kind }) => kind === 'price_and_rank',
  // By own sales the same once more.
  ({ kind, confidence }) => kind === 'cause' && confidence !== 'low',
];

/** The statements that a text is made of: what happened, why it probably did, and what to consider. */
export function toWrite({ claims, recommendations }: Pick<Findings, 'claims' | 'recommendations'>): ToWrite {
  const statements: Record<keyof typeof MOST, Statement[]> = {
    what_happened: chosen(claims, HAPPENED, MOST.what_happened),
    why: chosen(claims, WHY, MOST.why),
    consider: recommendations.slice(0, MOST.consider),
  };
  return {
    sections: (['what_happened', 'why', 'consider'] as const).map((name) => ({ name, statements: statements[name] })),
  };
}

/** In the order of the rules; of one rule the latest first, as claims have them. */
function chosen(claims: readonly Claim[], rules: readonly ((claim: Claim) => boolean)[], most: number): Claim[] {
  const found = new Set(rules.flatMap((rule) => claims.filter(rule)));
  return [...found].slice(0, most);
}
