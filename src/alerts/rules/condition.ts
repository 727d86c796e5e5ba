import { Metric } from '../../common/metric';

/** What a value is compared with: the one before it, the one so many hours ago, or the median of the 30 days before. */
export const BASELINES = ['previous', 'hours_ago', 'median_30d'] as const;
export type Baseline = (typeof BASELINES)[number];

/** `rises`, `falls`, `changes`: moves away from its baseline; `at_most`, `at_least`: reaches a value; `gone`, `back`: is absent, or there again. */
const METRIC_KINDS = ['rises', 'falls', 'changes', 'at_most', 'at_least', 'gone', 'back'] as const;

/**
 * What happens at a time and is no number: a discovery found rivals that it had never found before; texts or pictures changed; another
 * seller has the buy box, or one of the user's own lost or won it.
 */
export const EVENT_KINDS = [
  'new_competitor',
  'content_changed',
  'seller_changed',
  'buy_box_lost',
  'buy_box_won',
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** `undercut`: a confirmed competitor is cheaper; `source_failing`: no good reading, though checks were made. */
export const CONDITION_KINDS = [...METRIC_KINDS, 'undercut', ...EVENT_KINDS, 'source_failing'] as const;
export type ConditionKind = (typeof CONDITION_KINDS)[number];

/** As stored; values in the stored units of the metric (common/metric.ts). */
export interface MetricCondition {
  kind: (typeof METRIC_KINDS)[number];
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

/** The product's price is above that of the cheapest confirmed competitor, by so many percent of it or more; 0: by anything. */
export interface UndercutCondition {
  kind: 'undercut';
  percent: number;
  /** Percentage points that the distance has to shrink below `percent`, or to nothing, before it can be reached again. */
  hysteresisPercent: number;
}

export interface EventCondition {
  kind: EventKind;
  /** Beside other conditions it holds for so long after it happened. */
  withinHours: number;
}

interface FailingCondition {
  kind: 'source_failing';
  /** Without a good reading. */
  hours: number;
}

export type Condition = MetricCondition | UndercutCondition | EventCondition | FailingCondition;

export function isEvent(condition: Condition): condition is EventCondition {
  return (EVENT_KINDS as readonly string[]).includes(condition.kind);
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
