import { Metric } from '../../common/metric';

/** What a new value is compared with: the reading before it, the value so many hours ago, or the median of the last 30 days. */
export type Baseline = 'previous' | 'hours_ago' | 'median_30d';

/** A series moved away from its baseline, by so many percent or so much. */
export interface MoveCondition {
  kind: 'rises' | 'falls' | 'changes';
  metric: Metric;
  baseline: Baseline;
  /** Of `hours_ago`. */
  hours?: number;
  /** One of the two; of `changes` none: any change counts. In the stored units of the metric. */
  percent?: number;
  amount?: number;
  /** Only where the move stands out of the noise of this very series, which may give that many false alarms a week. */
  significance?: { falseAlarmsPerWeek: number };
}

/** A series reached a value. It fires again once it has been back beyond it, by the hysteresis. */
export interface LevelCondition {
  kind: 'at_most' | 'at_least';
  metric: Metric;
  value: number;
  /** In percent of the value. */
  hysteresisPercent: number;
}

/** There is no offer any more, or one again. */
export interface PresenceCondition {
  kind: 'gone' | 'back';
  metric: Metric;
}

export type Condition = MoveCondition | LevelCondition | PresenceCondition;
