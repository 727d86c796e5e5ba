import { StoredPoint } from './evidence';

/** What became known more than a day after it was true is history. */
const LATE_MINUTES = 1440;

/** History, and no news: it counts as a baseline, and in a replay at its own time. */
export function isPast({ minute, recorded, isSuperseded }: StoredPoint): boolean {
  return isSuperseded === true || recorded - minute > LATE_MINUTES;
}

/** When it became known; what is past counts as known in its minute. */
export function knownAt(point: StoredPoint): number {
  return isPast(point) ? point.minute : point.recorded;
}

/**
 * Marks those that were not in force any more when they became known.
 * @param points of one series, ascending by minute
 */
export function markSuperseded(points: readonly StoredPoint[]): StoredPoint[] {
  let laterKnown = Infinity;
  const marked = [...points].reverse().map((point) => {
    const isSuperseded = point.recorded >= laterKnown;
    laterKnown = Math.min(laterKnown, point.recorded);
    return isSuperseded ? { ...point, isSuperseded } : point;
  });
  return marked.reverse();
}
