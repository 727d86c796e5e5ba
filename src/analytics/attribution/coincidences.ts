import { Daily, Factor, Cause, Series, Window } from './factors';

/** A factor's step from one value to another. */
export interface CoincidentEvent {
  /** Place of the day. */
  day: number;
  cause: Cause;
  rival: string | null;
  series: Series;
  before: number;
  after: number;
}

/** Days before and after the first day of the new level in which an event is coincident. */
const DAYS_BEFORE = 14;
const DAYS_AFTER = 3;
/** Steps in the same direction with no more days between them are one. */
export const SAME_STEP_DAYS = 3;
const SMALLEST: Record<Series, (before: number, after: number) => boolean> = {
  price: (before, after) => Math.abs(after / before - 1) >= 0.01,
  inStock: (before, after) => Math.abs(after - before) >= 0.5,
  buyBox: (before, after) => Math.abs(after - before) >= 0.5,
  coupon: (before, after) => before !== after,
  rating: (before, after) => Math.abs(after - before) >= 1,
  bsr: () => false,
};

/** In the order of time. */
export function coincidences(factors: readonly Factor[], day: number): CoincidentEvent[] {
  return factors
    .flatMap((factor) => eventsOf(factor))
    .filter((event) => event.day >= day - DAYS_BEFORE && event.day <= day + DAYS_AFTER)
    .sort((a, b) => a.day - b.day);
}

function eventsOf({ cause, rival, series, values }: Factor): CoincidentEvent[] {
  return stepsOf(values)
    .filter(({ before, after }) => SMALLEST[series](before, after))
    .map((step) => ({ ...step, cause, rival, series }));
}

function stepsOf(values: Daily): { day: number; before: number; after: number }[] {
  const steps: { day: number; last: number; before: number; after: number }[] = [];
  let known: number | null = null;
  values.forEach((value, day) => {
    if (value === null) return;
    if (known !== null && value !== known) {
      const open = steps.at(-1);
      const goesOn =
        open && day - open.last <= SAME_STEP_DAYS && Math.sign(value - known) === Math.sign(open.after - open.before);
      if (goesOn) Object.assign(open, { last: day, after: value });
      else steps.push({ day, last: day, before: known, after: value });
    }
    known = value;
  });
  return steps.map(({ day, before, after }) => ({ day, before, after }));
}

/** The largest step of a factor around the change, and how long it lasted; without any, its first and last values. */
export function evidenceOf(factor: Factor, before: Window, after: Window) {
  const { series, values } = factor;
  const inside = stepsOf(values).filter(({ day }) => day > before.from && day < after.to);
  const size = (step: { before: number; after: number }) => Math.abs(step.after - step.before);
  const largest = inside.toSorted((a, b) => size(b) - size(a)).at(0);
  if (!largest || factor.cause === 'market') {
    const of = (window: Window) => {
      const known = values.slice(window.from, window.to).filter((value) => value !== null);
      return known.length > 0 ? Math.exp(known.reduce((sum, value) => sum + Math.log(value), 0) / known.length) : null;
    };
    return { series, before: of(before), after: of(after), from: after.from, to: after.to };
  }
  const next = inside.find(({ day }) => day > largest.day);
  return { series, before: largest.before, after: largest.after, from: largest.day, to: next?.day ?? after.to };
}
