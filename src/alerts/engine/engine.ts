import { Condition, EVENT_KINDS, isEvent, Rule } from '../rules/condition';
import { Baselines } from './baselines';
import { Evidence, Seen, SeriesName, StoredPoint } from './evidence';
import { isPast, knownAt } from './past';
import { Readings } from './reading-order';
import { watcher } from './series';
import { Prices } from './undercut';

/** What a rule has come to with one product. */
export interface RuleState {
  seen: Seen;
  /** Minute of the last alert: of its reading, or when it was told after it had been held back. */
  firedAt: number | null;
  /** False from an alert on until what it told is over. */
  isArmed: boolean;
  /** What the cooldown holds back: told when that is over, unless it is undone by then. */
  held: Fired | null;
}

export const FRESH_STATE: RuleState = { seen: {}, firedAt: null, isArmed: true, held: null };

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
 * @param now the current minute, or the end of a replay
 * @param replay whether points that became known late are taken as known in time
 */
export function run(
  rule: Rule,
  readings: Readings,
  state: RuleState,
  { floor, now, replay }: { floor: number; now: number; replay: boolean },
): { fired: Fired[]; state: RuleState } {
  const fired: Fired[] = [];
  const seen = { ...state.seen };
  let { firedAt, isArmed } = state;
  let held = state.held && state.held.occurredAt > floor ? state.held : null;
  const baselines = new Baselines();
  const isWatched = watcher(rule.conditions);
  const mayTell = (point: StoredPoint) =>
    (point.exactly ?? point.minute) > floor &&
    (replay || !isPast(point)) &&
    !(isEventSeries(point.series) && point.value === null);
  const tell = (one: Fired, at: number) => {
    fired.push(one);
    [firedAt, isArmed, held] = [at, false, null];
  };
  const tellHeld = (time: number) => {
    if (!held || firedAt === null || time - firedAt < rule.cooldownMinutes) return;
    const at = firedAt + rule.cooldownMinutes;
    if (isUndercutOver(at)) held = null;
    else tell(held, at);
  };
  // What ends without a reading: whoever was cheaper is no rival any more.
  const isUndercutOver = (at: number) =>
    rule.conditions.some((one) => one.kind === 'undercut' && baselines.isOver(one, at));
  for (const all of readings) {
    const reading = all.filter(({ series }) => isWatched(series));
    const fresh = reading.filter(({ series, minute }) => minute > (seen[series] ?? -1));
    for (const { series, minute } of fresh) seen[series] = minute;
    const news = fresh.filter((point) => replay || !isPast(point));
    if (news.length > 0) tellHeld(Math.max(...news.map(knownAt)));
    if (held?.evidence.some((one) => news.some((point) => isUndone(one, point)))) held = null;
    const told = fresh.filter(mayTell);
    const at = Math.max(...told.map(({ minute }) => minute));
    if (told.length > 0 && (isUndercutOver(at) || rule.conditions.some((one) => baselines.wasOver(one, at)))) {
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
      // A minute is told once, as alerts are kept, and none that is older than what was told last.
      if (!isArmed || at <= (firedAt ?? -1)) continue;
      const isCool = rule.rearm === 'return' || firedAt === null || at - firedAt >= rule.cooldownMinutes;
      if (isCool) tell({ occurredAt: at, evidence }, at);
      else held = { occurredAt: at, evidence };
    } else if (!isArmed && rule.conditions.some((condition) => baselines.isOver(condition, at))) {
      isArmed = true;
    }
  }
  tellHeld(now);
  return { fired, state: { seen, firedAt, isArmed, held } };
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
  evidence: Evidence,
  occurredAt: number,
  { points, undercuts }: { points: readonly StoredPoint[]; undercuts: Undercuts },
  minutes: number,
): boolean {
  if (isEvent(evidence.condition)) return false;
  if (evidence.condition.kind === 'undercut') {
    return undercuts.some((one) => !one.is && one.at > occurredAt && one.at <= occurredAt + minutes);
  }
  return points.some((point) => point.minute <= evidence.at + minutes && isUndone(evidence, point));
}

/** Whether a reading shows that what was found is so no more: beyond the level again, read again, halfway back to the baseline, or had by the seller before. */
function isUndone({ condition, value, baseline, at, detail }: Evidence, point: StoredPoint): boolean {
  if (point.series !== seriesOf(condition) || point.minute <= at) return false;
  const [change, later] = [detail?.changes?.[0], point.detail?.changes?.[0]];
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
    case 'seller_changed':
    case 'buy_box_lost':
      return later !== undefined && later.after === change?.before;
    case 'buy_box_won':
      return later !== undefined && later.before === change?.after;
    case 'content_changed':
    case 'new_competitor':
    case 'undercut':
      return false;
    default:
      if (point.value === null || value === null || baseline === null) return false;
      return Math.abs(point.value - baseline) <= Math.abs(value - baseline) / 2;
  }
}

/** The series that tells of a condition; null for rivals, who have one each. */
function seriesOf(condition: Condition): SeriesName | null {
  if (isEvent(condition)) return condition.kind;
  if (condition.kind === 'source_failing') return `source_failing:${condition.hours}`;
  return condition.kind === 'undercut' ? null : condition.metric;
}
