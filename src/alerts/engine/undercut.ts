import { Metric } from '../../common/metric';
import { RivalSeries, SeriesName, StoredPoint } from './evidence';
import { isPast, markSuperseded } from './past';

/** A price that was last seen longer ago does not count, as in competitors/comparison. */
const STALE_MINUTES = 7 * 1440;

/** What a listing costs, in the order in which it is looked for: what the buy box asks, else the lowest new price. */
const ITEM_PRICES = ['buy_box_price', 'price'] as const satisfies Metric[];
type ItemMetric = (typeof ITEM_PRICES)[number];

/** The last known point of each. */
type Offer = Partial<Record<ItemMetric, StoredPoint>>;

interface ItemPrice extends StoredPoint {
  value: number;
}

/** A product's price beside the cheapest of its rivals'. */
interface Gap {
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

/** What a product and its rivals cost, as far as it is known. */
export class Prices {
  private readonly own: Offer = {};
  private readonly rivals = new Map<string, Offer>();
  private readonly places = new Map<SeriesName, readonly [Offer, ItemMetric] | null>();

  /** Of each series the last point that was set counts. */
  set(point: StoredPoint): void {
    let place = this.places.get(point.series);
    if (place === undefined) {
      place = this.placeOf(point.series);
      this.places.set(point.series, place);
    }
    if (place) place[0][place[1]] = point;
  }

  /** @returns null where there is no price on one of the two sides */
  gapAt(at: number): Gap | null {
    const metric = itemMetric(this.own, at);
    const own = metric && this.own[metric];
    if (!isPriced(own, at)) return null;
    let cheapest: ItemPrice | undefined;
    for (const offer of this.rivals.values()) {
      const price = offer[itemMetric(offer, at) ?? 'price'];
      if (isPriced(price, at) && (cheapest === undefined || isBefore(price, cheapest))) cheapest = price;
    }
    if (!metric || !cheapest || cheapest.value === 0) return null;
    return { metric, own, cheapest, percent: (100 * (own.value - cheapest.value)) / cheapest.value };
  }

  private placeOf(series: SeriesName): readonly [Offer, ItemMetric] | null {
    const metric = ITEM_PRICES.find((name) => series === name || series.endsWith(`:${name}`));
    if (metric === undefined) return null;
    if (!isRival(series)) return [this.own, metric];
    const listing = series.slice(0, -metric.length);
    const offer = this.rivals.get(listing) ?? {};
    this.rivals.set(listing, offer);
    return [offer, metric];
  }
}

/**
 * Prices of a rival as they are news for who confirmed it at a time, in the order in which they become known: what it asked before is none, but for
 * the price that is in force by then; and of a past that is taken in at once only what is in force.
 * @param points of one series, ascending by minute
 * @param confirmed minutes, with their fraction
 */
export function asNews(points: readonly StoredPoint[], confirmed: number): StoredPoint[] {
  const start = Math.ceil(confirmed);
  const known = markSuperseded(points.map((point) => ({ ...point, recorded: Math.max(point.recorded, start) })));
  let last = -1;
  return known
    .filter(({ isSuperseded }) => isSuperseded !== true)
    .map((point) => {
      const since = isPast(point) ? point.recorded : point.minute;
      last = Math.max(since, start, last + 1);
      return { ...point, minute: last, ...(since < start && { exactly: confirmed }) };
    });
}

/** The cheaper one; of two the one that has been so for longer. */
function isBefore(one: ItemPrice, other: ItemPrice): boolean {
  if (one.value !== other.value) return one.value < other.value;
  return one.minute !== other.minute ? one.minute < other.minute : one.series < other.series;
}

function itemMetric(offer: Offer, at: number): ItemMetric | undefined {
  return ITEM_PRICES.find((metric) => isPriced(offer[metric], at));
}

function isPriced(point: StoredPoint | undefined, at: number): point is ItemPrice {
  return point !== undefined && point.value !== null && at - point.until <= STALE_MINUTES;
}
