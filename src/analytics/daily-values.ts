import { clip, presenceIn, Segment, weightedMedian } from '../common/series';

const DAY_MINUTES = 1440;

/**
 * Time-weighted medians of the days from `first` up to and without `end` (days since 1970, UTC), oldest first; null where nothing or only an
 * absence is known. Not means: of a day in which a price changed, a mean is a level that there never was.
 */
export function dailyValues(segments: readonly Segment[], first: number, end: number): (number | null)[] {
  const held = Array.from({ length: end - first }, (): { value: number; time: number }[] => []);
  for (const segment of clip(segments, first * DAY_MINUTES, end * DAY_MINUTES)) {
    const { value } = segment;
    if (value === null) continue;
    for (let day = Math.floor(segment.start / DAY_MINUTES); day <= Math.floor(segment.end / DAY_MINUTES); day++) {
      const time = Math.min(segment.end, (day + 1) * DAY_MINUTES) - Math.max(segment.start, day * DAY_MINUTES);
      // A value that was seen once and never again held for no time, and is all there is of its day.
      if (time > 0 || segment.start === segment.end) held[day - first]?.push({ value, time: Math.max(time, 1) });
    }
  }
  return held.map(weightedMedian);
}

/** Share of the known time of each day in which there was a value, from 0 to 1; null where nothing is known. */
export function dailyPresence(segments: readonly Segment[], first: number, end: number): (number | null)[] {
  return Array.from({ length: end - first }, (_, day) => {
    const from = (first + day) * DAY_MINUTES;
    const { known, present } = presenceIn(segments, from, from + DAY_MINUTES);
    return known > 0 ? present / known : null;
  });
}
