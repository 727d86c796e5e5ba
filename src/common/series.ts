import { round } from './round';

/** A change point of one metric, as stored: the value held from `minute` and was last seen at `until`. */
export interface Point {
  minute: number;
  /** Null: known to be absent. */
  value: number | null;
  until: number;
}

/** What is shown of a series: the value from `minute` on. */
export type SeriesPoint = Pick<Point, 'minute' | 'value'>;

/** A stretch of time, from `start` up to and without `end`, in which a value is known. */
export interface Segment {
  start: number;
  end: number;
  value: number | null;
}

export type Resolution = 'raw' | 'hour' | 'day' | 'week';

const MINUTES: Record<Exclude<Resolution, 'raw'>, number> = { hour: 60, day: 1440, week: 10_080 };

/** Minute 0 is a Thursday; weeks start on Monday, three days before. */
const WEEK_SHIFT = 3 * 1440;

/**
 * Where the value is known. Between two readings the last one is carried forward, as long as the next one came within
 * `holdMinutes` of its last confirmation (last observation carried forward, bounded); a longer silence is a gap.
 * @param points ascending by minute
 * @param following minute of the point after the last one, where there is one
 */
export function toSegments(points: readonly Point[], holdMinutes: number, following?: number): Segment[] {
  return points.map((point, index) => {
    const next = points[index + 1]?.minute ?? following;
    const seen = Math.max(point.until, point.minute);
    if (next === undefined) return { start: point.minute, end: seen, value: point.value };
    return {
      start: point.minute,
      end: next - point.until <= holdMinutes ? next : Math.min(seen, next),
      value: point.value,
    };
  });
}

function touches({ start, end }: Segment, from: number, to: number): boolean {
  return start <= to && (end > from || (start >= from && end >= from));
}

/** The parts of the segments inside the range; segments of no length stay when they lie inside. */
export function clip(segments: readonly Segment[], from: number, to: number): Segment[] {
  return segments
    .filter((segment) => touches(segment, from, to))
    .map(({ start, end, value }) => ({ start: Math.max(start, from), end: Math.min(end, to), value }));
}

/**
 * The share of the range in which the value, or its absence, is known, and the stretches after the first reading in which
 * nothing is.
 */
export function knownIn(
  segments: readonly Segment[],
  from: number,
  to: number,
): { coverage: number; gaps: [number, number][] } {
  const gaps: [number, number][] = [];
  let known = 0;
  let last: number | undefined;
  for (const segment of segments) {
    if (!touches(segment, from, to)) continue;
    const start = Math.max(segment.start, from);
    const end = Math.min(segment.end, to);
    if (last !== undefined && start > last) gaps.push([last, start]);
    known += end - start;
    last = end;
  }
  if (last !== undefined && to > last) gaps.push([last, to]);
  return { coverage: to > from ? round(known / (to - from), 4) : 0, gaps };
}

/**
 * Time-weighted means per hour, day or week (UTC, weeks from Monday). A bucket in which nothing is known is left out;
 * one in which the value was absent all the known time is null.
 * @param segments ascending, none of them overlapping
 * @returns the mean at the first minute of each bucket
 */
export function resample(
  segments: readonly Segment[],
  from: number,
  to: number,
  resolution: Exclude<Resolution, 'raw'>,
): SeriesPoint[] {
  const size = MINUTES[resolution];
  const shift = resolution === 'week' ? WEEK_SHIFT : 0;
  const means: SeriesPoint[] = [];
  let open: { minute: number; weight: number; sum: number; lone: number | null } | undefined;
  const close = () => {
    if (open)
      means.push({ minute: open.minute, value: open.weight > 0 ? round(open.sum / open.weight, 2) : open.lone });
  };
  for (const { start, end, value } of clip(segments, from, to)) {
    let minute = Math.floor((start + shift) / size) * size - shift;
    do {
      if (open?.minute !== minute) {
        close();
        open = { minute, weight: 0, sum: 0, lone: null };
      }
      if (value !== null) {
        const weight = Math.min(end, minute + size) - Math.max(start, minute);
        open.weight += weight;
        open.sum += weight * value;
        open.lone = value;
      }
      minute += size;
    } while (minute < end);
  }
  close();
  return means;
}

/** How many points `resample` can make at most. */
export function bucketsIn(from: number, to: number, resolution: Exclude<Resolution, 'raw'>): number {
  return Math.ceil((to - from) / MINUTES[resolution]) + 1;
}

/**
 * Thins a series to at most `max` points and keeps its shape: of each of equal stretches of time the first, lowest,
 * highest and last point and the first absence (M4 aggregation: Jugel et al., VLDB 2014, with absences added).
 */
export function downsample(points: readonly SeriesPoint[], max: number): SeriesPoint[] {
  const first = points[0];
  const last = points.at(-1);
  if (points.length <= max || !first || !last) return [...points];
  const buckets = Math.max(1, Math.floor(max / 5));
  const width = (last.minute - first.minute + 1) / buckets;
  const kept = new Set<number>();
  let start = 0;
  for (let bucket = 1; bucket <= buckets; bucket++) {
    let end = start;
    while (end < points.length && (points[end]?.minute ?? 0) < first.minute + bucket * width) end++;
    keepExtremes(points, start, end, kept);
    start = end;
  }
  return points.filter((_, index) => kept.has(index));
}

function keepExtremes(points: readonly SeriesPoint[], start: number, end: number, kept: Set<number>): void {
  if (end <= start) return;
  kept.add(start).add(end - 1);
  let lowest = -1;
  let highest = -1;
  let absent = -1;
  for (let index = start; index < end; index++) {
    const value = points[index]?.value ?? null;
    if (value === null) {
      if (absent < 0) absent = index;
      continue;
    }
    if (lowest < 0 || value < (points[lowest]?.value ?? 0)) lowest = index;
    if (highest < 0 || value > (points[highest]?.value ?? 0)) highest = index;
  }
  for (const index of [lowest, highest, absent]) if (index >= 0) kept.add(index);
}

/** Of values that held for a time each: half of the time is below it, or at it. Null of none. */
export function weightedMedian(held: readonly { value: number; time: number }[]): number | null {
  const sorted = [...held].sort((a, b) => a.value - b.value);
  const half = sorted.reduce((sum, { time }) => sum + time, 0) / 2;
  let before = 0;
  return sorted.find(({ time }) => (before += time) >= half)?.value ?? null;
}

/** Minutes that are known of a range, and those of them in which there was a value. */
export function presenceIn(segments: readonly Segment[], from: number, to: number): { known: number; present: number } {
  let [known, present] = [0, 0];
  for (const { start, end, value } of clip(segments, from, to)) {
    known += end - start;
    if (value !== null) present += end - start;
  }
  return { known, present };
}

export interface Statistics {
  min: number | null;
  max: number | null;
  /** Weighted by the time each value held; null when no value held for any time. */
  mean: number | null;
  /** The latest known; null when it is known to be absent or nothing is known. */
  last: number | null;
  /** Change points inside the range. */
  points: number;
  /** Share of the range in which the value, or its absence, is known. */
  coverage: number;
}

/** Gaps are left out, not filled; time in which the value was absent counts as covered and not in the mean. */
export function statisticsOf(
  points: readonly Point[],
  segments: readonly Segment[],
  from: number,
  to: number,
): Statistics {
  const clipped = clip(segments, from, to);
  let min: number | null = null;
  let max: number | null = null;
  let weight = 0;
  let sum = 0;
  for (const { start, end, value } of clipped) {
    if (value === null) continue;
    min = min === null ? value : Math.min(min, value);
    max = max === null ? value : Math.max(max, value);
    weight += end - start;
    sum += (end - start) * value;
  }
  return {
    min,
    max,
    mean: weight > 0 ? round(sum / weight, 2) : null,
    last: clipped.at(-1)?.value ?? null,
    points: points.filter(({ minute }) => minute >= from && minute <= to).length,
    coverage: knownIn(segments, from, to).coverage,
  };
}

/** The lowest value there ever was, when it was first reached. */
export function lowestOf(points: readonly Point[]): { minute: number; value: number } | undefined {
  let lowest: { minute: number; value: number } | undefined;
  for (const { minute, value } of points) {
    if (value !== null && (lowest === undefined || value < lowest.value)) lowest = { minute, value };
  }
  return lowest;
}
