import type { ForecastMethod } from './forecast-method';

const UNTIL_SPREAD_IS_KNOWN = 14;
const FAR_OUT = 3;
/** Of normal errors: √(π / 2). */
const MEAN_ERROR_TO_SD = 1.25;
const SPREAD_MEMORY = 0.02;
const SHIFT_AT = 5;

/**
 * A method that begins anew when its errors tell of a shift: when their cumulative sum on one side, less one standard deviation a day, exceeds
 * five (Page 1954, "Continuous inspection schemes"). What came since that sum was last nothing is the new level.
 */
export class SinceShift implements ForecastMethod {
  readonly name: string;
  readonly ownWeekdays = false;
  private method: ForecastMethod;
  private readonly tomorrow = new Float64Array(2);
  private count = 0;
  private meanError = 0;
  private sums = [new ShiftSum(1), new ShiftSum(-1)];

  constructor(private readonly make: () => ForecastMethod) {
    this.method = make();
    this.name = `${this.method.name} since the last shift`;
  }

  observe(value: number): void {
    if (this.count > 0) this.watch(value);
    this.count += 1;
    this.method.observe(value);
  }

  skip(): void {
    // A level does not move by itself.
  }

  forecast(row: Float64Array): void {
    this.method.forecast(row);
  }

  private watch(value: number): void {
    this.method.forecast(this.tomorrow);
    const error = value - (this.tomorrow[1] ?? 0);
    const size = Math.abs(error);
    // Where nothing has varied so far, whatever does is far out.
    const deviations = size > 0 ? Math.min(FAR_OUT, size / (this.meanError * MEAN_ERROR_TO_SD)) : 0;
    if (this.count >= UNTIL_SPREAD_IS_KNOWN) {
      const shifts = this.sums.filter((sum) => sum.add(Math.sign(error) * deviations, value));
      if (shifts[0]) this.beginWith(shifts[0].values);
    }
    const within = this.meanError > 0 ? Math.min(size, FAR_OUT * MEAN_ERROR_TO_SD * this.meanError) : size;
    const drawnIn = this.count < UNTIL_SPREAD_IS_KNOWN ? size : within;
    this.meanError += Math.max(1 / this.count, SPREAD_MEMORY) * (drawnIn - this.meanError);
  }

  private beginWith(values: readonly number[]): void {
    this.method = this.make();
    // The last of them is about to be observed.
    for (const value of values.slice(0, -1)) this.method.observe(value);
    this.sums = [new ShiftSum(1), new ShiftSum(-1)];
  }
}

class ShiftSum {
  /** Since the sum was last nothing. */
  values: number[] = [];
  private sum = 0;

  constructor(private readonly side: 1 | -1) {}

  /** @returns whether this is a shift */
  add(deviations: number, value: number): boolean {
    this.sum += this.side * deviations - 1;
    this.values.push(value);
    if (this.sum <= 0) {
      this.sum = 0;
      this.values = [];
    }
    return this.sum > SHIFT_AT;
  }
}
