/**
 * What is kept as history. `id` is stored and never reused; `kind` says how the stored integer reads:
 * money is minor units of the marketplace's currency, rating is tenths of a star, the rest are plain counts or ranks.
 */
const METRIC_TABLE = {
  /** Lowest new item price, or the price of the page where the source reads pages. */
  price: { id: 1, kind: 'money' },
  /** Item price of the offer that holds the buy box, without shipping. */
  buy_box_price: { id: 2, kind: 'money' },
  list_price: { id: 3, kind: 'money' },
  /** Best Sellers Rank in the root category. */
  bsr: { id: 4, kind: 'rank' },
  /** Best Sellers Rank in the listing's best sub-category. */
  bsr_sub: { id: 5, kind: 'rank' },
  rating: { id: 6, kind: 'rating' },
  review_count: { id: 7, kind: 'count' },
  /** Number of new offers. */
  offer_count: { id: 8, kind: 'count' },
  stock: { id: 9, kind: 'count' },
  /** Price of Amazon's own offer. */
  amazon_price: { id: 10, kind: 'money' },
  used_price: { id: 11, kind: 'money' },
  buy_box_shipping: { id: 12, kind: 'money' },
  /** Amazon's "bought in past month" badge: a lower bound. */
  monthly_sold: { id: 13, kind: 'count' },
  /** What the coupon beside the price takes off one unit; absent when there is none. */
  coupon: { id: 14, kind: 'money' },
} as const satisfies Record<string, { id: number; kind: MetricKind }>;

export type MetricKind = 'money' | 'rank' | 'rating' | 'count';
export type Metric = keyof typeof METRIC_TABLE;

export const METRICS: Readonly<Record<Metric, { id: number; kind: MetricKind }>> = METRIC_TABLE;
export const METRIC_NAMES = Object.keys(METRIC_TABLE) as Metric[];

const NAME_BY_ID = new Map<number, Metric>(METRIC_NAMES.map((name) => [METRICS[name].id, name]));

/** Throws on an id that was never handed out: that is a fault of ours, not of a caller. */
export function metricById(id: number): Metric {
  const name = NAME_BY_ID.get(id);
  if (!name) throw new Error(`unknown metric id ${id}`);
  return name;
}
