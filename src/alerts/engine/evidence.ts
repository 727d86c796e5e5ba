import { Metric } from '../../common/metric';
import { Condition } from '../rules/condition';

/** A change point of the shared feed, with when it became known. Times in minutes since 1970. */
export interface StoredPoint {
  metric: Metric;
  minute: number;
  /** Null: known to be absent. */
  value: number | null;
  until: number;
  recorded: number;
}

/** The readings that one condition compared. */
export interface Evidence {
  condition: Condition;
  value: number | null;
  /** When the value was first read. */
  at: number;
  /** What it was compared with; null for what is not compared. */
  baseline: number | null;
  baselineAt: number | null;
}
