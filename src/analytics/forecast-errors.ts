import { bounded } from './bounded';
import { studentQuantile } from './student';

/**
 * Share of values that intervals are made to miss: a little less than the nominal 10 %, as shifts of which the past knows nothing come on top.
 * `npm run bench:forecast` shows the outcome.
 */
const AIMED_MISS = 0.09;
/** Step of the adaptation, and where it ends. */
const ADAPTATION = 0.015;
const [SMALLEST_MISS, LARGEST_MISS] = [0.01, 0.3];
/** Errors that an interval needs: with 19 the 5th and 95th percentile are the smallest and the largest one. */
export const FEWEST_ERRORS = 20;
const MOST_CORRELATED = 0.97;
const FEWEST_FREEDOMS = 3;
const NORMAL_95 = 1.6449;

/**
 * Errors that a forecast made so many days ahead has shown so far, and the interval they give: their empirical 5th and 95th percentile
 * (split conformal prediction of Vovk, Gammerman and Shafer 2005, "Algorithmic Learning in a Random World", with errors in their order of time), at a level that
 * moves with the misses, which keeps the coverage when a series changes its ways (Gibbs and Candès 2021, "Adaptive conformal inference
 * under distribution shift"). Errors of neighbouring days are alike, so they count as fewer (Bayley and Hammersley 1946, "The
 * 'effective' number of independent observations in an autocorrelated time series"), and the interval is stretched as Student's t of so few.
 */
export class ForecastErrors {
  private readonly sorted: Float64Array;
  private count = 0;
  private miss = AIMED_MISS;
  private mean = 0;
  private squares = 0;
  private products = 0;
  private last: number | null = null;

  constructor(capacity: number) {
    this.sorted = new Float64Array(capacity);
  }

  get size(): number {
    return this.count;
  }

  add(error: number): void {
    const { sorted, count } = this;
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sorted[middle] ?? 0) < error) low = middle + 1;
      else high = middle;
    }
    sorted.copyWithin(low + 1, low, count);
    sorted[low] = error;
    this.count += 1;
    this.mean += (error - this.mean) / this.count;
    this.squares += error * error;
    if (this.last !== null) this.products += error * this.last;
    this.last = error;
  }

  /** What became of an interval that these errors gave. */
  adapt(missed: boolean): void {
    this.miss = bounded(this.miss + ADAPTATION * (AIMED_MISS - (missed ? 1 : 0)), SMALLEST_MISS, LARGEST_MISS);
  }

  /** How far below and above a forecast the value may lie; the forecast itself is always inside. */
  interval(): [number, number] {
    const middle = this.quantile(0.5);
    const stretch = this.stretch();
    const below = middle + stretch * (this.quantile(this.miss / 2) - middle);
    const above = middle + stretch * (this.quantile(1 - this.miss / 2) - middle);
    return [Math.min(0, below), Math.max(0, above)];
  }

  private stretch(): number {
    const { count, mean } = this;
    const variance = this.squares / count - mean * mean;
    const raw = variance > 0 ? (this.products / count - mean * mean) / variance : 0;
    const correlation = bounded(raw + (1 + 4 * raw) / count, 0, MOST_CORRELATED);
    const effective = (count * (1 - correlation)) / (1 + correlation);
    return studentQuantile(NORMAL_95, Math.max(FEWEST_FREEDOMS, effective - 1)) / NORMAL_95;
  }

  private quantile(share: number): number {
    const place = bounded(share * (this.count + 1) - 1, 0, this.count - 1);
    const whole = Math.floor(place);
    const lower = this.sorted[whole] ?? 0;
    const upper = this.sorted[Math.min(whole + 1, this.count - 1)] ?? 0;
    return lower + (place - whole) * (upper - lower);
  }
}
