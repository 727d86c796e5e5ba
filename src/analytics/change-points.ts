import { max, mean, median, min } from 'simple-statistics';

/** From `index` on a series is at another level. */
export interface ChangePoint {
  /** Place of the first value at the new level. */
  index: number;
  /** Means of the values before, since the change before that one, and after, up to the next. */
  before: number;
  after: number;
  /** How many of its own standard errors the step is high; Infinity where nothing else varies. */
  statistic: number;
}

/** Values on each side of a change: what holds for less is no level. */
const SHORTEST = 5;
/** Share of a step by which the medians of the SHORTEST values before and after differ too: a step that fewer values make is none. */
const SEEN_BESIDE_IT = 0.25;
/** Steps below this many standard errors are what the best of all places gives by chance: `npm run bench:detection` shows how often. */
const CRITICAL = 4.3;
/** Beyond this a series wanders, and no level can be told from the way it goes. */
const MOST_CORRELATED = 0.95;

/**
 * Changes of level of a series of equally spaced values, first to last. Values of neighbouring times are alike (first-order
 * autoregression), which makes levels out of mere wandering: for each place the step is therefore judged by generalised least
 * squares, as the likelihood ratio of a level shift in an AR(1) process (Tsay 1988, "Outliers, level shifts, and variance changes in
 * time series"), with the correlation taken from what is left once the best step is out, so that a step does not pass for
 * correlation, and corrected for its bias in short series (Marriott and Pope 1954). Several changes by binary segmentation
 * (Vostrikova 1981).
 * @param values null where nothing is known: such times are left out
 */
export function changePoints(values: readonly (number | null)[]): ChangePoint[] {
  const places = values.flatMap((value, place) => (value === null ? [] : [place]));
  const known = values.filter((value) => value !== null);
  const steps = segment(known, 0, known.length);
  return steps.map(({ index, statistic }, number) => ({
    index: places[index] ?? 0,
    statistic,
    before: mean(known.slice(steps[number - 1]?.index ?? 0, index)),
    after: mean(known.slice(index, steps[number + 1]?.index ?? known.length)),
  }));
}

type Step = Pick<ChangePoint, 'index' | 'statistic'>;

function segment(values: readonly number[], from: number, to: number): Step[] {
  const step = largestStep(values.slice(from, to));
  if (!step || step.statistic < CRITICAL) return [];
  const index = from + step.index;
  return [...segment(values, from, index), { ...step, index }, ...segment(values, index, to)];
}

function largestStep(values: readonly number[]): Step | null {
  const count = values.length;
  if (count < 3 * SHORTEST || isConstant(values)) return null;
  const correlation = correlationWithout(values, bestSplit(values));
  // What is left of values, of a constant and of a step when each is freed of what the value before it foretells.
  const first = Math.sqrt(1 - correlation * correlation);
  const later = 1 - correlation;
  const fresh = values.map((value, index) =>
    index === 0 ? first * value : value - correlation * (values[index - 1] ?? 0),
  );
  const constants = first * first + (count - 1) * later * later;
  const constantFresh = fresh.reduce((sum, value, index) => sum + (index === 0 ? first : later) * value, 0);
  const level = constantFresh / constants;
  const unexplained = fresh.reduce(
    (sum, value, index) => sum + (value - (index === 0 ? first : later) * level) ** 2,
    0,
  );
  let best = { index: 0, gain: 0 };
  let following = 0;
  for (let index = count - 1; index >= SHORTEST; index--) {
    const rest = (count - 1 - index) * later * later;
    const value = fresh[index] ?? 0;
    if (index <= count - SHORTEST) {
      const covariance = value + later * following - (later + rest) * level;
      const variance = 1 + rest - (later + rest) ** 2 / constants;
      const gain = covariance ** 2 / variance;
      if (gain > best.gain && isSeenBeside(values, index, covariance / variance)) best = { index, gain };
    }
    following += value;
  }
  if (best.gain === 0) return null;
  const noise = (unexplained - best.gain) / (count - 3);
  // Of a clean step nothing is left but what floating point leaves.
  const clean = noise <= 1e-12 * (unexplained / count);
  return { index: best.index, statistic: clean ? Infinity : Math.sqrt(best.gain / noise) };
}

/** Or it is the work of a few values at an end of the series, or of an odd one amid equal ones. */
function isSeenBeside(values: readonly number[], index: number, step: number): boolean {
  const before = median(values.slice(index - SHORTEST, index));
  const after = median(values.slice(index, index + SHORTEST));
  return (after - before) / step >= SEEN_BESIDE_IT;
}

/** Where two means leave the smallest squares. */
function bestSplit(values: readonly number[]): number {
  const count = values.length;
  const total = values.reduce((sum, value) => sum + value, 0);
  let best = { split: SHORTEST, gain: -1 };
  let left = 0;
  for (let split = 1; split <= count - SHORTEST; split++) {
    left += values[split - 1] ?? 0;
    if (split < SHORTEST) continue;
    const gain = (left / split - (total - left) / (count - split)) ** 2 * split * (count - split);
    if (gain > best.gain) best = { split, gain };
  }
  return best.split;
}

/** Of neighbouring values around the two means, from 0 to MOST_CORRELATED. */
function correlationWithout(values: readonly number[], split: number): number {
  const means = [mean(values.slice(0, split)), mean(values.slice(split))];
  const residuals = values.map((value, index) => value - (means[index < split ? 0 : 1] ?? 0));
  let squares = 0;
  let products = 0;
  residuals.forEach((residual, index) => {
    squares += residual * residual;
    if (index > 0 && index !== split) products += residual * (residuals[index - 1] ?? 0);
  });
  if (squares === 0) return 0;
  const raw = products / squares;
  return Math.min(MOST_CORRELATED, Math.max(0, raw + (1 + 4 * raw) / values.length));
}

/** Or differs by no more than floating point does. */
function isConstant(values: readonly number[]): boolean {
  const [least, most] = [min([...values]), max([...values])];
  return most - least <= 1e-9 * Math.max(Math.abs(least), Math.abs(most));
}
