import { Metric } from '../../common/metric';
import { Rule } from '../rules/condition';
import { Baselines } from './baselines';
import { Evidence, StoredPoint } from './evidence';

/** What a rule has come to with one product. */
export interface RuleState {
  /** By metric, the last point that was looked at. */
  seen: Partial<Record<Metric, number>>;
  /** Minute of the reading of the last alert. */
  firedAt: number | null;
  /** False from an alert on until what it told is over. */
  isArmed: boolean;
}

export const FRESH_STATE: RuleState = { seen: {}, firedAt: null, isArmed: true };

export interface Fired {
  /** When the reading was true. */
  occurredAt: number;
  evidence: Evidence[];
}

/** What became known more than a day after it was true is history: it counts as a baseline, and in a replay at its own time. */
const LATE_MINUTES = 1440;

/**
 * Runs a rule over points of one listing, reading by reading, as they became known. Live evaluation and replay are this same function:
 * the one from the state that the last run left, the other from the beginning; so both come to the same.
 * @param readings of `readingsOf`; older ones than those to be looked at serve as baselines
 * @param floor points up to this minute cannot fire: the rule or the product was not there yet
 * @param replay whether points that became known late are taken as known in time
 */
export function run(
  rule: Rule,
  readings: readonly (readonly StoredPoint[])[],
  state: RuleState,
  { floor, replay }: { floor: number; replay: boolean },
): { fired: Fired[]; state: RuleState } {
  const fired: Fired[] = [];
  const seen = { ...state.seen };
  let { firedAt, isArmed } = state;
  const baselines = new Baselines();
  const metrics = new Set(rule.conditions.map(({ metric }) => metric));
  for (const all of readings) {
    const reading = all.filter(({ metric }) => metrics.has(metric));
    for (const point of reading) baselines.add(point);
    const fresh = reading.filter(({ metric, minute }) => minute > (seen[metric] ?? -1));
    for (const { metric, minute } of fresh) seen[metric] = minute;
    const told = fresh.filter((point) => point.minute > floor && (replay || !isLate(point)));
    if (told.length === 0) continue;
    const changed = new Set(told.map(({ metric }) => metric));
    const at = Math.max(...told.map(({ minute }) => minute));
    const evidence = rule.conditions.map((condition) => baselines.evidence(condition, at, changed));
    if (evidence.every((one) => one !== null)) {
      if (!isArmed && rule.rearm === 'cooldown') isArmed = true;
      const isCool = rule.rearm === 'return' || firedAt === null || at - firedAt >= rule.cooldownMinutes;
      if (isArmed && isCool) {
        fired.push({ occurredAt: at, evidence });
        firedAt = at;
        isArmed = false;
      }
    } else if (!isArmed && rule.conditions.some((condition) => baselines.isOver(condition))) {
      isArmed = true;
    }
  }
  return { fired, state: { seen, firedAt, isArmed } };
}

/** Points that became known together, in the order in which they did. */
export function readingsOf(points: readonly StoredPoint[]): StoredPoint[][] {
  const known = (point: StoredPoint) => (isLate(point) ? point.minute : point.recorded);
  const sorted = [...points].sort((a, b) => known(a) - known(b) || a.minute - b.minute);
  const readings: StoredPoint[][] = [];
  for (const point of sorted) {
    const last = readings.at(-1);
    const [first] = last ?? [];
    if (last && first && known(first) === known(point) && first.minute === point.minute) last.push(point);
    else readings.push([point]);
  }
  return readings;
}

function isLate({ minute, recorded }: StoredPoint): boolean {
  return recorded - minute > LATE_MINUTES;
}

/** Whether what an alert told was over within so many minutes: halfway back to the baseline, or beyond the level again. */
export function isReverted(evidence: Evidence, points: readonly StoredPoint[], minutes: number): boolean {
  const { condition, value, baseline, at } = evidence;
  const later = points.filter(
    ({ metric, minute }) => metric === condition.metric && minute > at && minute <= at + minutes,
  );
  return later.some((point) => {
    switch (condition.kind) {
      case 'gone':
        return point.value !== null;
      case 'back':
        return point.value === null;
      case 'at_most':
        return point.value === null || point.value > (condition.value ?? 0);
      case 'at_least':
        return point.value === null || point.value < (condition.value ?? 0);
      default:
        if (point.value === null || value === null || baseline === null) return false;
        return Math.abs(point.value - baseline) <= Math.abs(value - baseline) / 2;
    }
  });
}
