import { Segment } from '../../common/series';

/** Who is best of several at something, and since when. */
export interface Lead {
  /** Several where they are equally good. */
  leaders: string[];
  /** Minute since which they have been, without a break. */
  since: number;
  /** Before `since` not all values are known: they may have led for longer. */
  atLeast: boolean;
}

/**
 * Walks back from `at` for as long as the same ones are best. A value that is known to be absent (no offer, no rank) cannot be best.
 * @param series where each one's value is known, ascending; the last segment reaches up to `at`
 * @param tolerance values that differ by no more are equally good
 * @returns null where nobody has a value at `at`
 */
export function leadOf(
  series: ReadonlyMap<string, readonly Segment[]>,
  better: 'lower' | 'higher',
  tolerance: number,
  at: number,
): Lead | null {
  const walkers = [...series].flatMap(([key, segments]) => {
    const index = segments.findLastIndex(({ start }) => start <= at);
    return index < 0 ? [] : [{ key, segments, index }];
  });
  const bestNow = () =>
    bestOf(
      walkers.map(({ key, segments, index }) => ({ key, value: segments[index]?.value ?? null })),
      better,
      tolerance,
    );
  const leaders = bestNow();
  if (leaders.length === 0) return null;
  for (;;) {
    const since = Math.max(...walkers.map(({ segments, index }) => segments[index]?.start ?? 0));
    for (const walker of walkers) {
      if (walker.segments[walker.index]?.start !== since) continue;
      walker.index -= 1;
      const before = walker.segments[walker.index];
      if (!before || before.end < since) return { leaders, since, atLeast: true };
    }
    if (!isSame(leaders, bestNow())) return { leaders, since, atLeast: false };
  }
}

function bestOf(
  values: { key: string; value: number | null }[],
  better: 'lower' | 'higher',
  tolerance: number,
): string[] {
  const sign = better === 'lower' ? 1 : -1;
  const known = values.filter((one): one is { key: string; value: number } => one.value !== null);
  const best = Math.min(...known.map(({ value }) => sign * value));
  return known.filter(({ value }) => sign * value <= best + tolerance).map(({ key }) => key);
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((key, index) => key === b[index]);
}
