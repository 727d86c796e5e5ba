import { mean, medianSorted, sampleVariance } from 'simple-statistics';
import { interquartileMean } from './interquartile-mean';

/** Effects are those of the last half year. */
const WEEKS = 26;
const FEWEST_WEEKS = 4;
/** Known days that a mean of a week needs. */
const FEWEST_DAYS = 5;
/** Variance of an interquartile mean beside that of a mean, of normal values. */
const PRICE_OF_ROBUSTNESS = 1.2;
const MAD_TO_SD = 1.4826;

/**
 * How much the days of the week differ, as far as a series shows it up to a day: interquartile means of the distances from the
 * centred week's mean (classical decomposition), all shrunk towards nothing by the share of their spread that is noise (empirical
 * Bayes; Efron and Morris 1973, "Stein's estimation rule and its competitors"), so that where there is no pattern there are no effects.
 */
export class WeekdayAdjustment {
  private readonly distances: number[][] = Array.from({ length: 7 }, () => []);
  private readonly week: (number | null)[] = [];
  private day = 0;
  private effects = [0, 0, 0, 0, 0, 0, 0];

  /** @param day place in the series, from 0 */
  of(day: number): number {
    return this.effects[day % 7] ?? 0;
  }

  get found(): boolean {
    return this.effects.some((effect) => effect !== 0);
  }

  push(value: number | null): void {
    this.week.push(value);
    if (this.week.length > 7) this.week.shift();
    const centre = this.week.length === 7 ? (this.week[3] ?? null) : null;
    const weekday = (this.day + 4) % 7;
    this.day += 1;
    if (centre !== null) {
      const known = this.week.filter((each) => each !== null);
      if (known.length >= FEWEST_DAYS) {
        const distances = this.distances[weekday] ?? [];
        distances.push(centre - mean(known));
        if (distances.length > WEEKS) distances.shift();
      }
    }
    if (weekday === 6) this.estimate();
  }

  private estimate(): void {
    const fewest = Math.min(...this.distances.map(({ length }) => length));
    if (fewest < FEWEST_WEEKS) return;
    const raw = this.distances.map(interquartileMean);
    const centre = mean(raw);
    const rest = this.distances.flatMap((list, weekday) => list.map((each) => Math.abs(each - (raw[weekday] ?? 0))));
    const spread = MAD_TO_SD * medianSorted(rest.sort((a, b) => a - b));
    const noise = (PRICE_OF_ROBUSTNESS * spread * spread) / fewest;
    const between = sampleVariance(raw);
    const kept = between > noise ? 1 - noise / between : 0;
    this.effects = raw.map((effect) => kept * (effect - centre));
  }
}
