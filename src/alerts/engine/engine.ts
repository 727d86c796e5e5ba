import { EVENT_KINDS, isEvent, Rule } from '../rules/condition';
import { Baselines } from './baselines';
import { Evidence, Seen, SeriesName, StoredPoint } from './evidence';
import { isPast } from './past';
import { Readings } from './reading-order';
import { watcher } from './series';
import { Prices } from './undercut';

/** What a rule has come to with one product. */
export interface RuleState {
  seen: Seen;
  /** Minute of the reading of the last alert. */
  firedAt: number | null;
  /** False from an alert on until what it told is over. */
  isArmed: boolean;
}

export const FRESH_STATE: RuleState = { seen: {}, firedAt: null, isArmed: true };

/** What the rules of a product have looked at, together. */
export function seenOf(states: readonly Pick<RuleState, 'seen'>[]): Seen {
  const seen: Seen = {};
  for (const [series, minute] of states.flatMap((state) => Object.entries(state.seen) as [SeriesName, number][])) {
    seen[series] = Math.max(minute, seen[series] ?? minute);
  }
  return seen;
}

export interface Fired {
  /** When the reading was true. */
  occurredAt: number;
  evidence: Evidence[];
}

/**
 * Runs a rule over points of one listing, reading by reading, as they became known. Live evaluation and replay are this same function:
 * the one from the state that the last run left, the other from the beginning; so both come to the same.
 * @param readings of `ReadingOrder`; older ones than those to be looked at serve as baselines
 * @param floor points up to this minute, which may have a fraction, cannot fire: the rule or the product was not there yet
 * @param replay whether points that became known late are taken as known in time
 */
export function run(
  rule: Rule,
  readings: Readings,
  state: RuleState,
  { floor, replay }: { floor: number; replay: boolean },
): { fired: Fired[]; state: RuleState } {
  const fired: Fired[] = [];
  const seen = { ...state.seen };
  let { firedAt, isArmed } = state;
  const baselines = new Baselines();
  const isWatched = watcher(rule.conditions);
  const mayTell = (point: StoredPoint) =>
    (point.exactly ?? point.minute) > floor &&
    (replay || !isPast(point)) &&
    !(isEventSeries(point.series) && point.value === null);
  for (const all of readings) {
    const reading = all.filter(({ series }) => isWatched(series));
    const fresh = reading.filter(({ series, minute }) => minute > (seen[series] ?? -1));
    for (const { series, minute } of fresh) seen[series] = minute;
    const told = fresh.filter(mayTell);
    const at = Math.max(...told.map(({ minute }) => minute));
    // What ends without a reading: whoever was cheaper is no rival any more, and what moved stayed where it is.
    if (
      told.length > 0 &&
      rule.conditions.some((one) => (one.kind === 'undercut' ? baselines.isOver(one, at) : baselines.wasOver(one, at)))
    ) {
      isArmed = true;
    }
    // What happened before the rule was there is no baseline either.
    for (const point of reading) if (!isEventSeries(point.series) || mayTell(point)) baselines.add(point);
    if (told.length === 0) continue;
    const changed = new Set(told.map(({ series }) => series));
    const evidence = rule.conditions.map((condition) => baselines.evidence(condition, at, changed));
    if (evidence.every((one) => one !== null)) {
      // What happens is over once it has happened: the next time is another one.
      if (rule.rearm === 'cooldown' || rule.conditions.some((one) => isEvent(one) && changed.has(one.kind))) {
        isArmed = true;
      }
      const isCool = rule.rearm === 'return' || firedAt === null || at - firedAt >= rule.cooldownMinutes;
      // A minute is told once, as alerts are kept, and none that is older than what was told last.
      if (isArmed && isCool && at > (firedAt ?? -1)) {
        fired.push({ occurredAt: at, evidence });
        firedAt = at;
        isArmed = false;
      }
    } else if (!isArmed && rule.conditions.some((condition) => baselines.isOver(condition, at))) {
      isArmed = true;
    }
  }
  return { fired, state: { seen, firedAt, isArmed } };
}

function isEventSeries(series: SeriesName): boolean {
  return (EVENT_KINDS as readonly string[]).includes(series);
}

/** By reading, when it was and whether a rival was cheaper. */
export type Undercuts = readonly { at: number; is: boolean }[];

export function undercutsOf(readings: Readings): Undercuts {
  const prices = new Prices();
  return readings.map((reading) => {
    for (const point of reading) prices.set(point);
    const at = Math.max(...reading.map(({ minute }) => minute));
    return { at, is: (prices.gapAt(at)?.percent ?? 0) > 0 };
  });
}

/**
 * Whether what an alert told was over within so many minutes: halfway back to the baseline, beyond the level again, or read again. What happened
 * cannot be over.
 * @param points of the listing
 */
export function isReverted(
  { condition, value, baseline, at }: Evidence,
  occurredAt: number,
  { points, undercuts }: { points: readonly StoredPoint[]; undercuts: Undercuts },
  minutes: number,
): boolean {
  if (isEvent(condition)) return false;
  if (condition.kind === 'undercut') {
    return undercuts.some((one) => !one.is && one.at > occurredAt && one.at <= occurredAt + minutes);
  }
  const series = condition.kind === 'source_failing' ? `source_failing:${condition.hours}` : condition.metric;
  const later = points.filter((point) => point.series === series && point.minute > at && point.minute <= at + minutes);
  return later.some((point) => {
    switch (condition.kind) {
      case 'gone':
        return point.value !== null;
      case 'back':
      case 'source_failing':
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
