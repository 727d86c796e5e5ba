import { Metric } from '../../common/metric';

/** What a value is compared with: the one before it, the one so many hours ago, or the median of the 30 days before. */
export const BASELINES = ['previous', 'hours_ago', 'median_30d'] as const;
export type Baseline = (typeof BASELINES)[number];

/** `rises`, `falls`, `changes`: moves away from its baseline; `at_most`, `at_least`: reaches a value; `gone`, `back`: is absent, or there again. */
export const CONDITION_KINDS = ['rises', 'falls', 'changes', 'at_most', 'at_least', 'gone', 'back'] as const;
export type ConditionKind = (typeof CONDITION_KINDS)[number];

/** As stored; values in the stored units of the metric (common/metric.ts). */
export interface Condition {
  kind: ConditionKind;
  metric: Metric;
  /** Of moves. */
  baseline?: Baseline;
  /** Of the baseline `hours_ago`. */
  hours?: number;
  /** Of `rises` and `falls`, one of the two. */
  percent?: number;
  amount?: number;
  /** Of moves: false alarms a week that the noise of the series itself may cause. */
  falseAlarmsPerWeek?: number;
  /** Of levels. */
  value?: number;
  /** Of levels: how far back it has to go, in percent of the value, before it can be reached again. */
  hysteresisPercent?: number;
}

/** When a rule that fired may fire again: after its cooldown, once what it tells is over, or when both are so. */
export const REARMS = ['cooldown', 'return', 'cooldown_and_return'] as const;
export type Rearm = (typeof REARMS)[number];

export interface Rule {
  /** All of them have to hold. */
  conditions: readonly Condition[];
  cooldownMinutes: number;
  rearm: Rearm;
}
