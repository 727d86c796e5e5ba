import { Marketplace } from '../common/marketplace';
import { Metric } from '../common/metric';
import type { SourceName } from '../common/source-name';

export { SOURCE_IDS, type SourceName } from '../common/source-name';

/** How a check of one listing ended (DATA.md). Only `ok` and `no_offer` carry a reading. */
export type CheckResult =
  'ok' | 'no_offer' | 'gone' | 'blocked' | 'unparseable' | 'rate_limited' | 'timeout' | 'upstream_error';
export type ReadingResult = 'ok' | 'no_offer';
export type FailureResult = Exclude<CheckResult, ReadingResult>;

/**
 * What one source saw of one listing at one time.
 * `values`: integers as in common/metric.ts. A missing key means the source does not know; null means known to be absent.
 * `facts`: descriptive text. A missing key means not told.
 */
export interface Reading {
  asin: string;
  marketplace: Marketplace;
  source: SourceName;
  /** ISO 4217, where the source names it: a reading in another currency than the marketplace's is refused. */
  currency?: string;
  /** When the numbers were true at the source, which may be earlier than when we asked. */
  observedAt: Date;
  values: Partial<Record<Metric, number | null>>;
  facts: ListingFacts;
}

export type Availability = 'in_stock' | 'out_of_stock' | 'unknown';

interface ListingFacts {
  title?: string;
  brand?: string;
  /** Root to leaf. */
  categoryPath?: string[];
  imageUrl?: string;
  /** How many pictures of the listing the source shows. */
  imageCount?: number;
  bullets?: string[];
  parentAsin?: string | null;
  /** Name or id of the category in which `bsr` counts, and the same for `bsr_sub`. */
  bsrCategory?: string | null;
  bsrSubCategory?: string | null;
  buyBoxSellerId?: string | null;
  availability?: Availability;
}

/** `detail` is for a person to read: why a check failed, or why a good one has no price. */
export type FetchOutcome =
  | { asin: string; result: ReadingResult; reading: Reading; detail?: string }
  | { asin: string; result: FailureResult; detail: string };

/** One change point: `[minute, value, until]`; the value is known to have held from `minute` to `until`, both inclusive. */
export type HistoryPoint = readonly [minute: number, value: number | null, until: number];

export interface HistorySeries {
  metric: Metric;
  /** Ascending by minute, each minute once. */
  points: HistoryPoint[];
}

/** A fetch that brought the listing's past along. `series` is empty when the result is a failure. */
export interface HistoryOutcome {
  outcome: FetchOutcome;
  series: HistorySeries[];
}

/**
 * Ways in which sources know of rivals. `search`: by words. The others start from the listing itself: `finder` looks for what
 * is in its category at about its price, `bought-together` is what shoppers put into the cart with it, `similar-items` is
 * the marketplace's own list of what competes with it.
 */
export const RIVAL_WAYS = ['search', 'finder', 'similar-items', 'bought-together'] as const;
export type RivalWay = (typeof RIVAL_WAYS)[number];
export type RelatedWay = Exclude<RivalWay, 'search'>;

export interface SearchQuery {
  marketplace: Marketplace;
  terms: string;
  limit: number;
}

export interface RelatedQuery {
  marketplace: Marketplace;
  asin: string;
  limit: number;
}

/** A listing that a source named. Texts are plain and at most HIT_TEXT characters long; null means that it was not told. */
export interface SearchHit {
  asin: string;
  title: string | null;
  brand: string | null;
  /** Root to leaf. */
  categoryPath: string[] | null;
  parentAsin: string | null;
  imageUrl: string | null;
}

export const HIT_TEXT = 1000;

interface SourceCapabilities {
  history: boolean;
  search: boolean;
  related: readonly RelatedWay[];
}

/**
 * The port every source of readings speaks.
 * A fault of one listing is its outcome; a fault of the whole call (key, budget, network) is a thrown SourceError.
 */
export interface MarketplaceData {
  readonly name: SourceName;
  readonly capabilities: SourceCapabilities;
  /** Most listings one `fetch` takes, and one `history`. */
  readonly batchSize: number;
  readonly historyBatchSize: number;
  /** Whether this source can be asked about the listing at all. */
  covers(marketplace: Marketplace, asin: string): boolean;
  /** What `cost` counts: `token`, `credit`, `request`. */
  readonly unit: string;
  /** Budget units a call for so many listings costs at most; 0 where calls are free. */
  cost(listings: number, withHistory: boolean): number;
  /** One outcome per ASIN asked, in no particular order. All listings are of one marketplace. */
  fetch(marketplace: Marketplace, asins: string[]): Promise<FetchOutcome[]>;
  /** As `fetch`, with everything the source still knows of the past. Only where `capabilities.history`. */
  history(marketplace: Marketplace, asins: string[]): Promise<HistoryOutcome[]>;
  /** Budget units that looking for so many rivals in this way costs at most. */
  rivalCost(way: RivalWay, limit: number): number;
  /** Only where `capabilities.search`. @throws SourceError `unsupported` where the account may not, which is not "nothing found" */
  search(query: SearchQuery): Promise<SearchHit[]>;
  /** Rivals of one listing, without it. Only ways of `capabilities.related`. @throws SourceError as `search` */
  related(way: RelatedWay, query: RelatedQuery): Promise<SearchHit[]>;
}
