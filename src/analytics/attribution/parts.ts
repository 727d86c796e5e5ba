import { mean } from 'simple-statistics';
import { bounded } from '../bounded';
import { evidenceOf } from './coincidences';
import type { Cause, Daily, Factor, Series, Window } from './factors';
import { normalShare, Selection, Term } from './selection';

interface Evidence {
  series: Series;
  /** Of the market: its drift as a factor of BSR, 1 at first. */
  before: number | null;
  after: number | null;
  /** Places of the first day and of the day after the last one on which it was so. */
  from: number;
  to: number;
}

interface Part {
  cause: Cause;
  /** Of rivals' causes: whose. */
  rival: string | null;
  /** Of the change, in log units of the outcome, with the model's 95 % interval, which holds the truth of simulated series in some 90 %. */
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

/** Parts that are less likely are left to the unexplained. */
const LEAST_PROBABILITY = 0.1;
/** And less likely ones are not the top. */
const LIKELY = 0.65;
/** Models that differ by less than this Bayes factor are not told apart: from here on evidence is "strong" (Jeffreys 1961, "Theory of probability"). */
const STRONG = Math.log(10);
/** And only a cause that is as likely may stand for another. */
const POSSIBLE = 0.3;
const METHOD = 'Bayesian variable selection under AR(1) noise, rivals as controls';

interface Setting {
  days: readonly number[];
  before: Window;
  after: Window;
  outcome: Daily;
  sign: number;
  missing: string[];
  controls: string[];
}

export function told(
  selection: Selection,
  terms: readonly Term[],
  causes: readonly Factor[],
  setting: Setting,
): Attribution {
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
  const inseparable = groups(selection, terms, parts);
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
  least: number;
  most: number;
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
    const own = effects.flatMap(({ term, mean: centre, deviation, correlations }, place) => {
      if (!chosen(term)) return [];
      const isSigned = terms[term]?.signed === true;
      const effect = isSigned ? positive(centre, deviation) : { mean: centre, deviation };
      const step = steps[term] ?? 0;
      return [{ place, correlations, step, mean: step * effect.mean, deviation: step * effect.deviation }];
    });
    if (own.length === 0) return [];
    const variance = own.reduce(
      (sum, first) =>
        sum +
        own.reduce(
          (part, second) => part + (first.correlations[second.place] ?? 0) * first.deviation * second.deviation,
          0,
        ),
      0,
    );
    return [
      {
        weight,
        mean: own.reduce((sum, each) => sum + each.mean, 0),
        deviation: Math.sqrt(Math.max(0, variance)),
        // Effects are at least 0: so much is at least contributed, or at most.
        least: own.every(({ step }) => step >= 0) ? 0 : -Infinity,
        most: own.every(({ step }) => step <= 0) ? 0 : Infinity,
      },
    ];
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
    // Nothing, and not a number next to it: whether an interval holds it is asked.
    if (below(0) - none < share && below(0) >= share) return 0;
    let [low, high] = [Math.min(0, ...ends), Math.max(0, ...ends)];
    for (let step = 0; step < 40; step++) {
      const middle = (low + high) / 2;
      if (below(middle) < share) low = middle;
      else high = middle;
    }
    return high;
  };
  const [least, most] = [Math.min(...effects.map((each) => each.least)), Math.max(...effects.map((each) => each.most))];
  const within = (value: number) => (effects.length === 0 ? 0 : bounded(value, least, most));
  return { contribution, lower: within(quantile(0.025)), upper: within(quantile(0.975)) };
}

/**
 * Places of causes that the data do not tell apart from each other: one could stand in the most probable model for the other, or both are in it and
 * either alone would do.
 */
function groups(
  selection: Selection,
  terms: readonly Term[],
  parts: readonly { cause: number; probability: number }[],
): number[][] {
  const { best } = selection;
  const evidence = selection.evidence(best);
  const lossWithout = (...left: readonly number[]) =>
    evidence - selection.evidence(best.filter((each) => !left.includes(each)));
  const eitherWouldDo = (one: number, other: number) => {
    const [first, second] = [lossWithout(one), lossWithout(other)];
    return Math.max(first, second) < STRONG && lossWithout(one, other) > first + second + STRONG;
  };
  const couldStandFor = (cause: number, term: number) =>
    terms.some(
      (each, form) =>
        each.cause === cause && evidence - selection.evidence(best.map((own) => (own === term ? form : own))) < STRONG,
    );
  const found = new Map<string, number[]>();
  for (const term of best) {
    const place = parts.findIndex(({ cause }) => cause === terms[term]?.cause);
    if (place < 0) continue;
    const others = parts.flatMap(({ cause, probability }, other) => {
      if (other === place || probability < POSSIBLE) return [];
      const own = best.find((each) => terms[each]?.cause === cause);
      return (own === undefined ? couldStandFor(cause, term) : eitherWouldDo(term, own)) ? [other] : [];
    });
    const group = [place, ...others].sort((a, b) => a - b);
    if (others.length > 0) found.set(group.join(), group);
  }
  return [...found.values()];
}
