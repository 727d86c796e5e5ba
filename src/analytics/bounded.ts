/** The value, or the end of the range that it lies beyond. */
export function bounded(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
