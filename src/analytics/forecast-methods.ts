import { medianSorted } from 'simple-statistics';
import type { ForecastMethod } from './forecast-method';
import { SinceShift } from './since-shift';

/** Small grids: each setting is a candidate of its own, and back-tests choose. */
export function allMethods(): ForecastMethod[] {
  return [
    new Smoothing(1),
    ...[0.5, 0.2, 0.1].map((alpha) => new Smoothing(alpha)),
    new SinceShift(() => new Smoothing(0.05)),
    ...[5, 15].map((size) => new RunningMedian(size)),
    new SinceShift(() => new Smoothing(0.02)),
    new SinceShift(() => new RunningMedian(45)),
    new DampedTrend(0.2, 0.1, 0.98),
    new DampedTrend(0.1, 0.1, 0.98),
    new DampedTrend(0.05, 0.05, 0.99),
    ...[0.1, 0.3, 0.6].map((alpha) => new Theta(alpha)),
    new SameAsLastWeek(),
  ];
}

/** Simple exponential smoothing (Brown 1959, "Statistical Forecasting for Inventory Control"); with an alpha of 1 the last value. */
class Smoothing implements ForecastMethod {
  readonly name: string;
  readonly ownWeekdays = false;
  level = 0;
  private count = 0;

  constructor(private readonly alpha: number) {
    this.name = alpha === 1 ? 'last value' : `exponential smoothing (alpha ${alpha})`;
  }

  observe(value: number): void {
    this.count += 1;
    // A mean at first, so that the first day does not weigh for months.
    this.level += Math.max(this.alpha, 1 / this.count) * (value - this.level);
  }

  skip(): void {
    // A level does not move by itself.
  }

  forecast(row: Float64Array): void {
    row.fill(this.level);
  }
}

/** The median of the last days, which outliers do not move (Tukey 1977, "Exploratory Data Analysis"). */
class RunningMedian implements ForecastMethod {
  readonly name: string;
  readonly ownWeekdays = false;
  private readonly inTime: number[] = [];
  private readonly sorted: number[] = [];

  constructor(private readonly size: number) {
    this.name = `running median (${size} days)`;
  }

  observe(value: number): void {
    const oldest = this.inTime.length === this.size ? this.inTime.shift() : undefined;
    if (oldest !== undefined) this.sorted.splice(this.sorted.indexOf(oldest), 1);
    let place = this.sorted.length;
    while (place > 0 && (this.sorted[place - 1] ?? 0) > value) place -= 1;
    this.sorted.splice(place, 0, value);
    this.inTime.push(value);
  }

  skip(): void {
    // The last days that are known.
  }

  forecast(row: Float64Array): void {
    row.fill(medianSorted(this.sorted));
  }
}

/** Holt's method with a trend that fades (Gardner and McKenzie 1985, "Forecasting trends in time series"). */
class DampedTrend implements ForecastMethod {
  readonly name: string;
  readonly ownWeekdays = false;
  private level: number | null = null;
  private trend = 0;

  constructor(
    private readonly alpha: number,
    private readonly beta: number,
    private readonly damping: number,
  ) {
    this.name = `damped trend (alpha ${alpha}, beta ${beta}, phi ${damping})`;
  }

  observe(value: number): void {
    if (this.level === null) {
      this.level = value;
      return;
    }
    this.skip();
    const error = value - this.level;
    this.level += this.alpha * error;
    this.trend += this.alpha * this.beta * error;
  }

  skip(): void {
    if (this.level === null) return;
    this.trend *= this.damping;
    this.level += this.trend;
  }

  forecast(row: Float64Array): void {
    let level = this.level ?? 0;
    let trend = this.trend;
    for (let step = 1; step < row.length; step++) {
      trend *= this.damping;
      level += trend;
      row[step] = level;
    }
  }
}

/**
 * Theta (Assimakopoulos and Nikolopoulos 2000, "The theta model") in the form of Hyndman and Billah 2003, "Unmasking the Theta
 * method": exponential smoothing and half the slope of the regression line.
 */
class Theta implements ForecastMethod {
  readonly name: string;
  readonly ownWeekdays = false;
  private readonly smoothing: Smoothing;
  private day = 0;
  private count = 0;
  private meanDay = 0;
  private meanValue = 0;
  private squares = 0;
  private products = 0;

  constructor(private readonly alpha: number) {
    this.smoothing = new Smoothing(alpha);
    this.name = `theta (alpha ${alpha})`;
  }

  observe(value: number): void {
    this.smoothing.observe(value);
    // Welford 1962: sums around the mean, which lose no digits.
    this.count += 1;
    const fromMeanDay = this.day - this.meanDay;
    this.meanDay += fromMeanDay / this.count;
    this.meanValue += (value - this.meanValue) / this.count;
    this.squares += fromMeanDay * (this.day - this.meanDay);
    this.products += fromMeanDay * (value - this.meanValue);
    this.day += 1;
  }

  skip(): void {
    this.day += 1;
  }

  forecast(row: Float64Array): void {
    const drift = this.squares > 0 ? this.products / this.squares / 2 : 0;
    const lag = (1 - (1 - this.alpha) ** this.count) / this.alpha;
    for (let step = 1; step < row.length; step++) row[step] = this.smoothing.level + drift * (step - 1 + lag);
  }
}

/** The last known value of the same weekday (seasonal naive), which every forecast is measured by. */
export class SameAsLastWeek implements ForecastMethod {
  readonly name = 'same as last week';
  readonly ownWeekdays = true;
  private readonly week: (number | undefined)[] = Array.from({ length: 7 });
  private last = 0;
  private day = 0;

  observe(value: number): void {
    this.week[this.day % 7] = value;
    this.last = value;
    this.day += 1;
  }

  skip(): void {
    this.day += 1;
  }

  forecast(row: Float64Array): void {
    for (let step = 1; step < row.length; step++) row[step] = this.week[(this.day - 1 + step) % 7] ?? this.last;
  }
}
