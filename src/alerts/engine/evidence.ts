import { Metric } from '../../common/metric';
import { CheckResult, SourceName } from '../../marketplace-data/marketplace-data';
import { ListingChange } from '../../price-history/listing-changes.service';
import { Condition, EventKind } from '../rules/condition';

/** Prices of rivals are series of their own, beside those of the listing. */
export type RivalSeries = `rival:${number}:${'price' | 'buy_box_price'}`;
type OutageSeries = `source_failing:${number}`;

/** What conditions look at: the listing's metrics, its rivals' prices, what happens to it, and whether it can be read. */
export type SeriesName = Metric | RivalSeries | EventKind | OutageSeries;

/** A listing that an alert names. */
export interface NamedListing {
  asin: string;
  title: string | null;
}

/** A text or seller that changed. Null: there was, or is, none. */
export interface ContentChange {
  field: ListingChange['field'];
  before: ListingChange['before'];
  after: ListingChange['after'];
}

/** What there is to say of a point beside its number. */
interface PointDetail {
  /** Of a rival's price: whose and of which metric it is, and when it was first read. */
  rival?: NamedListing & { metric: Metric; since: number };
  /** Rivals that were found, the most similar first. */
  found?: readonly (NamedListing & { similarity: number | null })[];
  changes?: readonly ContentChange[];
  /** Why checks fail: the first failure after the last good check, and when that was. */
  failure?: { result: CheckResult; detail: string | null; since: number };
  /** Where it is from, for what is of no metric. */
  sources?: readonly SourceName[];
}

/** A change point, with when it became known. Times in minutes since 1970. */
export interface StoredPoint {
  series: SeriesName;
  minute: number;
  /** Null: known to be absent. Of what happens: how many, null where something else happened. Of an outage: hours without a good reading, null once it is over. */
  value: number | null;
  until: number;
  recorded: number;
  /** Not in force any more when it became known: a newer one of its series was known by then, as where a past is taken in at once. */
  isSuperseded?: boolean;
  /** When it was, in minutes with their fraction, for what counts from the minute after it on. */
  exactly?: number;
  detail?: PointDetail;
}

/** The readings that one condition compared. */
export interface Evidence {
  condition: Condition;
  /** Null for what happens, which is no number of a metric. */
  metric: Metric | null;
  value: number | null;
  /** When the value was first read. */
  at: number;
  /** What it was compared with; null for what is not compared. */
  baseline: number | null;
  baselineAt: number | null;
  detail?: PointDetail;
}

/** By series, the minute of the last point that a rule looked at. */
export type Seen = Partial<Record<SeriesName, number>>;
