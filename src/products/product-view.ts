import { Marketplace, MARKETPLACES, listingUrl } from '../common/marketplace';
import { METRICS, Metric } from '../common/metric';
import { isoMinute } from '../common/minute';
import { moneyView } from '../common/money';
import { Availability, CheckResult } from '../marketplace-data/marketplace-data';
import { sourceName } from '../marketplace-data/sources.service';
import { toIsoTime } from '../shared/database/iso-time-text';
import { CurrentView, HeldMoneyView, HeldNumberView, ProductView, TrackingState } from './dto/product.view';

/** Columns of PRODUCT_SELECT as JSON has them; times with microseconds and offset. */
export interface ProductRow {
  id: string;
  asin: string;
  marketplace: Marketplace;
  own_title: string | null;
  own_brand: string | null;
  category: string | null;
  description: string | null;
  tags: string[];
  is_active: boolean;
  refresh_interval_minutes: number | null;
  cost_of_goods: number | null;
  created_at: string;
  updated_at: string;
  title: string | null;
  brand: string | null;
  category_path: string[] | null;
  image_url: string | null;
  parent_asin: string | null;
  bsr_category: string | null;
  bsr_sub_category: string | null;
  buy_box_seller_id: string | null;
  availability: Availability | null;
  next_check_at: string | null;
  checked_at: string | null;
  result: CheckResult | null;
  detail: string | null;
  failures: number;
  observed_at: string | null;
  source: number | null;
  current_values: (number | null)[];
  current_since: (number | null)[];
  current_until: (number | null)[];
}

export const PRODUCT_SELECT = `
  SELECT p.id, l.asin, l.marketplace, p.title AS own_title, p.brand AS own_brand, p.category, p.description, p.tags,
         p.is_active, p.refresh_interval_minutes, p.cost_of_goods, p.created_at, p.updated_at,
         l.title, l.brand, l.category_path, l.image_url, l.parent_asin, l.bsr_category, l.bsr_sub_category,
         l.buy_box_seller_id, l.availability,
         s.next_check_at, s.checked_at, s.result, s.detail, s.failures, s.observed_at, s.source,
         s.current_values, s.current_since, s.current_until
  FROM product p JOIN listing l ON l.id = p.listing_id JOIN listing_state s ON s.listing_id = l.id`;

/** Its rows as one column each: the driver takes longer over so many columns than a parser of JSON does. */
export const asJson = (select: string) => `SELECT to_json(r) AS product FROM (${select}) r`;

/** What the wire needs beside the row: settings and what the sources can do. */
export interface ViewContext {
  defaultIntervalMinutes: number;
  /** Failed checks in a row from which a listing counts as failing. */
  failingAfterChecks: number;
  hasSource(marketplace: Marketplace, asin: string): boolean;
}

export function toProductView(row: ProductRow, context: ViewContext): ProductView {
  const source = row.source === null ? null : sourceName(row.source);
  return {
    id: row.id,
    asin: row.asin,
    marketplace: row.marketplace,
    currency: MARKETPLACES[row.marketplace].currency,
    url: listingUrl(row.marketplace, row.asin),
    title: row.own_title ?? row.title,
    brand: row.own_brand ?? row.brand,
    category: row.category ?? row.category_path?.[0] ?? null,
    description: row.description,
    tags: row.tags,
    categoryPath: row.category_path,
    imageUrl: row.image_url,
    parentAsin: row.parent_asin,
    isActive: row.is_active,
    refreshIntervalMinutes: row.refresh_interval_minutes ?? context.defaultIntervalMinutes,
    costOfGoods: row.cost_of_goods === null ? null : moneyView(row.cost_of_goods, row.marketplace),
    source,
    simulated: source === 'sandbox',
    observedAt: time(row.observed_at),
    tracking: {
      state: trackingState(row, context),
      lastCheckedAt: time(row.checked_at),
      lastResult: row.result,
      lastDetail: row.detail,
      failures: row.failures,
      nextCheckAt: row.is_active ? time(row.next_check_at) : null,
    },
    current: currentView(row),
    createdAt: toIsoTime(row.created_at),
    updatedAt: toIsoTime(row.updated_at),
  };
}

const time = (text: string | null) => text && toIsoTime(text);

function trackingState(row: ProductRow, context: ViewContext): TrackingState {
  if (!row.is_active) return 'paused';
  if (!context.hasSource(row.marketplace, row.asin)) return 'no_source';
  if (row.result === 'gone') return 'gone';
  if (row.failures >= context.failingAfterChecks) return 'failing';
  return row.observed_at === null ? 'pending' : 'ok';
}

function currentView(row: ProductRow): CurrentView {
  const held = (metric: Metric): { value: number | null; since: string; confirmedUntil: string } | null => {
    // Postgres arrays count from 1, as do the metric ids.
    const index = METRICS[metric].id - 1;
    const since = row.current_since[index];
    const until = row.current_until[index];
    if (since == null || until == null) return null;
    return {
      value: row.current_values[index] ?? null,
      since: isoMinute(since),
      confirmedUntil: isoMinute(until),
    };
  };
  const money = (metric: Metric): HeldMoneyView | null => {
    const head = held(metric);
    return head && { ...head, value: head.value === null ? null : moneyView(head.value, row.marketplace) };
  };
  const number = (metric: Metric): HeldNumberView | null => held(metric);
  const rating = held('rating');
  return {
    price: money('price'),
    buyBoxPrice: money('buy_box_price'),
    buyBoxShipping: money('buy_box_shipping'),
    listPrice: money('list_price'),
    amazonPrice: money('amazon_price'),
    usedPrice: money('used_price'),
    bsr: number('bsr'),
    bsrSub: number('bsr_sub'),
    rating: rating && { ...rating, value: rating.value === null ? null : rating.value / 10 },
    reviewCount: number('review_count'),
    offerCount: number('offer_count'),
    stock: number('stock'),
    monthlySold: number('monthly_sold'),
    bsrCategory: row.bsr_category,
    bsrSubCategory: row.bsr_sub_category,
    buyBoxSellerId: row.buy_box_seller_id,
    availability: row.availability,
  };
}
