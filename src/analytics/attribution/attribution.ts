import { mean } from 'simple-statistics';
import { changePoints } from '../change-points';
import { CoincidentEvent, coincidences, evidenceOf, SAME_STEP_DAYS } from './coincidences';
import { Cause, Daily, Factor, factorsOf, knownDays, OwnSeries, range, RivalSeries, Series, Window } from './factors';
import { CONTROL_DAYS, controlsOf, FEWEST_CONTROLS, marketDrift } from './market';
import { normalShare, select, Selection, Term } from './selection';

export interface AttributionInput {
  /** Ranks are better the lower they are, units a day the higher. */
  quantity: 'bsr' | 'units';
  /** Of the product, one for each day, oldest first; all series of the input are of the same days. */
  outcome: Daily;
  /** First day of the new level; before it the days from `from` are compared with those after it up to and without `to`. */
  change: { from: number; day: number; to: number };
  own: OwnSeries;
  rivals: readonly RivalSeries[];
}

export interface Evidence {
  series: Series;
  /** Of the market: its drift as a factor of BSR, 1 at first. */
  before: number | null;
  after: number | null;
  /** Places of the first day and of the day after the last one on which it was so. */
  from: number;
  to: number;
}

export interface Part {
  cause: Cause;
  /** Of rivals' causes: whose. */
  rival: string | null;
  /** Of the change, in log units of the outcome, with its 95 % interval. */
  contribution: number;
  lower: number;
  upper: number;
  /** The same as a factor of the outcome. */
  ratio: number;
  /** That the cause had a part in the change. */
  probability: number;
  evidence: Evidence;
}

interface Unexplained {
  contribution: number;
  lower: number;
  upper: number;
  ratio: number;
}

export interface Attribution {
  status: 'attributed';
  /** Between the means of the logarithms before and after; exactly the sum of the parts and the unexplained. */
  change: { contribution: number; ratio: number; before: number; after: number };
  /** The largest contribution first. */
  parts: Part[];
  unexplained: Unexplained;
  /** Parts, by place, that moved together so that no data can tell them apart; how their sum is split is then arbitrary. */
  inseparable: number[][];
  /** The largest part in the direction of the change with all that it is inseparable from, or the unexplained. */
  top: { cause: Cause | 'unexplained'; rival: string | null }[];
  /** That this is so, by the model. */
  confidence: number;
  /** Days of the outcome that are known before and after, and the rivals that stand for the market. */
  n: { before: number; after: number };
  controls: string[];
  method: string;
  missing: string[];
}

export interface Coincidences {
  status: 'coincidences';
  statement: string;
  events: CoincidentEvent[];
}

export interface NoAttribution {
  status: 'refused';
  missing: string[];
}

/** Known days on each side: what holds for less is no level. */
const FEWEST_DAYS = 5;
/** And in all, for the noise to be known. */
const FEWEST_KNOWN = 28;
/** Days before the window that still tell of noise and of what causes did. */
const HISTORY_DAYS = 60;
/** Days before the change in which what a factor did is looked at. */
const MEMORY_DAYS = 45;
/** Parts that are less likely are left to the unexplained. */
const LEAST_PROBABILITY = 0.1;
/** A part that is the top has to be more likely than not. */
const LIKELY = 0.65;
/** Models that differ by less than this Bayes factor are not told apart ("strong" from ten on: Jeffreys 1961). */
const STRONG = Math.log(3);
const METHOD = 'bayesian variable selection';

/** Delays in days, and shares of what has come the day before, by which effects unfold (Koyck 1954). */
const RESPONSES = [0, 0.6].flatMap((memory) => [0, 1, 2, 3, 4, 5].map((delay) => ({ delay, memory })));
/** Of a stock-out, in which a rank gets worse day by day, as sales of longer ago count less, and recovers with the first sales. */
const ABSENCES = [0, 0.8].flatMap((rise) =>
  [0.3, 0.6, 0.8].flatMap((fall) => [0, 1, 2].map((delay) => ({ rise, fall, delay }))),
);
const WOBBLE = 0.25;
const SHIFT_DAYS = [-3, -2, -1, 0, 1, 2, 3];
const MARKET_SHARE = 0.3;
/** That a change is of something that nobody recorded, in the week around it. */
const SHIFT_SHARE = 0.02;
const SHIFT_SCALE = 0.7;
const MARKET_MEAN = 1;
const MARKET_SCALE = 0.35;
/** Effects that cannot be larger are not looked for. */
const SMALLEST_EFFECT = 0.04;

export function attribute(input: AttributionInput): Attribution | Coincidences | NoAttribution {
  const { change, quantity } = input;
  const before = { from: change.from, to: change.day };
  const after = { from: change.day, to: change.to };
  const windows = [before, after];
  // As logarithms, worse upwards whatever the quantity.
  const sign = quantity === 'bsr' ? 1 : -1;
  const outcome = input.outcome.map((value) => (value === null ? null : sign * Math.log(value > 0 ? value : 0.5)));
  const controls = controlsOf(input.rivals, windows);
  const tooFew = missingOutcome(outcome, windows, quantity);
  if (tooFew.length > 0) return { status: 'refused', missing: tooFew };
  const { factors, missing } = factorsOf(input.own, input.rivals, windows);
  if (controls.length < FEWEST_CONTROLS) {
    return {
      status: 'coincidences',
      statement: `No attribution: that needs ${FEWEST_CONTROLS} rivals with ${CONTROL_DAYS} known days of BSR, and there are ${controls.length}. These events came at about the time of the change; that they caused it is not said.`,
      events: coincidences(factors, change.day),
    };
  }
  const drift = marketDrift(controls, windows);
  const market: Factor = {
    cause: 'market',
    rival: null,
    series: 'bsr',
    values: [...drift.values].map((value) => Math.exp(value)),
    signal: drift.values,
    scale: MARKET_SCALE,
    share: MARKET_SHARE,
    wobble: 0,
  };
  const begin = Math.max(0, Math.min(change.from, change.day - MEMORY_DAYS));
  const causes = [
    ...factors.map((factor) => ({ ...factor, signal: asSteps(factor.signal, factor.wobble, begin, change.to) })),
    market,
  ];
  const first = Math.max(0, begin - HISTORY_DAYS);
  const days = outcome.flatMap((value, day) => (value !== null && day >= first && day < after.to ? [day] : []));
  const at = (values: Float64Array) => Float64Array.from(days, (day) => values[day] ?? 0);
  const terms = termsOf(causes, change, first).map((term) => ({ ...term, values: at(term.values) }));
  const selection = select(
    days,
    Float64Array.from(days, (day) => outcome[day] ?? 0),
    nuisance(days, outcome, begin, first),
    terms,
  );
  return told(selection, terms, causes, { days, before, after, outcome, sign, missing, controls: drift.used });
}

function missingOutcome(outcome: Daily, windows: readonly Window[], quantity: string): string[] {
  const name = quantity === 'bsr' ? 'BSR' : 'units';
  const [before, after] = windows.map(({ from, to }) => knownDays(outcome.slice(from, to)));
  const needs = (known: number | undefined, fewest: number, where: string) =>
    (known ?? 0) < fewest ? [`needs ${fewest - (known ?? 0)} more known days of ${name} ${where} the change`] : [];
  const missing = [...needs(before, FEWEST_DAYS, 'before'), ...needs(after, FEWEST_DAYS, 'after')];
  const all = knownDays(outcome.slice(Math.max(0, (windows[0]?.from ?? 0) - HISTORY_DAYS), windows[1]?.to));
  return missing.length > 0 ? missing : needs(all, FEWEST_KNOWN, 'around');
}

/** Levels of the time before the window, each of its own; days of the week. */
function nuisance(days: readonly number[], outcome: Daily, from: number, first: number): Float64Array[] {
  const earlier = from > first ? changePoints(outcome.slice(first, from)).map(({ index }) => first + index) : [];
  const starts = [first, ...earlier, ...(from > first ? [from] : [])];
  const levels = starts.map((start, number) =>
    Float64Array.from(days, (day) => (day >= start && day < (starts[number + 1] ?? Infinity) ? 1 : 0)),
  );
  if (days.length < 49) return levels;
  const week = Array.from({ length: 6 }, (_, weekday) =>
    Float64Array.from(days, (day) => (day % 7 === weekday ? 1 : 0)),
  );
  return [...levels, ...week];
}

function termsOf(causes: readonly Factor[], { from, day, to }: AttributionInput['change'], first: number): Term[] {
  const terms = causes.flatMap(({ cause, signal, scale, share }, index): Term[] => {
    const isMarket = cause === 'market';
    const moved = average(signal, day, to) - average(signal, from, day);
    if (!isMarket && Math.abs(moved) * scale < SMALLEST_EFFECT) return [];
    const reach = range(signal.subarray(first, to));
    const forms = isMarket
      ? [smoothed(signal), ...shiftsAround(day, to).map((shift) => shift.map((each) => each * moved))]
      : cause === 'own-stock-out'
        ? ABSENCES.map((absence) => worsening(signal, absence, reach, first, to))
        : RESPONSES.map((response) => unfolding(signal, response));
    return forms.map((values) => ({
      cause: index,
      values,
      mean: isMarket ? MARKET_MEAN : 0,
      scale,
      signed: true,
      logOdds: Math.log(share / (1 - share) / forms.length),
    }));
  });
  const forms = shiftsAround(day, to);
  return [
    ...terms,
    ...forms.map((values) => ({
      cause: causes.length,
      values,
      mean: 0,
      scale: SHIFT_SCALE,
      signed: false,
      logOdds: Math.log(SHIFT_SHARE / (1 - SHIFT_SHARE) / forms.length),
    })),
  ];
}

/**
 * As steps: moves of less than a share of the whole way are none, nor are those before `from`, and moves in the same direction that follow each
 * other closely are one, on the day of the first.
 */
function asSteps(signal: Float64Array, least: number, from: number, to: number): Float64Array {
  const reach = Math.max(least, WOBBLE * range(signal.subarray(from, to)));
  const at = (day: number) => signal[Math.max(from, day)] ?? 0;
  const steps: { day: number; last: number; height: number }[] = [];
  for (let day = from + 1; day < to; day++) {
    const open = steps.at(-1);
    const today = at(day) - at(day - 1);
    if (open && day - open.last <= SAME_STEP_DAYS && Math.sign(today) === Math.sign(open.height)) {
      open.last = day;
      open.height += today;
      continue;
    }
    const height = at(day) - at(Math.max(day - SAME_STEP_DAYS, open?.last ?? 0));
    if (Math.abs(height) <= reach) continue;
    let begin = day;
    for (let earlier = day - 1; earlier > day - SAME_STEP_DAYS; earlier--)
      if ((at(earlier) - at(earlier - 1)) / height >= WOBBLE) begin = earlier;
    steps.push({ day: begin, last: day, height });
  }
  const stepped = new Float64Array(signal.length).fill(at(from));
  for (const { day, height } of steps)
    for (let later = day; later < stepped.length; later++) stepped[later] = (stepped[later] ?? 0) + height;
  return stepped;
}

/** Changes of level at about a day. */
function shiftsAround(day: number, to: number): Float64Array[] {
  return SHIFT_DAYS.flatMap((shift) => {
    const step = Float64Array.from({ length: to }, (_, each) => (each >= day + shift ? 1 : 0));
    return [step, unfolding(step, { delay: 0, memory: 0.6 })];
  });
}

function average(values: Float64Array, from: number, to: number): number {
  return values.subarray(from, to).reduce((sum, value) => sum + value, 0) / (to - from);
}

function unfolding(signal: Float64Array, { delay, memory }: { delay: number; memory: number }): Float64Array {
  let last = signal[0] ?? 0;
  return signal.map((_, day) => (last = memory * last + (1 - memory) * (signal[Math.max(0, day - delay)] ?? 0)));
}

/** By the same step each day (`rise` 0) or towards a limit; as high at most as the signal itself. */
function worsening(
  signal: Float64Array,
  { rise, fall, delay }: { rise: number; fall: number; delay: number },
  reach: number,
  first: number,
  to: number,
): Float64Array {
  let depth = 0;
  const depths = signal.map((_, day) => {
    const absence = signal[Math.max(0, day - delay)] ?? 0;
    const worse = rise === 0 ? depth + absence : rise * depth + (1 - rise) * absence;
    return (depth = absence > 0.5 ? worse : fall * depth);
  });
  const most = range(depths.subarray(first, to));
  return most > 0 ? depths.map((value) => (value * reach) / most) : depths;
}

/** Centred mean of a week. */
function smoothed(signal: Float64Array): Float64Array {
  return signal.map((_, day) => mean([...signal.subarray(Math.max(0, day - 3), day + 4)]));
}

interface Setting {
  days: readonly number[];
  before: Window;
  after: Window;
  outcome: Daily;
  sign: number;
  missing: string[];
  controls: string[];
}

function told(selection: Selection, terms: readonly Term[], causes: readonly Factor[], setting: Setting): Attribution {
  const { days, before, after, outcome, sign, missing, controls } = setting;
  const inside = (window: Window) =>
    days.flatMap((day, place) => (day >= window.from && day < window.to ? [place] : []));
  const [early, late] = [inside(before), inside(after)];
  const difference = (of: (place: number) => number) => mean(late.map(of)) - mean(early.map(of));
  const steps = terms.map(({ values }) => difference((place) => values[place] ?? 0));
  const total = difference((place) => outcome[days[place] ?? 0] ?? 0);
  const parts = causes
    .flatMap((factor, cause) => {
      const effects = effectsOf(selection, terms, steps, (term) => terms[term]?.cause === cause);
      const probability = weightOf(effects);
      if (probability < LEAST_PROBABILITY) return [];
      return [{ factor, cause, probability, effects, ...summary(effects) }];
    })
    .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
  const listed = new Set(parts.map(({ cause }) => cause));
  const explained = summary(effectsOf(selection, terms, steps, (term) => listed.has(terms[term]?.cause ?? -1)));
  const sum = parts.reduce((all, { contribution }) => all + contribution, 0);
  const rest = total - sum;
  const inseparable = groups(
    selection,
    terms,
    parts.map(({ cause }) => cause),
  );
  const anyOf = (group: readonly number[]) => {
    const together = new Set(group.map((place) => parts[place]?.cause));
    return weightOf(effectsOf(selection, terms, steps, (term) => together.has(terms[term]?.cause)));
  };
  const towards = Math.sign(total);
  const candidates = parts
    .map((part, place) => ({ ...part, place, size: towards * part.contribution }))
    .filter(({ probability, size, place }) => {
      const group = inseparable.find((each) => each.includes(place));
      return size > 0 && (group ? anyOf(group) : probability) >= LIKELY;
    });
  const top = candidates.at(0);
  const isTop = top !== undefined && top.size >= towards * rest;
  const group = isTop ? (inseparable.find((each) => each.includes(top.place)) ?? [top.place]) : [];
  const confidence = isTop
    ? anyOf(group)
    : 1 -
      Math.max(
        0,
        ...parts.filter(({ contribution }) => towards * contribution > 0).map(({ probability }) => probability),
      );
  const oriented = ({ contribution, lower, upper }: { contribution: number; lower: number; upper: number }) => ({
    contribution: sign * contribution,
    lower: sign > 0 ? lower : -upper,
    upper: sign > 0 ? upper : -lower,
    ratio: Math.exp(sign * contribution),
  });
  const level = (places: readonly number[]) =>
    Math.exp(sign * mean(places.map((place) => outcome[days[place] ?? 0] ?? 0)));
  const toldParts = parts.map(({ factor, probability, contribution, lower, upper }) => ({
    cause: factor.cause,
    rival: factor.rival,
    ...oriented({ contribution, lower, upper }),
    probability,
    evidence: evidenceOf(factor, before, after),
  }));
  const unexplained = oriented({ contribution: rest, lower: total - explained.upper, upper: total - explained.lower });
  const change = toldParts.reduce((all, { contribution }) => all + contribution, unexplained.contribution);
  return {
    status: 'attributed',
    change: { contribution: change, ratio: Math.exp(change), before: level(early), after: level(late) },
    parts: toldParts,
    unexplained,
    inseparable,
    top: isTop
      ? group.flatMap((place) => {
          const part = toldParts[place];
          return part ? [{ cause: part.cause, rival: part.rival }] : [];
        })
      : [{ cause: 'unexplained', rival: null }],
    confidence,
    n: { before: early.length, after: late.length },
    controls,
    method: METHOD,
    missing,
  };
}

interface Effect {
  weight: number;
  mean: number;
  deviation: number;
}

function weightOf(effects: readonly Effect[]): number {
  return Math.min(
    1,
    effects.reduce((sum, { weight }) => sum + weight, 0),
  );
}

/** What the chosen terms contributed in each model that has one of them. */
function effectsOf(
  selection: Selection,
  terms: readonly Term[],
  steps: readonly number[],
  chosen: (term: number) => boolean,
): Effect[] {
  return selection.components.flatMap(({ weight, effects }) => {
    const own = effects.filter(({ term }) => chosen(term));
    if (own.length === 0) return [];
    let [sum, variance] = [0, 0];
    for (const { term, mean: centre, deviation } of own) {
      const effect = terms[term]?.signed ? positive(centre, deviation) : { mean: centre, deviation };
      const step = steps[term] ?? 0;
      sum += step * effect.mean;
      variance += (step * effect.deviation) ** 2;
    }
    return [{ weight, mean: sum, deviation: Math.sqrt(variance) }];
  });
}

/** Mean and standard deviation of a normal distribution above 0. */
function positive(centre: number, deviation: number): { mean: number; deviation: number } {
  const z = centre / deviation;
  if (z < -5) return { mean: -deviation / z, deviation: -deviation / z };
  const ratio = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI) / normalShare(z);
  return {
    mean: centre + deviation * ratio,
    deviation: deviation * Math.sqrt(Math.max(1e-12, 1 - z * ratio - ratio * ratio)),
  };
}

/** Mean and 95 % interval of a mixture; what is missing from its weights is no effect at all. */
function summary(effects: readonly Effect[]): { contribution: number; lower: number; upper: number } {
  const weights = weightOf(effects);
  const contribution = effects.reduce((sum, { weight, mean: centre }) => sum + weight * centre, 0);
  const none = Math.max(0, 1 - weights);
  const below = (value: number) =>
    effects.reduce(
      (sum, { weight, mean: centre, deviation }) =>
        sum + weight * (deviation > 0 ? normalShare((value - centre) / deviation) : value >= centre ? 1 : 0),
      value >= 0 ? none : 0,
    );
  const ends = effects.flatMap(({ mean: centre, deviation }) => [centre - 5 * deviation, centre + 5 * deviation]);
  const quantile = (share: number) => {
    let [low, high] = [Math.min(0, ...ends), Math.max(0, ...ends)];
    for (let step = 0; step < 40; step++) {
      const middle = (low + high) / 2;
      if (below(middle) < share) low = middle;
      else high = middle;
    }
    return high;
  };
  return { contribution, lower: quantile(0.025), upper: quantile(0.975) };
}

/** Places of causes one of which could stand for another in the most probable model. */
function groups(selection: Selection, terms: readonly Term[], causes: readonly number[]): number[][] {
  const { best } = selection;
  const evidence = selection.evidence(best);
  const found: number[][] = [];
  for (const term of best) {
    const place = causes.indexOf(terms[term]?.cause ?? -1);
    if (place < 0) continue;
    const others = causes.flatMap((cause, other) => {
      if (other === place || best.some((each) => terms[each]?.cause === cause)) return [];
      const forms = terms.flatMap((each, index) => (each.cause === cause ? [index] : []));
      const strongest = Math.max(
        ...forms.map((form) => selection.evidence(best.map((each) => (each === term ? form : each)))),
      );
      return evidence - strongest < STRONG ? [other] : [];
    });
    if (others.length > 0) found.push([place, ...others].sort((a, b) => a - b));
  }
  return found;
}
