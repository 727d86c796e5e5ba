import { sampleCorrelation } from 'simple-statistics';
import { bounded } from './bounded';
import { ranks } from './ranks';

interface LaggedCorrelation {
  /** Days by which the second series follows the first. */
  lag: number;
  /** Spearman's, of the daily changes. */
  correlation: number;
  /** Interval that holds all lags at once with 95 %. */
  lower: number;
  upper: number;
  /** Changes that are known of both, and how many independent ones they are worth. */
  n: number;
  effectiveN: number;
}

export interface CoMovement {
  /** The lag with the largest correlation, of either sign. */
  strongest: LaggedCorrelation;
  lags: LaggedCorrelation[];
  /** `none` unless 0 lies outside the interval of the strongest. */
  direction: 'together' | 'opposite' | 'none';
}

const LAGS = [0, 1, 2, 3];
/** Joint changes; and days on which each series has to move at all. */
const FEWEST_CHANGES = 20;
const FEWEST_MOVES = 5;
/** Of the normal distribution, for 95 % of all four lags at once (Bonferroni). */
const NORMAL_FOUR = 2.4977;
/** Lags up to which changes are looked at for being alike. */
const MEMORY = 7;

/**
 * Whether two daily series of positive values, such as price and rank, move together: Spearman's correlation of their changes from day to day,
 * as ratios, at lags of 0 to 3 days. Interval of Bonett and Wright 2000, "Sample size requirements for estimating Pearson, Kendall and
 * Spearman correlations", with as many values as those of two autocorrelated series are worth (Bartlett 1935; Pyper and
 * Peterman 1998, "Comparison of methods to account for autocorrelation in correlation analyses of fish data").
 * @param first one for each day, oldest first; null where unknown
 * @param second of the same days
 * @returns null with fewer than 20 changes known of both, or where one of them moves on fewer than 5 days
 */
export function coMovement(first: readonly (number | null)[], second: readonly (number | null)[]): CoMovement | null {
  const [changes, others] = [logChanges(first), logChanges(second)];
  const lags = LAGS.flatMap((lag) => correlationAt(changes, others, lag) ?? []);
  const strongest = lags.toSorted((a, b) => Math.abs(b.correlation) - Math.abs(a.correlation) || a.lag - b.lag).at(0);
  if (!strongest || lags.length < LAGS.length) return null;
  const { lower, upper } = strongest;
  return { strongest, lags, direction: lower > 0 ? 'together' : upper < 0 ? 'opposite' : 'none' };
}

function logChanges(values: readonly (number | null)[]): (number | null)[] {
  return values.slice(1).map((value, index) => {
    const before = values[index] ?? null;
    return value !== null && before !== null && value > 0 && before > 0 ? Math.log(value / before) : null;
  });
}

function correlationAt(
  changes: readonly (number | null)[],
  others: readonly (number | null)[],
  lag: number,
): LaggedCorrelation | null {
  const pairs = changes.flatMap((change, day) => {
    const other = others[day + lag] ?? null;
    return change === null || other === null ? [] : [{ day, change, other }];
  });
  const n = pairs.length;
  const moves = (key: 'change' | 'other') => pairs.filter((pair) => pair[key] !== 0).length;
  if (n < FEWEST_CHANGES || Math.min(moves('change'), moves('other')) < FEWEST_MOVES) return null;
  const days = pairs.map(({ day }) => day);
  const left = ranks(pairs.map(({ change }) => change));
  const right = ranks(pairs.map(({ other }) => other));
  // Every day the same ratio: it moves, and its changes do not vary.
  if (new Set(left).size === 1 || new Set(right).size === 1) return null;
  const correlation = bounded(sampleCorrelation(left, right), -1, 1);
  const [alike, alsoAlike] = [autocorrelations(left, days), autocorrelations(right, days)];
  const inflation = alike.reduce(
    (sum, each, index) => sum + 2 * (1 - (index + 1) / n) * each * (alsoAlike[index] ?? 0),
    1,
  );
  const effectiveN = bounded(n / inflation, 4, n);
  const error = Math.sqrt((1 + correlation ** 2 / 2) / (effectiveN - 3));
  const centre = Math.atanh(bounded(correlation, -0.999999, 0.999999));
  const reach = NORMAL_FOUR * error;
  return {
    lag,
    correlation,
    lower: Math.tanh(centre - reach),
    upper: Math.tanh(centre + reach),
    n,
    effectiveN,
  };
}

/** At lags from 1 day on, of the pairs of days that are known. */
function autocorrelations(values: readonly number[], days: readonly number[]): number[] {
  const centre = (values.length + 1) / 2;
  const byDay = new Map(days.map((day, index) => [day, (values[index] ?? 0) - centre]));
  let squares = 0;
  for (const value of byDay.values()) squares += value * value;
  return Array.from({ length: MEMORY }, (_, index) => {
    let products = 0;
    for (const [day, value] of byDay) products += value * (byDay.get(day - index - 1) ?? 0);
    return products / squares;
  });
}
