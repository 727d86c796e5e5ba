import { median, probit } from 'simple-statistics';
import { Metric } from '../../common/metric';
import { weightedMedian } from '../../common/series';
import { Condition } from '../rules/condition';
import { Evidence, StoredPoint } from './evidence';

const DAY = 1440;
const WEEK = 7 * DAY;
const MEDIAN_DAYS = 30;
/** Of the 30 days so many have to be known. */
const FEWEST_DAYS = 7;
/** Changes from which noise can be told. */
const FEWEST_CHANGES = 20;
const MAD_TO_SD = 1.4826;
const DEFAULT_HYSTERESIS = 2;

/** What is known of a listing at a time, and what a condition makes of it. */
export class Baselines {
  private readonly byMetric = new Map<Metric, StoredPoint[]>();

  /** Points come mostly in the order of their minutes; what is there for a minute already stays. */
  add(point: StoredPoint): void {
    const known = this.byMetric.get(point.metric);
    if (!known) {
      this.byMetric.set(point.metric, [point]);
      return;
    }
    let place = known.length;
    while (place > 0 && (known[place - 1]?.minute ?? 0) > point.minute) place -= 1;
    if (known[place - 1]?.minute !== point.minute) known.splice(place, 0, point);
  }

  /**
   * @param changed metrics of the reading that is looked at
   * @returns null where the condition does not hold, or cannot be told
   */
  evidence(condition: Condition, at: number, changed: ReadonlySet<Metric>): Evidence | null {
    const known = this.byMetric.get(condition.metric) ?? [];
    const now = known.at(-1);
    if (!now) return null;
    const before = known.at(-2);
    const found = (baseline: number | null, baselineAt: number | null): Evidence => ({
      condition,
      value: now.value,
      at: now.minute,
      baseline,
      baselineAt,
    });
    switch (condition.kind) {
      case 'gone':
        return now.value === null && before?.value != null ? found(before.value, before.until) : null;
      case 'back':
        return now.value !== null && before?.value === null ? found(null, before.until) : null;
      case 'at_most':
        return now.value !== null && now.value <= (condition.value ?? 0) ? found(condition.value ?? 0, null) : null;
      case 'at_least':
        return now.value !== null && now.value >= (condition.value ?? 0) ? found(condition.value ?? 0, null) : null;
      default: {
        if (
          condition.baseline !== 'hours_ago' &&
          condition.baseline !== 'median_30d' &&
          !changed.has(condition.metric)
        ) {
          return null;
        }
        const base = baselineOf(condition, known, at);
        if (now.value === null || base === null || !moves(condition, now.value, base.value)) return null;
        if (condition.falseAlarmsPerWeek !== undefined && !standsOut(condition, known, now.value, base.value))
          return null;
        return found(base.value, base.at);
      }
    }
  }

  /** Whether what the condition told of is over: beyond the hysteresis, or not there any more. */
  isOver(condition: Condition): boolean {
    const now = this.byMetric.get(condition.metric)?.at(-1);
    if (now?.value === undefined || now.value === null) return true;
    const margin = ((condition.hysteresisPercent ?? DEFAULT_HYSTERESIS) / 100) * (condition.value ?? 0);
    if (condition.kind === 'at_most') return now.value > (condition.value ?? 0) + margin;
    if (condition.kind === 'at_least') return now.value < (condition.value ?? 0) - margin;
    return true;
  }
}

interface Base {
  value: number;
  at: number | null;
}

function baselineOf({ baseline, hours = 24 }: Condition, known: readonly StoredPoint[], at: number): Base | null {
  if (baseline === 'hours_ago') {
    const then = valueAt(known, at - hours * 60);
    return then === null ? null : { value: then, at: at - hours * 60 };
  }
  const past = known.slice(0, -1);
  if (baseline === 'median_30d') return medianOf(past, (known.at(-1)?.minute ?? at) - MEDIAN_DAYS * DAY, at);
  // The good reading before it; an absence in between is none.
  const last = past.findLast(({ value }) => value !== null);
  return last?.value == null ? null : { value: last.value, at: last.until };
}

/** Null where it was absent or not known. Between two points the value is that of the first, as long as it was confirmed. */
function valueAt(known: readonly StoredPoint[], minute: number): number | null {
  const index = known.findLastIndex((point) => point.minute <= minute);
  const point = known[index];
  if (!point) return null;
  const end = known[index + 1]?.minute ?? point.until;
  return minute <= Math.max(point.until, end - 1) ? point.value : null;
}

/** Weighted by the time that each value held. */
function medianOf(points: readonly StoredPoint[], from: number, to: number): Base | null {
  const first = Math.max(
    0,
    points.findLastIndex(({ minute }) => minute <= from),
  );
  const held = points.slice(first).flatMap(({ minute, value, until }, index) => {
    const end = Math.min(points[first + index + 1]?.minute ?? until, to);
    const time = end - Math.max(minute, from);
    return value === null || time <= 0 ? [] : [{ value, time }];
  });
  const total = held.reduce((sum, { time }) => sum + time, 0);
  if (total < FEWEST_DAYS * DAY) return null;
  const middle = weightedMedian(held);
  return middle === null ? null : { value: middle, at: null };
}

function moves({ kind, percent, amount }: Condition, value: number, base: number): boolean {
  const up = value - base;
  if (kind === 'changes') return up !== 0;
  const move = kind === 'rises' ? up : -up;
  if (move <= 0) return false;
  if (amount !== undefined) return move >= amount;
  return base !== 0 && (100 * move) / Math.abs(base) >= (percent ?? 0);
}

/**
 * Whether the move is larger than the noise of the series gives by chance as often as allowed: normal quantile of the share of changes that
 * may be false, times the robust deviation of its changes as ratios (median of what they are without their sign; Hampel 1974).
 */
function standsOut(
  { falseAlarmsPerWeek = 1 }: Condition,
  known: readonly StoredPoint[],
  value: number,
  base: number,
): boolean {
  const start = (known.at(-1)?.minute ?? 0) - MEDIAN_DAYS * DAY;
  const past = known
    .slice(known.findLastIndex(({ minute }) => minute < start) + 1, -1)
    .filter((point) => point.value !== null && point.value > 0);
  const changes = past.slice(1).map((point, index) => Math.log((point.value ?? 1) / (past[index]?.value ?? 1)));
  const [first, last] = [past[0], past.at(-1)];
  if (changes.length < FEWEST_CHANGES || !first || !last || value <= 0 || base <= 0) return false;
  const perWeek = (changes.length * WEEK) / Math.max(1, last.minute - first.minute);
  const allowed = Math.min(0.5, falseAlarmsPerWeek / Math.max(perWeek, falseAlarmsPerWeek * 2));
  const deviation = MAD_TO_SD * median(changes.map(Math.abs));
  return Math.abs(Math.log(value / base)) > Math.abs(probit(allowed / 2)) * deviation;
}
