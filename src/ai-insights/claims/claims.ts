import { Metric } from '../../common/metric';
import { ProductAnalysisView } from '../../analytics/product/dto/product-analytics.view';
import { analyzeProduct, ANALYZED_METRICS } from '../../analytics/product/product-analysis';
import { UserSalesModels } from '../../analytics/sales/sales-estimates.service';
import {
  COMPARISON_KEY,
  Evidence,
  EvidenceItem,
  historyOf,
  listingKey,
  SALES_KEY,
  seriesKey,
} from '../evidence/evidence';
import { CompetitiveAnalysisView } from '../../competitors/dto/analysis.view';
import { alertClaims } from './alert-claims';
import { analyticsClaims } from './analytics-claims';
import { attributionClaims } from './attribution-claims';
import { changeClaims } from './change-claims';
import { Abstention, Claim } from './claim';
import { competitorClaims } from './competitor-claims';
import { dayAfter, Draft, makeClaims } from './make-claim';
import { rivalClaims } from './rival-claims';

export interface Claims {
  claims: Claim[];
  abstentions: Abstention[];
  /** The analysis of the product's own series that they were made from. */
  analysis: ProductAnalysisView;
}

/**
 * Everything that can be claimed from the evidence, and what cannot be claimed yet. A pure function: from the part of the evidence that a claim
 * names the same claim follows, which is how it is checked.
 */
export async function claimsOf(evidence: Evidence): Promise<Claims> {
  const analysis = await analysisOf(evidence);
  const comparison = comparisonOf(evidence);
  const rivals = await rivalClaims(evidence);
  const causes = await attributionClaims(evidence, analysis.changePoints['bsr'] ?? [], salesOf(evidence));
  const drafts: Draft[] = [
    ...withoutOffer(evidence),
    ...analyticsClaims(analysis, (metric) => lastOf(evidence, metric)),
    ...causes.drafts,
    ...(comparison ? competitorClaims(comparison) : []),
    ...rivals.drafts,
    ...changeClaims(evidence),
    ...alertClaims(evidence),
  ];
  return {
    claims: await makeClaims(drafts, evidence),
    abstentions: [
      ...Object.entries(analysis.missing).map(([part, missing]) => ({
        key: claimKey(part),
        missing,
        until: dayAfter(evidence, analysis.missingDays[part] ?? null),
      })),
      ...causes.abstentions,
      ...rivals.abstentions,
      ...(comparison
        ? comparison.position.missing.map(positionMissing)
        : [{ key: 'position', missing: 'needs a confirmed competitor to compare with', until: null }]),
    ],
    analysis,
  };
}

/** Of the product's own series, without windowed statistics. */
export function analysisOf(evidence: Evidence): Promise<ProductAnalysisView> {
  return analyzeProduct({
    productId: evidence.productId,
    history: historyOf(evidence, evidence.asin, ANALYZED_METRICS),
    bsrCategory: itemOf(evidence, listingKey(evidence.asin), 'listing')?.bsrCategory ?? null,
    statistics: [],
    sales: salesOf(evidence),
    at: evidence.at,
  });
}

/** Parts of an analysis, and the claims that are made of them. */
const PARTS: Readonly<Record<string, string>> = {
  trends: 'trend',
  changePoints: 'level_change',
  weekdays: 'weekday_pattern',
  priceAndRank: 'price_and_rank',
  forecasts: 'forecast',
  unitsForecast: 'units_forecast',
};

/** @example "priceTier: needs a price" is of the claim `price_tier` */
function positionMissing(told: string): Abstention {
  const [part = '', ...missing] = told.split(': ');
  return { key: part === 'priceTier' ? 'price_tier' : 'position', missing: missing.join(': '), until: null };
}

/** @example "trends.bsr" is "trend:bsr" */
function claimKey(part: string): string {
  const [name = '', metric] = part.split('.');
  return [PARTS[name] ?? name, ...(metric === undefined ? [] : [metric])].join(':');
}

export function comparisonOf(evidence: Evidence): CompetitiveAnalysisView | null {
  return itemOf(evidence, COMPARISON_KEY, 'comparison')?.analysis ?? null;
}

/** Of the product's own, the last reading that found a value. */
function lastOf(evidence: Evidence, metric: Metric): number | null {
  const segments = itemOf(evidence, seriesKey(evidence.asin, metric), 'series')?.segments ?? [];
  return segments.findLast(([, , value]) => value !== null)?.[2] ?? null;
}

/** Whether the last reading of the price found none. */
function withoutOffer(evidence: Evidence): Draft[] {
  const key = seriesKey(evidence.asin, 'price');
  const last = itemOf(evidence, key, 'series')?.segments.at(-1);
  if (!last || last[2] !== null) return [];
  return [
    {
      key: 'no_offer',
      kind: 'no_offer',
      metric: 'price',
      template: 'There has been no offer of a new item since {since}.',
      values: { since: { type: 'date', value: new Date(last[0] * 60_000).toISOString().slice(0, 10) } },
      direction: null,
      window: null,
      n: null,
      effect: null,
      method: 'the last reading of the price',
      confidence: 'measured',
      errorRate: null,
      evidence: [key],
    },
  ];
}

function salesOf(evidence: Evidence): UserSalesModels {
  const sales = itemOf(evidence, SALES_KEY, 'sales');
  // From JSON times come as text.
  const models = sales?.models.map((model) => ({ ...model, fittedAt: new Date(model.fittedAt) }));
  return new UserSalesModels(models ?? [], sales?.own ?? []);
}

function itemOf<Type extends EvidenceItem['type']>(
  { items }: Evidence,
  key: string,
  type: Type,
): Extract<EvidenceItem, { type: Type }> | undefined {
  const item = items[key];
  return item?.type === type ? (item as Extract<EvidenceItem, { type: Type }>) : undefined;
}
