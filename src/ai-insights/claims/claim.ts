import { Statement } from '../statement';

/**
 * What can be claimed. From analytics: `level_change`, `trend`, `weekday_pattern`, `price_and_rank`, `time_in_stock`, `no_offer`,
 * `forecast`, `units`, `units_forecast`. From competitors: `position`, `price_tier`, `standing`, `undercut`,
 * `competitor_change`, `competitor_no_offer`. From alerts: `alert`. From listings: `content_changed`, `seller_changed`. From attribution: `cause`,
 * `unexplained`, `coincidence`.
 */
export type ClaimKind =
  | 'level_change'
  | 'trend'
  | 'weekday_pattern'
  | 'price_and_rank'
  | 'time_in_stock'
  | 'no_offer'
  | 'forecast'
  | 'units'
  | 'units_forecast'
  | 'position'
  | 'price_tier'
  | 'standing'
  | 'undercut'
  | 'competitor_change'
  | 'competitor_no_offer'
  | 'alert'
  | 'content_changed'
  | 'seller_changed'
  | 'cause'
  | 'unexplained'
  | 'coincidence';

/**
 * `measured`: read as it is, nothing inferred. Else by how seldom noise alone shows as much: `high` at most 1 %, `medium` at most 5 %,
 * `low` more, or not known.
 */
export type Confidence = 'measured' | 'high' | 'medium' | 'low';

/** A statement that rests on readings. */
export interface Claim extends Statement {
  kind: ClaimKind;
  /** What it is about: a metric (`bsr`), a measure of comparisons (`itemPrice`), `units`, `own_seller`, or null. */
  metric: string | null;
  /** First and last day (UTC) that it rests on; null where it rests on one moment. */
  window: { from: string; to: string } | null;
  /** Observations: known days, listings compared, or readings. */
  n: number | null;
  /** The size of what is claimed, in `unit` with `scale` decimals, with its interval of the level told where there is one. */
  effect: {
    value: number;
    unit: string;
    scale: number;
    lower: number | null;
    upper: number | null;
    level: number | null;
  } | null;
  /** By which it was found, with its source. */
  method: string;
  confidence: Confidence;
  /** How often noise alone makes such a claim, at most; null where nothing is inferred or it is not known. */
  errorRate: number | null;
  /** Keys of the evidence that it rests on, and of that the SHA-256. */
  evidence: string[];
  hash: string;
  /** Some of the evidence is of the sandbox. */
  simulated: boolean;
}

/** What cannot be claimed yet, and why. */
export interface Abstention {
  /** @example "trend:bsr" */
  key: string;
  /** @example "needs 9 more days of BSR" */
  missing: string;
  /** Day (UTC) from which it may be said at the earliest, if each day until then is known; null where days alone will not do. */
  until: string | null;
}
