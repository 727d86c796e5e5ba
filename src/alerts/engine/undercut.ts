import { Metric } from '../../common/metric';
import { LATE_MINUTES, RivalSeries, SeriesName, StoredPoint } from './evidence';

/** A price that was last seen longer ago does not count, as in competitors/comparison. */
const STALE_MINUTES = 7 * 1440;

/** What a listing costs, in the order in which it is looked for: what the buy box asks, else the lowest new price. */
const ITEM_PRICES = ['buy_box_price', 'price'] as const satisfies Metric[];

export interface ItemPrice extends StoredPoint {
  value: number;
}

/** A product's price beside the cheapest of its rivals'. */
export interface Gap {
  metric: Metric;
  own: ItemPrice;
  cheapest: ItemPrice;
  /** By how much of the cheapest the own one is above it; negative where it is below. */
  percent: number;
}

export const UNDERCUT_METRICS: readonly Metric[] = ITEM_PRICES;

export function isRival(series: SeriesName): series is RivalSeries {
  return series.startsWith('rival:');
}

export function rivalSeries(listingId: number, metric: Metric): RivalSeries {
  return `rival:${listingId}:${metric === 'buy_box_price' ? metric : 'price'}`;
}

/** @param lastOf the last known point of each series. @returns null where there is no price on one of the two sides */
export function gapAt(lastOf: ReadonlyMap<SeriesName, StoredPoint>, at: number): Gap | null {
  const ownMetric = ITEM_PRICES.find((metric) => isPriced(lastOf.get(metric), at));
  const own = ownMetric && lastOf.get(ownMetric);
  if (!own || !isPriced(own, at)) return null;
  let cheapest: ItemPrice | undefined;
  for (const [series, point] of lastOf) {
    if (!isRival(series) || !isPriced(point, at)) continue;
    const listing = series.slice(0, series.lastIndexOf(':'));
    const isOutranked =
      series.endsWith(':price') && isPriced(lastOf.get(`${listing}:buy_box_price` as RivalSeries), at);
    if (!isOutranked && (cheapest === undefined || isBefore(point, cheapest))) cheapest = point;
  }
  if (!cheapest || cheapest.value === 0) return null;
  return { metric: ownMetric, own, cheapest, percent: (100 * (own.value - cheapest.value)) / cheapest.value };
}

/**
 * Prices of a rival as they are news for who confirmed it at a time, in the order in which they become known: what it asked before is none, but for
 * the price that is in force by then; and of a past that is taken in at once only what is in force.
 * @param points of one series, ascending by minute
 */
export function asNews(points: readonly StoredPoint[], confirmed: number): StoredPoint[] {
  const current: StoredPoint[] = [];
  let laterKnown = Infinity;
  for (const point of [...points].reverse()) {
    const recorded = Math.max(point.recorded, confirmed);
    if (recorded < laterKnown) current.push({ ...point, recorded });
    laterKnown = Math.min(laterKnown, recorded);
  }
  let last = -1;
  return current.reverse().map((point) => {
    const isPast = point.recorded - point.minute > LATE_MINUTES;
    last = Math.max(isPast ? point.recorded : point.minute, confirmed, last + 1);
    return { ...point, minute: last };
  });
}

/** The cheaper one; of two the one that has been so for longer. */
function isBefore(one: ItemPrice, other: ItemPrice): boolean {
  if (one.value !== other.value) return one.value < other.value;
  return one.minute !== other.minute ? one.minute < other.minute : one.series < other.series;
}

function isPriced(point: StoredPoint | undefined, at: number): point is ItemPrice {
  return point !== undefined && point.value !== null && at - point.until <= STALE_MINUTES;
}
