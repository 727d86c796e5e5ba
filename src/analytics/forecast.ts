import { bounded } from './bounded';
import { FEWEST_ERRORS, ForecastErrors } from './forecast-errors';
import { allMethods, SameAsLastWeek } from './forecast-methods';
import { dieboldMariano } from './forecast-skill';
import { WeekdayAdjustment } from './weekday-adjustment';

export type ForecastQuantity = 'price' | 'bsr' | 'units';

export interface ForecastOptions {
  quantity: ForecastQuantity;
  /** Days ahead, 7 to 28. */
  horizon: number;
}

interface ForecastDay {
  /** Days after the last day of the series, from 1. */
  day: number;
  /** Half of the outcomes lie below. Like the ends, a whole number in the units of the series. */
  median: number;
  /** Ends of the interval that holds 90 % of outcomes. */
  lower: number;
  upper: number;
}

/** How forecasts that were made on past days fared. */
interface BackTestPart {
  fromDay: number;
  toDay: number;
  /** Days that were compared with their forecast: pairs of origin and day, which overlap. */
  scored: number;
  /** Share of these that lay in their intervals, each of which was made of errors seen before its origin; nominal 0.9; null where none is. */
  coverage: number | null;
  /** 1 − mean absolute error / that of "same as last week"; null where the latter made none. */
  skill: number | null;
}

export interface Forecast {
  status: 'forecast';
  days: ForecastDay[];
  /** What the medians are the plain mean of: methods that made the smallest errors, all within 5 % of the best. */
  methods: string[];
  /** Whether effects of weekdays are part of it. */
  weekdayEffects: boolean;
  backTest: BackTestPart & {
    /** Days on which a forecast with intervals was made. */
    origins: number;
    /** Diebold–Mariano, one-sided: how likely chance alone shows such a skill. */
    pValue: number;
    /** False: no better than "same as last week" as far as can be told. Medians and intervals stand, as what the methods give. */
    hasSkill: boolean;
    /** The same for each week ahead. */
    weeks: BackTestPart[];
  };
}

export type NoForecast =
  | { status: 'too_short'; /** Known days that are still missing, at least. */ daysNeeded: number }
  | { status: 'not_current'; /** Days since the last one that is known. */ daysUnknown: number };

/** Days that methods see before they are asked. */
const FEWEST_DAYS = 28;
/** Unknown days at the end beyond which there is nothing to start from. */
const MOST_DAYS_UNKNOWN = 6;
const [SHORTEST_HORIZON, LONGEST_HORIZON] = [7, 28];
const MOST_COMBINED = 3;
const COMBINED_WITHIN = 1.05;
/** Weight of yesterday's errors among all: half of it is gone after ten weeks. */
const MEMORY = 0.99;
const SIGNIFICANT = 0.05;
/** How far ahead errors may come from when their own are too few. */
const NEIGHBOURS = [0, 1, -1, 2, -2, 3, -3];

/** Where errors are alike at all heights, and where values end: ratios of prices and ranks; counts by their root (Bartlett 1936). */
const SCALES: Record<ForecastQuantity, Scale> = {
  price: { to: Math.log, from: Math.exp, smallest: 1 },
  bsr: { to: Math.log, from: Math.exp, smallest: 1 },
  units: { to: Math.sqrt, from: (root) => Math.max(0, root) ** 2, smallest: 0 },
};

interface Scale {
  to: (value: number) => number;
  from: (scaled: number) => number;
  smallest: number;
}

/** How many known days a forecast needs: to begin with, for errors to make intervals of, and for intervals to be tried as often. */
export function forecastDaysNeeded(horizon: number): number {
  return FEWEST_DAYS + 2 * (horizon + FEWEST_ERRORS - 1);
}

/**
 * Forecast of a daily series with the back-test that made it (rolling origin; Tashman 2000, "Out-of-sample tests of forecasting
 * accuracy"). On every past day each method forecasts; the mean of the best up to three of them, by their errors until that day, is the
 * forecast (equal weights, as combinations in Makridakis, Spiliotis and Assimakopoulos 2018, "The M4 Competition"), and its errors until
 * that day make its interval. What is told of past forecasts is therefore true of forecasts that knew nothing of what came. Unknown
 * days are skipped, never filled, and not scored. Same series, same answer.
 * @param values one for each day, oldest first; null where unknown. In minor units, ranks or counts; below the smallest sensible value
 * (1 for prices and ranks, 0 for units) that one is taken
 * @throws RangeError for a value that is not finite or a horizon outside 7 to 28
 */
export function forecast(values: readonly (number | null)[], options: ForecastOptions): Forecast | NoForecast {
  const { horizon, quantity } = options;
  if (!Number.isInteger(horizon) || horizon < SHORTEST_HORIZON || horizon > LONGEST_HORIZON)
    throw new RangeError(`horizon must be a whole number from ${SHORTEST_HORIZON} to ${LONGEST_HORIZON}`);
  if (values.some((value) => value !== null && !Number.isFinite(value))) throw new RangeError('values must be finite');
  const end = values.findLastIndex((value) => value !== null) + 1;
  const daysUnknown = values.length - end;
  const daysNeeded = forecastDaysNeeded(horizon) - values.filter((value) => value !== null).length;
  if (daysNeeded > 0) return { status: 'too_short', daysNeeded };
  if (daysUnknown > MOST_DAYS_UNKNOWN) return { status: 'not_current', daysUnknown };
  const test = new BackTest(SCALES[quantity], end, daysUnknown, horizon);
  for (const value of values.slice(0, end)) test.pass(value);
  return test.result();
}

/** What was said on one day of the days after it; places are days ahead. */
interface Origin {
  /** For each number of days ahead the forecasts of all methods in a row. */
  each: Float64Array;
  best: number[];
  combined: Float64Array;
  /** Null where there were too few errors yet. */
  errors: (ForecastErrors | null)[];
  median: Float64Array;
  lower: Float64Array;
  upper: Float64Array;
}

class BackTest {
  private readonly methods = allMethods();
  private readonly reference = this.methods.findIndex((method) => method instanceof SameAsLastWeek);
  private readonly weekdays = new WeekdayAdjustment();
  private readonly losses = new Float64Array(this.methods.length);
  private readonly errors: ForecastErrors[];
  private readonly tallies: Tally[];
  private readonly origins: (Origin | null)[] = [];
  /** By day: by how much less than "same as last week" forecasts of that day erred, as a mean. */
  private readonly gains: number[] = [];
  private readonly steps: number;
  /** Days before the last one on which a forecast had intervals as far as it goes. */
  private asked = 0;
  private known = 0;
  private day = 0;

  constructor(
    private readonly scale: Scale,
    length: number,
    private readonly daysUnknown: number,
    private readonly horizon: number,
  ) {
    this.steps = daysUnknown + horizon;
    this.errors = Array.from({ length: this.steps + 1 }, () => new ForecastErrors(length));
    this.tallies = Array.from({ length: this.steps + 1 }, () => ({ scored: 0, inside: 0, error: 0, reference: 0 }));
  }

  pass(raw: number | null): void {
    const value = raw === null ? null : Math.max(this.scale.smallest, raw);
    const scaled = value === null ? null : this.scale.to(value);
    if (this.origins.at(-1)?.errors[this.steps]) this.asked += 1;
    if (value !== null && scaled !== null) this.score(value, scaled);
    if (this.day >= this.steps) this.origins[this.day - this.steps] = null;
    for (const method of this.methods) {
      if (scaled === null) method.skip();
      else method.observe(method.ownWeekdays ? scaled : scaled - this.weekdays.of(this.day));
    }
    this.weekdays.push(scaled);
    if (scaled !== null) this.known += 1;
    this.origins.push(scaled !== null && this.known >= FEWEST_DAYS ? this.ask() : null);
    this.day += 1;
  }

  result(): Forecast | NoForecast {
    const origin = this.origins.at(-1);
    const ahead = Array.from({ length: this.horizon }, (_, index) => this.daysUnknown + index + 1);
    // Days may be known in such an order that some distances never occur.
    const fewest = Math.min(...ahead.map((step) => this.nearest(step, (near) => this.tallies[near]?.scored ?? 0)));
    if (!origin || fewest < FEWEST_ERRORS) return { status: 'too_short', daysNeeded: FEWEST_ERRORS - fewest };
    const best = this.methods.filter((_, index) => origin.best.includes(index));
    const pValue = dieboldMariano(this.gains);
    const all = this.part(1, this.horizon);
    const starts = Array.from({ length: Math.ceil(this.horizon / 7) }, (_, week) => 7 * week + 1);
    return {
      status: 'forecast',
      days: ahead.map((step, index) => ({
        day: index + 1,
        median: origin.median[step] ?? 0,
        lower: origin.lower[step] ?? 0,
        upper: origin.upper[step] ?? 0,
      })),
      methods: best.map(({ name }) => name),
      weekdayEffects: this.weekdays.found && best.some((method) => !method.ownWeekdays),
      backTest: {
        ...all,
        origins: this.asked,
        pValue,
        hasSkill: all.skill !== null && all.skill > 0 && pValue < SIGNIFICANT,
        weeks: starts.map((start) => this.part(start, Math.min(start + 6, this.horizon))),
      },
    };
  }

  /** Compares a day with what was said of it on the days before. */
  private score(value: number, scaled: number): void {
    const { losses } = this;
    for (let index = 0; index < losses.length; index++) losses[index] = (losses[index] ?? 0) * MEMORY;
    let [gain, scored] = [0, 0];
    for (let step = 1; step <= Math.min(this.steps, this.day); step++) {
      const origin = this.origins[this.day - step];
      const errors = this.errors[step];
      const tally = this.tallies[step];
      if (!origin || !errors || !tally) continue;
      const { each } = origin;
      const row = step * losses.length;
      for (let index = 0; index < losses.length; index++) {
        // Each doubling of the distance weighs the same: what is near shows first that a series has changed.
        losses[index] = (losses[index] ?? 0) + Math.abs(scaled - (each[row + index] ?? 0)) / step;
      }
      const used = origin.errors[step];
      if (used) {
        const inside = value >= (origin.lower[step] ?? 0) && value <= (origin.upper[step] ?? 0);
        const error = Math.abs(value - (origin.median[step] ?? 0));
        const reference = Math.abs(value - this.shown(each[row + this.reference] ?? 0));
        errors.adapt(!inside);
        tally.scored += 1;
        tally.inside += inside ? 1 : 0;
        tally.error += error;
        tally.reference += reference;
        if (step > this.daysUnknown) {
          gain += reference - error;
          scored += 1;
        }
      }
      errors.add(scaled - (origin.combined[step] ?? 0));
    }
    if (scored > 0) this.gains.push(gain / scored);
  }

  private ask(): Origin {
    const { steps } = this;
    const count = this.methods.length;
    const each = new Float64Array((steps + 1) * count);
    const effects = Float64Array.from({ length: steps + 1 }, (_, step) => this.weekdays.of(this.day + step));
    const row = new Float64Array(steps + 1);
    this.methods.forEach((method, index) => {
      method.forecast(row);
      for (let step = 1; step <= steps; step++) {
        each[step * count + index] = (row[step] ?? 0) + (method.ownWeekdays ? 0 : (effects[step] ?? 0));
      }
    });
    const best = this.best();
    const combined = new Float64Array(steps + 1);
    const errors: (ForecastErrors | null)[] = [null];
    const [median, lower, upper] = [combined.slice(), combined.slice(), combined.slice()];
    for (let step = 1; step <= steps; step++) {
      let total = 0;
      for (const index of best) total += each[step * count + index] ?? 0;
      const centre = total / best.length;
      combined[step] = centre;
      median[step] = this.shown(centre);
      const seen = this.errorsFor(step);
      errors.push(seen);
      if (!seen) continue;
      const [below, above] = seen.interval();
      lower[step] = this.shown(centre + below);
      upper[step] = this.shown(centre + above);
    }
    return { each, best, combined, errors, median, lower, upper };
  }

  private best(): number[] {
    const order = this.methods.map((_, index) => index);
    const loss = (index: number) => this.losses[index] ?? 0;
    order.sort((a, b) => loss(a) - loss(b) || a - b);
    const smallest = loss(order[0] ?? 0);
    return order.slice(0, MOST_COMBINED).filter((index) => loss(index) <= COMBINED_WITHIN * smallest);
  }

  private errorsFor(step: number): ForecastErrors | null {
    for (const distance of NEIGHBOURS) {
      const errors = step + distance >= 1 ? this.errors[step + distance] : undefined;
      if (errors && errors.size >= FEWEST_ERRORS) return errors;
    }
    return null;
  }

  private nearest(step: number, count: (step: number) => number): number {
    return Math.max(...NEIGHBOURS.map((distance) => count(step + distance)));
  }

  /** Values are whole numbers, and so is what is said of them. */
  private shown(scaled: number): number {
    return bounded(Math.round(this.scale.from(scaled)), this.scale.smallest, Number.MAX_SAFE_INTEGER);
  }

  private part(fromDay: number, toDay: number): BackTestPart {
    const tallies = this.tallies.slice(this.daysUnknown + fromDay, this.daysUnknown + toDay + 1);
    const total = (key: keyof Tally) => tallies.reduce((sum, tally) => sum + tally[key], 0);
    const scored = total('scored');
    return {
      fromDay,
      toDay,
      scored,
      coverage: scored > 0 ? total('inside') / scored : null,
      skill: total('reference') > 0 ? 1 - total('error') / total('reference') : null,
    };
  }
}

interface Tally {
  scored: number;
  inside: number;
  error: number;
  reference: number;
}
