import { ArrayText } from '../shared/database/array-text';
import { Point } from '../common/series';

/**
 * Points of several metrics as parallel arrays, in the text that the database sends: heads, points that are over, or a month. What
 * is of other metrics is passed over and never made a number of.
 */
export interface Block {
  /** Imported by the product's user, and not of the shared feed. */
  own: boolean;
  /** Of two points for the same minute, of the same feed, the one of the lower age counts. */
  age: number;
  /** What minutes are counted from. */
  middle: number;
  metrics: string;
  minutes: string;
  values: string;
  /** Until - minute. */
  lengths: string;
  sources: string;
  /** Recorded - minute; where that is asked for. */
  delays?: string;
}

export interface MergedSeries {
  points: Point[];
  /** SOURCE_IDS, in the order in which they first occur. */
  sources: number[];
  /** Minute at which each point became known; empty where that was not asked for. */
  recorded: number[];
  /** Minute of the first point after the range, where the blocks have one. */
  next: number | undefined;
}

/** One metric's points as they come, and beside each where it is from. */
interface Found {
  points: Point[];
  sources: number[];
  recorded: number[];
  feeds: Pick<Block, 'own' | 'age'>[];
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
  const found: (Found | undefined)[] = [];
  for (const metric of wanted) found[metric] = { points: [], sources: [], recorded: [], feeds: [] };
  // Months in their order, so that in the common case there is nothing to sort.
  for (const block of [...blocks].sort((a, b) => b.age - a.age || a.middle - b.middle)) collect(block, found);
  const merged = new Map<number, MergedSeries>();
  for (const metric of wanted) {
    const all = found[metric];
    if (!all || all.points.length === 0) continue;
    const { points, sources, recorded } = isAscending(all.points) ? all : uniqueByMinute(all);
    const end = endOf(points, to);
    if (end === 0) continue;
    const first = firstInForce(points, from);
    const isWhole = first === 0 && end === points.length;
    merged.set(metric, {
      points: isWhole ? points : points.slice(first, end),
      sources: [...new Set(isWhole ? sources : sources.slice(first, end))],
      recorded: isWhole ? recorded : recorded.slice(first, end),
      next: points[end]?.minute,
    });
  }
  return merged;
}

function collect(block: Block, found: readonly (Found | undefined)[]): void {
  const metrics = new ArrayText(block.metrics);
  const minutes = new ArrayText(block.minutes);
  const values = new ArrayText(block.values);
  const lengths = new ArrayText(block.lengths);
  const sources = new ArrayText(block.sources);
  const delays = block.delays === undefined ? undefined : new ArrayText(block.delays);
  while (metrics.hasNext()) {
    const series = found[metrics.next() ?? 0];
    if (series === undefined) {
      minutes.skip();
      values.skip();
      lengths.skip();
      sources.skip();
      delays?.skip();
      continue;
    }
    const minute = block.middle + (minutes.next() ?? 0);
    const value = values.next();
    const until = minute + (lengths.next() ?? 0);
    const source = sources.next() ?? 0;
    const delay = delays?.next();
    series.points.push({ minute, value, until });
    series.sources.push(source);
    if (delays) series.recorded.push(minute + (delay ?? 0));
    series.feeds.push(block);
  }
}

function isAscending(points: readonly Point[]): boolean {
  for (let index = 1; index < points.length; index++) {
    if ((points[index - 1]?.minute ?? 0) >= (points[index]?.minute ?? 0)) return false;
  }
  return true;
}

function uniqueByMinute({ points, sources, recorded, feeds }: Found): Pick<Found, 'points' | 'sources' | 'recorded'> {
  const found = points
    .map((point, index) => ({
      point,
      source: sources[index] ?? 0,
      recorded: recorded[index],
      feed: feeds[index] ?? { own: false, age: 0 },
    }))
    .sort(
      (a, b) => a.point.minute - b.point.minute || Number(b.feed.own) - Number(a.feed.own) || a.feed.age - b.feed.age,
    );
  const unique: typeof found = [];
  let shadowed = false;
  for (const next of found) {
    const last = unique.at(-1);
    if (last?.point.minute !== next.point.minute) {
      unique.push(next);
      shadowed = false;
    } else if (last.feed.own && !next.feed.own && !shadowed) {
      // Of the shared feed only the youngest word on this minute.
      shadowed = true;
      if (next.point.value === last.point.value) last.point.until = Math.max(last.point.until, next.point.until);
    }
  }
  return {
    points: unique.map(({ point }) => point),
    sources: unique.map(({ source }) => source),
    recorded: unique.flatMap((one) => one.recorded ?? []),
  };
}

/** How many of the points do not lie after the range. */
function endOf(points: readonly Point[], to: number): number {
  let end = points.length;
  while (end > 0 && (points[end - 1]?.minute ?? 0) > to) end--;
  return end;
}

/** What was over before the range is left out; a point at its very start makes the one before it needless. */
function firstInForce(points: readonly Point[], from: number): number {
  let first = 0;
  while (first + 1 < points.length && (points[first + 1]?.minute ?? 0) <= from) first++;
  return first;
}
