import { mean } from 'simple-statistics';
import { changePoints } from '../change-points';
import { SAME_STEP_DAYS } from './coincidences';
import { Change, Daily, Factor, range } from './factors';
import type { Term } from './selection';

/** Delays in days, and shares of what has come the day before, by which effects unfold (Koyck 1954). */
const RESPONSES = [0, 0.6].flatMap((memory) => [0, 1, 2, 3, 4, 5].map((delay) => ({ delay, memory })));
const AT_ONCE = RESPONSES.filter(({ delay }) => delay <= 2);
/** Of a stock-out, in which a rank gets worse day by day, as sales of longer ago count less, and recovers with the first sales. */
const ABSENCES = [0, 0.8].flatMap((rise) =>
  [0.3, 0.6, 0.8].flatMap((fall) => [0, 1, 2].map((delay) => ({ rise, fall, delay }))),
);
/** Moves of less than this share of the whole way are none. */
const WOBBLE = 0.25;
/** Around the day of the change, which is not known to the day. */
const SHIFT_DAYS = [-3, -2, -1, 0, 1, 2, 3];
/** That a change is of something that nobody recorded, in the week around it. */
const SHIFT_SHARE = 0.02;
/** Standard deviation of such a change, in log units. */
const SHIFT_SCALE = 0.7;
/** The drift of the market is expected whole. */
const MARKET_MEAN = 1;
/** Effects that cannot be larger are not looked for. */
const SMALLEST_EFFECT = 0.04;

/** Days from which on effects of weekdays are told apart. */
const FEWEST_FOR_WEEK = 49;

/** Columns of no interest: the levels before `from`, each of its own; days of the week. */
export function nuisance(days: readonly number[], outcome: Daily, from: number, first: number): Float64Array[] {
  const earlier = from > first ? changePoints(outcome.slice(first, from)).map(({ index }) => first + index) : [];
  const starts = [first, ...earlier, ...(from > first ? [from] : [])];
  const levels = starts.map((start, number) =>
    Float64Array.from(days, (day) => (day >= start && day < (starts[number + 1] ?? Infinity) ? 1 : 0)),
  );
  if (days.length < FEWEST_FOR_WEEK) return levels;
  const week = Array.from({ length: 6 }, (_, weekday) =>
    Float64Array.from(days, (day) => (day % 7 === weekday ? 1 : 0)),
  );
  return [...levels, ...week];
}

/** The forms in which each cause may have acted, for each day; those of what nothing recorded explains have the number after the last cause. */
export function termsOf(causes: readonly Factor[], { from, day, to }: Change, first: number): Term[] {
  const terms = causes.flatMap(({ cause, signal, scale, share }, index): Term[] => {
    const isMarket = cause === 'market';
    const moved = average(signal, day, to) - average(signal, from, day);
    if (!isMarket && Math.abs(moved) * scale < SMALLEST_EFFECT) return [];
    const reach = range(signal.subarray(first, to));
    const forms = isMarket
      ? [smoothed(signal), ...shiftsAround(day, to).map((shift) => shift.map((each) => each * moved))]
      : cause === 'own-stock-out'
        ? [
            ...AT_ONCE.map((response) => unfolding(signal, response)),
            ...ABSENCES.map((absence) => worsening(signal, absence, reach, first, to)),
          ]
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
export function asSteps(signal: Float64Array, least: number, from: number, to: number): Float64Array {
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

/** Delayed, and a share less each day of what is still to come. */
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
