import { median, probit } from 'simple-statistics';
import { weightedMedian } from '../../common/series';
import { Condition, isEvent, MetricCondition, UndercutCondition } from '../rules/condition';
import { Evidence, SeriesName, StoredPoint } from './evidence';
import { Prices } from './undercut';

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
  private readonly bySeries = new Map<SeriesName, StoredPoint[]>();
  private readonly prices = new Prices();

  /** Points come mostly in the order of their minutes; what is there for a minute already stays. */
  add(point: StoredPoint): void {
    const known = this.bySeries.get(point.series);
    if (!known) {
      this.bySeries.set(point.series, [point]);
      this.prices.set(point);
      return;
    }
    let place = known.length;
    while (place > 0 && (known[place - 1]?.minute ?? 0) > point.minute) place -= 1;
    if (known[place - 1]?.minute === point.minute) return;
    known.splice(place, 0, point);
    if (place === known.length - 1) this.prices.set(point);
  }

  /**
   * @param changed series of the reading that is looked at
   * @returns null where the condition does not hold, or cannot be told
   */
  evidence(condition: Condition, at: number, changed: ReadonlySet<SeriesName>): Evidence | null {
    switch (condition.kind) {
      case 'undercut':
        return this.undercut(condition, at);
      case 'source_failing': {
        const now = this.lastOf(`source_failing:${condition.hours}`);
        return now && now.value !== null ? happened(condition, now) : null;
      }
      case 'new_competitor':
      case 'content_changed':
      case 'seller_changed':
      case 'buy_box_lost':
      case 'buy_box_won': {
        const now = this.lastOf(condition.kind);
        return now && at - now.minute <= condition.withinHours * 60 ? happened(condition, now) : null;
      }
      default:
        return this.ofMetric(condition, at, changed.has(condition.metric));
    }
  }

  /** Whether what the condition told of is over: beyond the hysteresis, or not there any more. */
  isOver(condition: Condition, at: number): boolean {
    switch (condition.kind) {
      case 'undercut': {
        const gap = this.prices.gapAt(at);
        return gap === null || gap.percent <= 0 || gap.percent < condition.percent - condition.hysteresisPercent;
      }
      case 'at_most':
      case 'at_least': {
        const now = this.lastOf(condition.metric);
        if (now?.value === undefined || now.value === null) return true;
        const margin = ((condition.hysteresisPercent ?? DEFAULT_HYSTERESIS) / 100) * (condition.value ?? 0);
        return condition.kind === 'at_most'
          ? now.value > (condition.value ?? 0) + margin
          : now.value < (condition.value ?? 0) - margin;
      }
      case 'source_failing':
        return this.evidence(condition, at, new Set()) === null;
      default:
        return !isEvent(condition) || this.evidence(condition, at, new Set()) === null;
    }
  }

  /**
   * Whether a move was over before the reading at this minute, which is not added yet: one from the reading before always is, one from an
   * older baseline once that has come after the value, as another reading of the same value would have shown.
   */
  wasOver(condition: Condition, at: number): boolean {
    if (!('baseline' in condition) || condition.baseline === undefined) return false;
    if (condition.baseline === 'previous') return true;
    const known = this.bySeries.get(condition.metric) ?? [];
    const last = known.at(-1);
    if (!last) return false;
    const again = { ...last, minute: Math.max(last.minute, at - 1) };
    return this.ofMetric(condition, again.minute, false, [...known, again]) === null;
  }

  private lastOf(series: SeriesName): StoredPoint | undefined {
    return this.bySeries.get(series)?.at(-1);
  }

  private undercut(condition: UndercutCondition, at: number): Evidence | null {
    const gap = this.prices.gapAt(at);
    if (gap === null || gap.percent <= 0 || gap.percent < condition.percent) return null;
    const { own, cheapest, metric } = gap;
    return {
      condition,
      metric,
      value: own.value,
      at: own.minute,
      baseline: cheapest.value,
      baselineAt: cheapest.detail?.rival?.since ?? cheapest.minute,
      detail: cheapest.detail,
    };
  }

  private ofMetric(
    condition: MetricCondition,
    at: number,
    isChanged: boolean,
    known: readonly StoredPoint[] = this.bySeries.get(condition.metric) ?? [],
  ): Evidence | null {
    const now = known.at(-1);
    if (!now) return null;
    const before = known.at(-2);
    const found = (baseline: number | null, baselineAt: number | null): Evidence => ({
      condition,
      metric: condition.metric,
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
        if (condition.baseline !== 'hours_ago' && condition.baseline !== 'median_30d' && !isChanged) return null;
        const base = baselineOf(condition, known, at);
        if (now.value === null || base === null || !moves(condition, now.value, base.value)) return null;
        if (condition.falseAlarmsPerWeek !== undefined && !standsOut(condition, known, now.value, base.value))
          return null;
        return found(base.value, base.at);
      }
    }
  }
}

function happened(condition: Condition, { value, minute, detail }: StoredPoint): Evidence {
  return { condition, metric: null, value, at: minute, baseline: null, baselineAt: null, detail };
}

interface Base {
  value: number;
  at: number | null;
}

function baselineOf({ baseline, hours = 24 }: MetricCondition, known: readonly StoredPoint[], at: number): Base | null {
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

function moves({ kind, percent, amount }: MetricCondition, value: number, base: number): boolean {
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
  { falseAlarmsPerWeek = 1 }: MetricCondition,
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
