import { createHash } from 'node:crypto';
import { Marketplace } from '../../common/marketplace';
import { Metric, METRIC_NAMES } from '../../common/metric';
import { SourceName } from '../../marketplace-data/marketplace-data';
import { CompetitiveAnalysisView } from '../../competitors/dto/analysis.view';
import { UserSalesModels } from '../../analytics/sales/sales-estimates.service';
import { ListingChange } from '../../price-history/listing-changes.service';
import { KnownHistory } from '../../price-history/price-history.service';

/** What was read of one metric of one listing: from minute, to minute, value (null: known to be absent). */
export interface SeriesEvidence {
  type: 'series';
  asin: string;
  metric: Metric;
  sources: SourceName[];
  segments: [start: number, end: number, value: number | null][];
}

/** A listing's texts, as a source last told them. */
interface ListingEvidence {
  type: 'listing';
  asin: string;
  title: string | null;
  brand: string | null;
  bullets: string[] | null;
  imageCount: number | null;
  categoryPath: string[] | null;
  bsrCategory: string | null;
  bsrSubCategory: string | null;
  source: SourceName | null;
}

/** The last comparison with all competitors. */
interface ComparisonEvidence {
  type: 'comparison';
  analysis: CompetitiveAnalysisView;
}

/** Curves of own sales. */
interface SalesEvidence {
  type: 'sales';
  models: UserSalesModels['models'];
  own: UserSalesModels['own'];
}

/** An alert as it was raised. */
interface AlertEvidence {
  type: 'alert';
  alertId: string;
  occurredAt: string;
  severity: string;
  rule: string | null;
  message: string;
  simulated: boolean;
}

/** What of a listing changed beside its numbers, as one source told it before and then. */
export interface ChangeEvidence {
  type: 'change';
  asin: string;
  change: ListingChange;
}

/** Seller ids of the user in the marketplace, as they say. */
interface SellersEvidence {
  type: 'sellers';
  own: string[];
  /** Minute from which the product is tracked. */
  trackedSince: number;
}

export type EvidenceItem =
  | SellersEvidence
  | ChangeEvidence
  | SeriesEvidence
  | ListingEvidence
  | ComparisonEvidence
  | SalesEvidence
  | AlertEvidence;

/** Everything that an insight rests on, as it was then. Its claims follow from this and from nothing else. */
export interface Evidence {
  productId: string;
  asin: string;
  marketplace: Marketplace;
  /** Minute up to which it was read. */
  at: number;
  items: Record<string, EvidenceItem>;
}

export const seriesKey = (asin: string, metric: Metric) => `series:${asin}:${metric}`;
export const listingKey = (asin: string) => `listing:${asin}`;
export const COMPARISON_KEY = 'comparison';
export const SALES_KEY = 'sales';
export const SELLERS_KEY = 'sellers';
export const SELLER_FIELD = 'buy_box_seller_id';

/** Of one listing, as price history tells it. */
export function historyOf(
  { items, marketplace }: Evidence,
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

/** Seller ids of the user; empty where they have named none. */
export function ownSellersOf({ items }: Evidence): ReadonlySet<string> {
  const item = items[SELLERS_KEY];
  return new Set(item?.type === 'sellers' ? item.own : []);
}

/** ASINs of the confirmed competitors of which anything is there. */
export function rivalsOf({ items, asin }: Evidence): string[] {
  const told = Object.values(items).flatMap((item) =>
    item.type === 'listing' || item.type === 'series' ? [item.asin] : [],
  );
  return [...new Set(told)].filter((one) => one !== asin);
}

/** All items of a type, with their keys. */
export function entriesOf<Type extends EvidenceItem['type']>(
  { items }: Evidence,
  type: Type,
): [key: string, item: Extract<EvidenceItem, { type: Type }>][] {
  return Object.entries(items).filter(
    (entry): entry is [string, Extract<EvidenceItem, { type: Type }>] => entry[1].type === type,
  );
}

/** Only what a claim names. */
export function restrict(evidence: Evidence, keys: readonly string[]): Evidence {
  return {
    ...evidence,
    items: Object.fromEntries(Object.entries(evidence.items).filter(([key]) => keys.includes(key))),
  };
}

/** SHA-256 over the items, by key. @throws Error on a key that is not there: a fault of ours */
export function hashOf({ items }: Evidence, keys: readonly string[]): string {
  const hash = createHash('sha256');
  for (const key of [...keys].sort()) {
    const item = items[key];
    if (!item) throw new Error(`no evidence ${key}`);
    hash.update(JSON.stringify([key, item]));
  }
  return hash.digest('hex');
}

export function isSimulated(item: EvidenceItem): boolean {
  switch (item.type) {
    case 'series':
      return item.sources.includes('sandbox');
    case 'change':
      return item.change.source === 'sandbox';
    case 'listing':
      return item.source === 'sandbox';
    case 'comparison':
      return item.analysis.simulated;
    case 'sales':
      return item.models.some(({ simulated }) => simulated);
    case 'sellers':
      return false;
    case 'alert':
      return item.simulated;
  }
}
