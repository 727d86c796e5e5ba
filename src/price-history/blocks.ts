import { Point } from './series';

/** Points of several metrics as parallel arrays, as they come from the database: heads, points that are over, or a packed month. */
export interface Block {
  /** Imported by the product's user, and not of the shared feed. */
  own: boolean;
  /** Of two points for the same minute, of the same feed, the one of the lower age counts. */
  age: number;
  /** What minutes are counted from. */
  middle: number;
  metrics: number[];
  minutes: (number | null)[];
  values: (number | null)[];
  /** Until - minute. */
  lengths: (number | null)[];
  sources: (number | null)[];
}

export interface MergedSeries {
  points: Point[];
  /** SOURCE_IDS, in the order in which they first occur. */
  sources: number[];
}

interface Found extends Point {
  own: boolean;
  age: number;
  source: number;
}

/**
 * One series per metric, ascending by minute: the points inside the range and the one that was in force at its start. Where
 * the user imported a point for a minute the shared feed has too, the user's own counts; where both say the same, what
 * confirms the one confirms the other.
 * @param wanted metric ids
 * @param from, to first and last minute
 */
export function mergeBlocks(
  blocks: readonly Block[],
  wanted: readonly number[],
  from: number,
  to: number,
): Map<number, MergedSeries> {
  const found: Found[][] = [];
  for (const metric of wanted) found[metric] = [];
  // Months in their order, so that in the common case there is nothing to sort.
  for (const block of [...blocks].sort((a, b) => b.age - a.age || a.middle - b.middle)) collect(block, to, found);
  const merged = new Map<number, MergedSeries>();
  for (const metric of wanted) {
    const points = inForce(uniqueByMinute(found[metric] ?? []), from);
    if (points.length === 0) continue;
    merged.set(metric, {
      points: points.map(({ minute, value, until }) => ({ minute, value, until })),
      sources: [...new Set(points.map(({ source }) => source))],
    });
  }
  return merged;
}

function collect({ own, age, middle, ...arrays }: Block, to: number, found: Found[][]): void {
  for (let index = 0; index < arrays.metrics.length; index++) {
    const list = found[arrays.metrics[index] ?? 0];
    const offset = arrays.minutes[index];
    if (list === undefined || offset == null) continue;
    const minute = middle + offset;
    if (minute > to) continue;
    const until = minute + (arrays.lengths[index] ?? 0);
    list.push({ minute, value: arrays.values[index] ?? null, until, own, age, source: arrays.sources[index] ?? 0 });
  }
}

function uniqueByMinute(points: Found[]): Found[] {
  if (points.every((point, index) => index === 0 || (points[index - 1]?.minute ?? 0) < point.minute)) return points;
  points.sort((a, b) => a.minute - b.minute || Number(b.own) - Number(a.own) || a.age - b.age);
  const unique: Found[] = [];
  let shadowed: Found | undefined;
  for (const point of points) {
    const last = unique.at(-1);
    if (last?.minute !== point.minute) {
      unique.push(point);
      shadowed = undefined;
    } else if (last.own && !point.own && shadowed === undefined) {
      // Of the shared feed only the youngest word on this minute.
      shadowed = point;
      if (point.value === last.value) last.until = Math.max(last.until, point.until);
    }
  }
  return unique;
}

/** Without what was over before the range; a point at its very start makes the one before it needless. */
function inForce(points: Found[], from: number): Found[] {
  let first = 0;
  while (first + 1 < points.length && (points[first + 1]?.minute ?? 0) <= from) first++;
  return first === 0 ? points : points.slice(first);
}
