import { setImmediate } from 'node:timers/promises';
import { linearRegression, max, mean, median, min, rootMeanSquare, variance } from 'simple-statistics';

// Names of their own, as looking up a global in the innermost loop is slow where globals are guarded (Jest's contexts).
const { exp, log } = Math;

/** How long a rank held. */
export interface RankSpan {
  rank: number;
  days: number;
}

/** What a parent family sold in a period, with the ranks of the part of it in which they are known. */
export interface Observation {
  family: string;
  /** First and last day since 1970. */
  from: number;
  to: number;
  units: number;
  spans: readonly RankSpan[];
  /** The extremes of them, as read. */
  lowestRank: number;
  highestRank: number;
}

/** Units a day = scale · rank^-exponent. */
export interface SalesCurve {
  exponent: Interval;
  /** Units a day at rank 1, which is far outside of what was seen: of use with the exponent only. */
  scale: number;
  /** Lowest and highest rank that was seen for any time. */
  rankRange: { lowest: number; highest: number };
  /** Mean of the logarithms of the periods' ranks, where the curve is known best. */
  centre: number;
  /** Of periods that the curve was not fitted to. */
  error: {
    /** Of the units of each, in percent; null where half of the periods sold nothing. */
    medianAbsolutePercentage: number | null;
    /** Half of the periods are within this factor of what they sold. */
    medianFactor: number;
    /** Nine of ten are, as far as so few can tell: half the width of an interval of 90 %, in logarithms. */
    halfWidth: number;
    /** How many could be left out and foretold. */
    observations: number;
  };
}

interface Interval {
  value: number;
  /** Ends of the interval of 90 %. */
  lower: number;
  upper: number;
}

export type CurveRefusal = 'too_few_periods' | 'nothing_sold' | 'rank_spread_too_small' | 'units_do_not_fall_with_rank';

export interface UnitsEstimate {
  unitsPerDay: number;
  /** Ends of the interval of 90 % for the mean of a period as long as those the curve was fitted to. */
  lower: number;
  upper: number;
}

export type EstimateRefusal = 'no_rank' | 'outside_rank_range';

/** Two parameters, and two degrees of freedom that are left to tell their error. */
export const MIN_PERIODS = 4;
/** From so many on what another family would do can be told by leaving out each. */
const MIN_FAMILIES = 3;
/** Between the mean ranks of the periods. */
export const MIN_RANK_SPREAD = 2;
/** As many times beyond the ranks that were seen a curve still speaks. */
export const MAX_EXTRAPOLATION = 10;
/** From so many on the largest of nine of ten errors is known: below, there is no such quantile. */
const MIN_FOR_QUANTILE = 9;
const LEVEL = 0.9;
/** Normal quantile of one side of LEVEL. */
const Z = 1.6448536269514722;
/** Residuals of more standard deviations weigh less (Huber 1964): efficient to 95 % where the noise is normal. */
const HUBER = 1.345;
/** The median of the square of a standard normal variable. */
const MEDIAN_CHI2 = 0.454936;
const MOST_ITERATIONS = 200;
const TOLERANCE = 1e-8;

/**
 * The curve by which units follow from the Best Sellers Rank in one category of one marketplace: a power law, as Chevalier and
 * Goolsbee (2003, "Measuring prices and price competition online: Amazon.com and BarnesandNoble.com") and Brynjolfsson, Hu and
 * Smith (2003, "Consumer surplus in the digital economy") found for books. What is observed are sums over periods in which the
 * rank moves: each is compared with the integral of the curve over the ranks of its period, of which the part that is known
 * stands for the whole.
 * Non-linear least squares on log(units + 1/2), which a period without a sale has too, of both sides (Carroll and Ruppert 1984,
 * "Power transformations when fitting theoretical models to data"), weighted by Poisson noise and a noise of the curve's own, with
 * Huber's weights for periods that are off.
 * @param observations periods of one family do not overlap
 */
export async function fitSalesCurve(observations: readonly Observation[]): Promise<SalesCurve | CurveRefusal> {
  if (countPeriods(observations) < MIN_PERIODS) return 'too_few_periods';
  if (observations.every(({ units }) => units === 0)) return 'nothing_sold';
  const samples = observations.map(toSample);
  const means = samples.map(({ meanLogRank }) => meanLogRank);
  if (max(means) - min(means) < log(MIN_RANK_SPREAD)) return 'rank_spread_too_small';
  const fit = fitSamples(samples, startOf(samples));
  if (!fit) return 'rank_spread_too_small';

  const periods = await leaveOut(
    samples,
    fit,
    distinctPeriods(observations).map((period) => ({
      isForetold: ({ from, to }) => from === period.from && to === period.to,
      isLeftOut: (observation) => overlap(observation, period),
    })),
  );
  if (!periods) return 'rank_spread_too_small';
  if (periods.errors.length < MIN_PERIODS) return 'too_few_periods';
  const names = [...new Set(observations.map(({ family }) => family))];
  const families =
    names.length < MIN_FAMILIES
      ? undefined
      : await leaveOut(
          samples,
          fit,
          names.map((name) => {
            const isOfIt = ({ family }: Observation) => family === name;
            return { isForetold: isOfIt, isLeftOut: isOfIt };
          }),
        );

  const reach = Math.max(
    studentQuantile(periods.exponents.length - 2) * jackknife(periods.exponents),
    families ? studentQuantile(families.exponents.length - 1) * jackknife(families.exponents) : 0,
  );
  if (fit.exponent - reach <= 0) return 'units_do_not_fall_with_rank';
  const percentage = median(periods.errors.map((error) => error.percentage));
  return {
    exponent: { value: fit.exponent, lower: fit.exponent - reach, upper: fit.exponent + reach },
    scale: exp(fit.level + fit.exponent * fit.centre),
    rankRange: {
      lowest: min(observations.map(({ lowestRank }) => lowestRank)),
      highest: max(observations.map(({ highestRank }) => highestRank)),
    },
    centre: fit.centre,
    error: {
      medianAbsolutePercentage: Number.isFinite(percentage) ? 100 * percentage : null,
      medianFactor: exp(median(periods.errors.map(({ distance }) => distance))),
      halfWidth: Math.max(halfWidthOf(periods.errors), families ? halfWidthOf(families.errors) : 0),
      observations: periods.errors.length,
    },
  };
}

interface Foretold {
  exponents: number[];
  errors: { distance: number; percentage: number }[];
}

/** Fits without each group in turn, and foretells what is of it. Nothing where the rest does not tell an exponent. */
async function leaveOut(
  samples: readonly Sample[],
  start: Fit,
  groups: readonly { isForetold: (one: Observation) => boolean; isLeftOut: (one: Observation) => boolean }[],
): Promise<Foretold | undefined> {
  const result: Foretold = { exponents: [], errors: [] };
  for (const { isForetold, isLeftOut } of groups) {
    // Fits of thousands of periods take a while, and others want their turn.
    await setImmediate();
    const rest = samples.filter(({ observation }) => !isLeftOut(observation));
    if (rest.length < MIN_PERIODS - 1) continue;
    const fit = fitSamples(rest, start);
    if (!fit) return undefined;
    result.exponents.push(fit.exponent);
    for (const sample of samples) {
      if (!isForetold(sample.observation)) continue;
      const { units } = sample.observation;
      const expected = expectedUnits(sample, fit);
      result.errors.push({
        distance: Math.abs(logUnits(units) - logUnits(expected)),
        percentage: Math.abs(expected / units - 1),
      });
    }
  }
  return result;
}

/** An observation as the fit needs it. */
interface Sample {
  observation: Observation;
  days: number;
  logRanks: number[];
  /** Shares of the known time; their sum is 1. */
  weights: number[];
  meanLogRank: number;
}

interface Fit {
  exponent: number;
  /** Logarithm of units a day at the rank whose logarithm is `centre`. */
  level: number;
  centre: number;
}

function toSample(observation: Observation): Sample {
  const { spans } = observation;
  const known = spans.reduce((sum, { days }) => sum + days, 0);
  const logRanks = spans.map(({ rank }) => log(rank));
  const weights = spans.map(({ days }) => days / known);
  return {
    observation,
    days: observation.to - observation.from + 1,
    logRanks,
    weights,
    meanLogRank: logRanks.reduce((sum, each, index) => sum + each * (weights[index] ?? 0), 0),
  };
}

/** The curve through the periods as if the rank of each had stood still at its mean. */
function startOf(samples: readonly Sample[]): Fit {
  const centre = mean(samples.map(({ meanLogRank }) => meanLogRank));
  const line = linearRegression(
    samples.map(({ meanLogRank, days, observation }) => [
      meanLogRank - centre,
      logUnits(observation.units) - log(days),
    ]),
  );
  return { exponent: -line.m, level: line.b, centre };
}

/** Gauss and Newton with weights found anew at each step. Nothing where the ranks do not tell an exponent. */
function fitSamples(samples: readonly Sample[], start: Fit): Fit | undefined {
  let fit = start;
  const { centre } = start;
  for (let iteration = 0; iteration < MOST_ITERATIONS; iteration++) {
    const points = samples.map((sample) => linearised(sample, fit));
    const noise = noiseOf(points);
    let [levels, mixed, slopes, levelScore, slopeScore] = [0, 0, 0, 0, 0];
    for (const { residual, poisson, byLevel, byExponent } of points) {
      const variance = noise + poisson;
      const weight = Math.min(1, HUBER / Math.abs(residual / Math.sqrt(variance))) / variance;
      levels += weight * byLevel * byLevel;
      mixed += weight * byLevel * byExponent;
      slopes += weight * byExponent * byExponent;
      levelScore += weight * byLevel * residual;
      slopeScore += weight * byExponent * residual;
    }
    const determinant = levels * slopes - mixed * mixed;
    if (!(determinant > 1e-9 * levels * levels)) return undefined;
    const level = (slopes * levelScore - mixed * slopeScore) / determinant;
    const exponent = (levels * slopeScore - mixed * levelScore) / determinant;
    // A step of more than e-fold is further than the tangent is true.
    const damping = 1 / Math.max(1, Math.abs(level), Math.abs(exponent));
    fit = { exponent: fit.exponent + damping * exponent, level: fit.level + damping * level, centre };
    if (Math.abs(level) + Math.abs(exponent) < TOLERANCE) break;
  }
  return fit;
}

/** The residual of log(units + 1/2), its Poisson variance, and the derivatives of what is expected. */
function linearised(
  sample: Sample,
  fit: Fit,
): { residual: number; poisson: number; byLevel: number; byExponent: number } {
  const { sum, meanLog } = meanPower(sample, fit);
  const expected = sample.days * exp(fit.level) * sum;
  const share = expected / (expected + 0.5);
  return {
    residual: logUnits(sample.observation.units) - logUnits(expected),
    poisson: Math.max(1e-12, share / (expected + 0.5)),
    byLevel: share,
    byExponent: -share * meanLog,
  };
}

/** Mean of (rank / centre)^-exponent over the known time, and the mean of the logarithm under those weights. */
function meanPower(
  { logRanks, weights }: Pick<Sample, 'logRanks' | 'weights'>,
  fit: Fit,
): { sum: number; meanLog: number } {
  let sum = 0;
  let logs = 0;
  for (let index = 0; index < logRanks.length; index++) {
    const offset = (logRanks[index] ?? 0) - fit.centre;
    const power = (weights[index] ?? 0) * exp(-fit.exponent * offset);
    sum += power;
    logs += power * offset;
  }
  return { sum, meanLog: logs / sum };
}

function expectedUnits(sample: Sample, fit: Fit): number {
  return sample.days * exp(fit.level) * meanPower(sample, fit).sum;
}

/**
 * Variance of what is neither curve nor Poisson: where half of the squared residuals exceed what half of a normal variable's
 * do, so that a period that is off does not count for more than one.
 */
function noiseOf(points: readonly { residual: number; poisson: number }[]): number {
  const free = points.length / (points.length - 2) / MEDIAN_CHI2;
  return Math.max(0, median(points.map(({ residual, poisson }) => residual * residual * free - poisson)));
}

function logUnits(units: number): number {
  return log(units + 0.5);
}

function overlap(a: Pick<Observation, 'from' | 'to'>, b: Pick<Observation, 'from' | 'to'>): boolean {
  return a.from <= b.to && b.from <= a.to;
}

function distinctPeriods(observations: readonly Observation[]): { from: number; to: number }[] {
  return [...new Map(observations.map(({ from, to }) => [`${from}-${to}`, { from, to }])).values()];
}

/** How many periods there are of which no two overlap: what one family and another sell in the same days is one experience. */
export function countPeriods(observations: readonly Pick<Observation, 'from' | 'to'>[]): number {
  let count = 0;
  let last = -Infinity;
  for (const { from, to } of [...observations].sort((a, b) => a.to - b.to)) {
    if (from <= last) continue;
    count += 1;
    last = to;
  }
  return count;
}

/** Standard error from estimates that each leave out one period (Tukey 1958). */
function jackknife(estimates: readonly number[]): number {
  return Math.sqrt((estimates.length - 1) * variance([...estimates]));
}

/**
 * Half the width of an interval of 90 %. The smallest error that so many of n + 1 do not exceed (split conformal: Lei et al. 2018,
 * "Distribution-free predictive inference for regression"); where there are too few for one, Student's t on their root mean square.
 */
function halfWidthOf(errors: Foretold['errors']): number {
  const logs = errors.map(({ distance }) => distance).sort((a, b) => a - b);
  const count = logs.length;
  const place = Math.ceil(LEVEL * (count + 1));
  if (count >= MIN_FOR_QUANTILE) return logs[place - 1] ?? Infinity;
  return studentQuantile(count - 2) * rootMeanSquare(logs);
}

/** The 95th percentile of Student's t (Abramowitz and Stegun 1964, 26.7.5). */
function studentQuantile(degrees: number): number {
  const [z2, n] = [Z * Z, degrees];
  return (
    Z *
    (1 +
      (z2 + 1) / (4 * n) +
      ((5 * z2 + 16) * z2 + 3) / (96 * n ** 2) +
      (((3 * z2 + 19) * z2 + 17) * z2 - 15) / (384 * n ** 3) +
      ((((79 * z2 + 776) * z2 + 1482) * z2 - 1920) * z2 - 945) / (92_160 * n ** 4))
  );
}

/**
 * Mean units a day over ranks that held for a time. The interval is of the periods left out, and wider the further the ranks are
 * from those of the periods, by the exponent's own error.
 */
export function estimateUnits(curve: SalesCurve, spans: readonly RankSpan[]): UnitsEstimate | EstimateRefusal {
  const known = spans.reduce((sum, { days }) => sum + days, 0);
  if (known === 0) return 'no_rank';
  const { lowest, highest } = curve.rankRange;
  const isSeen = ({ rank }: RankSpan) => rank >= lowest / MAX_EXTRAPOLATION && rank <= highest * MAX_EXTRAPOLATION;
  if (!spans.every(isSeen)) return 'outside_rank_range';
  const { sum, meanLog } = meanPower(
    { logRanks: spans.map(({ rank }) => log(rank)), weights: spans.map(({ days }) => days / known) },
    { exponent: curve.exponent.value, level: 0, centre: curve.centre },
  );
  const unitsPerDay = curve.scale * exp(-curve.exponent.value * curve.centre) * sum;
  const factor = exp(Math.hypot(curve.error.halfWidth, (curve.exponent.upper - curve.exponent.value) * meanLog));
  return { unitsPerDay, lower: unitsPerDay / factor, upper: unitsPerDay * factor };
}
