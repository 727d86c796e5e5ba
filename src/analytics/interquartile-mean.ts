import { mean } from 'simple-statistics';

/** The mean of the middle half, which a few wild values do not move. */
export function interquartileMean(values: readonly number[]): number {
  const cut = Math.floor(values.length / 4);
  return mean(values.toSorted((a, b) => a - b).slice(cut, values.length - cut));
}
