import { Metric } from '../../common/metric';
import { clip, presenceIn, Segment } from '../../common/series';
import { SourceName } from '../../marketplace-data/marketplace-data';
import { KnownHistory } from '../../price-history/price-history.service';
import { ratingEstimate } from './rating-estimate';

type Unit = 'money' | 'rank' | 'stars' | 'count' | 'per day' | 'share';

/**
 * What listings are compared by. `better`: which value leads; null where more is not better. `tie`: what differs by no more is
 * equal; a rating is read to a tenth of a star.
 */
export const MEASURES = {
  /** The buy box price where there is one, else the lowest new price. */
  itemPrice: { unit: 'money', better: 'lower', tie: 0 },
  /** Buy box price and its shipping; not there where one of them is not known. */
  landedPrice: { unit: 'money', better: 'lower', tie: 0 },
  /** What the coupon takes off; 0 where there is known to be none. */
  coupon: { unit: 'money', better: 'higher', tie: 0 },
  /** Only beside one of the same category. */
  bsr: { unit: 'rank', better: 'lower', tie: 0 },
  bsrSub: { unit: 'rank', better: 'lower', tie: 0 },
  /** Drawn towards 3 where there are few (rating-estimate.ts); not there where it is not known how many there are. */
  rating: { unit: 'stars', better: 'higher', tie: 0.05 },
  ratingCount: { unit: 'count', better: 'higher', tie: 0 },
  /** By which the number of ratings grew in the last 30 days; may be negative, as Amazon removes some. */
  ratingsPerDay: { unit: 'per day', better: 'higher', tie: 0 },
  /** Share of the known time of the last 30 days in which there was an offer. */
  timeInStock: { unit: 'share', better: 'higher', tie: 0 },
  stock: { unit: 'count', better: null, tie: 0 },
} as const satisfies Record<string, { unit: Unit; better: 'lower' | 'higher' | null; tie: number }>;

export type MeasureName = keyof typeof MEASURES;
export const MEASURE_NAMES = Object.keys(MEASURES) as MeasureName[];

/**
 * Why there is no number: never read; known to be absent (no offer, no rank); last read more than a week ago; how many ratings
 * there are is not known; less than a week of the last 30 days is known; the other one counts in another category.
 */
export type Missing = 'never_read' | 'none' | 'stale' | 'no_rating_count' | 'too_short' | 'other_category';

/** A number with where it comes from. `since` and `until` in minutes: from when it has held or is counted, and when it was last seen. */
export interface Figure {
  value: number;
  since: number;
  until: number;
  metrics: Metric[];
  sources: SourceName[];
}

export interface Measured {
  figure: Figure | null;
  missing: Missing | null;
  /** Where the value is known over time; empty for what is counted over a span. */
  segments: readonly Segment[];
}

export type Measures = Record<MeasureName, Measured>;

/** Of what is needed to be compared. */
export const COMPARED_METRICS: readonly Metric[] = [
  'price',
  'buy_box_price',
  'buy_box_shipping',
  'bsr',
  'bsr_sub',
  'rating',
  'review_count',
  'stock',
  'coupon',
];

const DAY = 1440;
const STALE = 7 * DAY;
const SPAN = 30 * DAY;
const SHORTEST = 7 * DAY;

/** Everything listings are compared by, as known at the minute `at`. */
export function measuresOf({ series }: KnownHistory, at: number): Measures {
  const of = (metric: Metric): Source => ({ metrics: [metric], sources: [], segments: [], ...series.get(metric) });
  const ratings = of('rating');
  const counts = of('review_count');
  const estimated = zip(ratings, counts, (tenths, count) => ratingEstimate(tenths / 10, count));
  const coupon = of('coupon');
  return {
    itemPrice: held(firstOf(of('buy_box_price'), of('price'), at), at),
    landedPrice: held(
      zip(of('buy_box_price'), of('buy_box_shipping'), (item, shipping) => item + shipping),
      at,
    ),
    coupon: held({ ...coupon, segments: coupon.segments.map((one) => ({ ...one, value: one.value ?? 0 })) }, at),
    bsr: held(of('bsr'), at),
    bsrSub: held(of('bsr_sub'), at),
    rating:
      ratings.segments.length > 0 && estimated.segments.length === 0 ? absent('no_rating_count') : held(estimated, at),
    ratingCount: held(counts, at),
    ratingsPerDay: growth(counts, at),
    timeInStock: presence(of('price'), at),
    stock: held(of('stock'), at),
  };
}

interface Source {
  metrics: Metric[];
  sources: SourceName[];
  segments: readonly Segment[];
}

function absent(missing: Missing): Measured {
  return { figure: null, missing, segments: [] };
}

/** What holds at the minute; a value that was seen in the last week is taken to hold still. */
function held({ segments, metrics, sources }: Source, at: number): Measured {
  const past = segments.filter(({ start }) => start <= at);
  const last = past.at(-1);
  if (!last) return absent('never_read');
  if (at - last.end > STALE) return absent('stale');
  let first = past.length - 1;
  while (past[first - 1]?.end === past[first]?.start && past[first - 1]?.value === last.value) first -= 1;
  const known = [...past.slice(0, -1), { ...last, end: at }];
  if (last.value === null) return { figure: null, missing: 'none', segments: known };
  const since = past[first]?.start ?? last.start;
  return { figure: { value: last.value, since, until: last.end, metrics, sources }, missing: null, segments: known };
}

/** By how much a count grew a day between its first and last known value in the span. */
function growth({ segments, metrics, sources }: Source, at: number): Measured {
  const known = clip(segments, at - SPAN, at).filter((one) => one.value !== null);
  const [first, last] = [known[0], known.at(-1)];
  if (!first || !last) return absent(segments.length > 0 ? 'stale' : 'never_read');
  const minutes = last.end - first.start;
  if (minutes < SHORTEST) return absent('too_short');
  const value = (((last.value ?? 0) - (first.value ?? 0)) * DAY) / minutes;
  return { figure: { value, since: first.start, until: last.end, metrics, sources }, missing: null, segments: [] };
}

/** The share of the known time of the span in which there was a value. */
function presence({ segments, metrics, sources }: Source, at: number): Measured {
  const known = clip(segments, at - SPAN, at);
  const [first, last] = [known[0], known.at(-1)];
  if (!first || !last) return absent(segments.length > 0 ? 'stale' : 'never_read');
  const time = presenceIn(known, at - SPAN, at);
  if (time.known < SHORTEST) return absent('too_short');
  return {
    figure: { value: time.present / time.known, since: first.start, until: last.end, metrics, sources },
    missing: null,
    segments: [],
  };
}

/** One series out of two: at each time the first's value, or where it has none the second's; absent where neither has one. */
function firstOf(a: Source, b: Source, at: number): Source {
  const bounds = [...new Set([...a.segments, ...b.segments].flatMap(({ start, end }) => [start, end]))].sort(
    (x, y) => x - y,
  );
  const segments: Segment[] = [];
  let used = a;
  let [i, j] = [0, 0];
  bounds.forEach((start, index) => {
    while ((a.segments[i + 1]?.start ?? Infinity) <= start) i += 1;
    while ((b.segments[j + 1]?.start ?? Infinity) <= start) j += 1;
    const end = bounds[index + 1] ?? start;
    const isLastBound = index === bounds.length - 1;
    const covering = [a.segments[i], b.segments[j]].map((segment) =>
      segment && segment.start <= start && (start < segment.end || (isLastBound && start <= segment.end))
        ? segment
        : null,
    );
    const [one, other] = covering;
    if (!one && !other) return;
    if (start <= at) used = one && one.value !== null ? a : other && other.value !== null ? b : used;
    const value = one?.value ?? other?.value ?? null;
    const last = segments.at(-1);
    if (last?.end === start && last.value === value) last.end = end;
    else segments.push({ start, end, value });
  });
  return { metrics: used.metrics, sources: used.sources, segments };
}

/** One series out of two, where both are known; absent where one of them is. */
function zip(a: Source, b: Source, combine: (a: number, b: number) => number): Source {
  const segments: Segment[] = [];
  for (let i = 0, j = 0; ;) {
    const [one, other] = [a.segments[i], b.segments[j]];
    if (!one || !other) break;
    const start = Math.max(one.start, other.start);
    const end = Math.min(one.end, other.end);
    if (start < end || (start === end && isLast(a, i) && isLast(b, j))) {
      const value = one.value === null || other.value === null ? null : combine(one.value, other.value);
      segments.push({ start, end, value });
    }
    if (one.end < other.end || (one.end === other.end && isLast(b, j))) i += 1;
    else j += 1;
  }
  return { metrics: [...a.metrics, ...b.metrics], sources: [...new Set([...a.sources, ...b.sources])], segments };
}

function isLast({ segments }: Source, index: number): boolean {
  return index === segments.length - 1;
}
