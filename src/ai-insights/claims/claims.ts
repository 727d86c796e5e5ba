import { Marketplace } from '../../common/marketplace';
import { Metric, METRIC_NAMES } from '../../common/metric';
import { ProductAnalysisView } from '../../analytics/product/dto/product-analytics.view';
import { analyzeProduct, ANALYZED_METRICS } from '../../analytics/product/product-analysis';
import { UserSalesModels } from '../../analytics/sales/sales-estimates.service';
import { KnownHistory } from '../../price-history/price-history.service';
import {
  AlertEvidence,
  COMPARISON_KEY,
  Evidence,
  EvidenceItem,
  listingKey,
  SALES_KEY,
  seriesKey,
} from '../evidence/evidence';
import { alertClaims } from './alert-claims';
import { analyticsClaims } from './analytics-claims';
import { Abstention, Claim } from './claim';
import { competitorClaims } from './competitor-claims';
import { Draft, makeClaim } from './make-claim';

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
  const analysis = await analyzeProduct({
    productId: evidence.productId,
    history: historyOf(evidence, evidence.asin, ANALYZED_METRICS),
    bsrCategory: itemOf(evidence, listingKey(evidence.asin), 'listing')?.bsrCategory ?? null,
    statistics: [],
    sales: salesOf(evidence),
    at: evidence.at,
  });
  const comparison = itemOf(evidence, COMPARISON_KEY, 'comparison')?.analysis ?? null;
  const alerts = Object.entries(evidence.items).filter(
    (entry): entry is [string, AlertEvidence] => entry[1].type === 'alert',
  );
  const drafts: Draft[] = [
    ...withoutOffer(evidence),
    ...analyticsClaims(analysis),
    ...(comparison ? competitorClaims(comparison) : []),
    ...alertClaims(alerts),
  ];
  return {
    claims: drafts.map((draft) => makeClaim(draft, evidence)),
    abstentions: [
      ...Object.entries(analysis.missing).map(([key, missing]) => ({ key, missing })),
      ...(comparison
        ? comparison.position.missing.map((missing) => ({ key: 'position', missing }))
        : [{ key: 'position', missing: 'needs a confirmed competitor to compare with' }]),
    ],
    analysis,
  };
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

/** Of one listing, as price history tells it. */
export function historyOf(
  { items, marketplace }: { items: Evidence['items']; marketplace: Marketplace },
  asin: string,
  metrics: readonly Metric[] = METRIC_NAMES,
): KnownHistory {
  const series: KnownHistory['series'] = new Map();
  for (const metric of metrics) {
    const item = items[seriesKey(asin, metric)];
    if (item?.type !== 'series') continue;
    const segments = item.segments.map(([start, end, value]) => ({ start, end, value }));
    series.set(metric, { segments, sources: item.sources });
  }
  return { asin, marketplace, source: null, intervalMinutes: null, version: '', series };
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
