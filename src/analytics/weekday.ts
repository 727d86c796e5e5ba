import { mean, median } from 'simple-statistics';
import { bounded } from './bounded';
import { interquartileMean } from './interquartile-mean';
import { seededRandom } from './random';

interface WeekdayEffect {
  /** 0 Sunday to 6 Saturday, as `Date.prototype.getUTCDay`. */
  weekday: number;
  /** How the day lies beside its week: a share of it (0.1 is 10 % above) on the scale `ratio`, otherwise in units of the series. */
  effect: number;
  /** Chance of such an effect on any of the seven days when there is none on any. */
  pValue: number;
}

export interface WeekdayPattern {
  /** Weeks of which at least 5 days are known. */
  weeks: number;
  pValue: number;
  /** Whether there is a pattern at all: with 95 % none is found where there is none. */
  found: boolean;
  /** Of all seven days, Sunday first; empty unless a pattern was found. */
  effects: WeekdayEffect[];
}

export interface WeekdayOptions {
  /** Weekday of the first value: 0 Sunday to 6 Saturday. */
  firstWeekday: number;
  /** `ratio` for prices and ranks, which are compared by their logarithms; `difference` for counts. */
  scale: 'ratio' | 'difference';
}

const FEWEST_WEEKS = 6;
/** Days of a week that have to be known. */
const FEWEST_KNOWN = 5;
/** Days before and after one in the week around it. */
const MARGIN = 3;
const FLIPS = 999;
/** With it less than 5 % of series without a pattern show one, as weeks that follow each other are a little alike: `npm run bench:detection`. */
const SIGNIFICANT = 0.035;
const ROUNDING = 1e-9;
const MAD_TO_SD = 1.4826;
/** Robust standard deviations beyond which a value counts as one that lies there (Huber 1964). */
const MOST_DEVIATIONS = 3;

/**
 * What the days of the week do, if they do anything: interquartile means of the distances from the centred week's mean (classical
 * decomposition, which no straight trend moves). Tested, with outliers drawn in, by turning the signs of whole weeks at random (Winkler et al. 2014, "Permutation
 * inference for the general linear model"): that keeps how days of a week go together, so that days which are alike for another reason are no
 * pattern; the largest of the seven days makes the p-values right for all (Westfall and Young 1993, "Resampling-Based Multiple Testing"). The
 * random numbers have a fixed seed: same series, same answer.
 * @param values one for each day, oldest first; null where unknown; on the scale `ratio` above 0, others are taken as unknown
 * @returns null with fewer than 6 known days of any weekday (48 days in all, as the mean around a day takes 3 on each side), or where nothing varies
 */
export function weekdayPattern(
  values: readonly (number | null)[],
  { firstWeekday, scale }: WeekdayOptions,
): WeekdayPattern | null {
  const scaled = values.map((value) => {
    if (value === null || scale === 'difference') return value;
    return value > 0 ? Math.log(value) : null;
  });
  const weeks = distancesByWeek(scaled);
  const known = Array.from({ length: 7 }, (_, index) => weeks.flatMap((week) => week[index] ?? []));
  if (known.some((distances) => distances.length < FEWEST_WEEKS)) return null;
  const all = known.flat();
  const spread = MAD_TO_SD * median(all.map(Math.abs));
  if (all.every((distance) => distance === 0)) return null;
  const reach = MOST_DEVIATIONS * spread;
  // An unknown day adds nothing to the sum of its weekday, whichever way its week is turned.
  const byDay = Array.from({ length: 7 }, (_, day) =>
    Float64Array.from(weeks, (week) => bounded(week[day] ?? 0, -reach, reach)),
  );
  const sizes = byDay.map((day) => Math.sqrt(day.reduce((sum, distance) => sum + distance * distance, 0)));
  const largest = largestByChance(byDay, sizes);
  const pValues = byDay.map((day, index) => {
    const own = Math.abs(day.reduce((sum, distance) => sum + distance, 0)) / (sizes[index] || Infinity);
    // Floating point may add the same numbers to different sums.
    return (1 + largest.filter((chance) => chance >= own - 1e-9).length) / (1 + FLIPS);
  });
  const pValue = Math.min(...pValues);
  const found = pValue <= SIGNIFICANT;
  const means = known.map(interquartileMean);
  const centre = mean(means);
  const effects = means.map((each, day) => ({
    weekday: (firstWeekday + MARGIN + day) % 7,
    effect: scale === 'ratio' ? Math.expm1(each - centre) : each - centre,
    pValue: pValues[day] ?? 1,
  }));
  return { weeks: weeks.length, pValue, found, effects: found ? effects.sort((a, b) => a.weekday - b.weekday) : [] };
}

/** How far the days of each week lie from the means of the weeks centred on them; weeks of which too little is known are left out. */
function distancesByWeek(values: readonly (number | null)[]): (number | null)[][] {
  const distances = values.map((value, day) => {
    const around = day < MARGIN ? [] : values.slice(day - MARGIN, day + MARGIN + 1);
    const known = around.filter((each) => each !== null);
    if (value === null || around.length < 7 || known.length < FEWEST_KNOWN) return null;
    const distance = value - mean(known);
    // Of equal values floating point leaves something, which would be the whole spread of a constant series.
    return Math.abs(distance) <= ROUNDING * Math.max(1, Math.abs(value)) ? 0 : distance;
  });
  return Array.from({ length: Math.max(0, Math.floor((values.length - 2 * MARGIN) / 7)) }, (_, week) =>
    distances.slice(MARGIN + 7 * week, MARGIN + 7 * week + 7),
  ).filter((week) => week.filter((distance) => distance !== null).length >= FEWEST_KNOWN);
}

/** The largest mean of the seven days, in standard errors of its own, for each way of turning the weeks. */
function largestByChance(byDay: readonly Float64Array[], sizes: readonly number[]): number[] {
  const random = seededRandom(1);
  const signs = Float64Array.from(byDay[0] ?? []);
  return Array.from({ length: FLIPS }, () => {
    signs.forEach((_, week) => (signs[week] = random() < 0.5 ? -1 : 1));
    let largest = 0;
    byDay.forEach((day, index) => {
      let sum = 0;
      for (let week = 0; week < signs.length; week++) sum += (signs[week] ?? 0) * (day[week] ?? 0);
      largest = Math.max(largest, Math.abs(sum) / (sizes[index] || Infinity));
    });
    return largest;
  });
}
