import { isAsin } from '../../common/asin';
import { Marketplace } from '../../common/marketplace';
import { Metric, METRICS } from '../../common/metric';
import { fromMinute, toMinute } from '../../common/minute';
import { cut, vendorText } from '../../common/text';
import { FetchOutcome, HIT_TEXT, HistoryPoint, HistorySeries, Reading, SearchHit } from '../marketplace-data';
import { intOf, isRecord, textOf } from '../vendor-json';

/** Keepa's product object, read as providers.md 1.4 to 1.8 describe it. Nothing about it is trusted. */
export type KeepaProduct = Record<string, unknown>;

/** Keepa counts minutes since 2011-01-01T00:00Z. */
const EPOCH_MINUTE = 21_564_000;
/** In csv rows and in stats: no offer or no data at that time. */
const NONE = -1;
const MAX_INT4 = 2_147_483_647;
const BUY_BOX_ROW = 18;
const MOST_BULLETS = 20;
const BULLET_LIMIT = 1000;
const IMAGES = 'https://m.media-amazon.com/images/I/';

/** csv rows of time and value, by metric. */
const PAIR_ROWS = Object.entries({
  amazon_price: 0,
  price: 1,
  used_price: 2,
  bsr: 3,
  list_price: 4,
  offer_count: 11,
  rating: 16,
  review_count: 17,
} satisfies Partial<Record<Metric, number>>) as [Metric, number][];

/** Of a path of categories. */
const MAX_LEVELS = 30;
/** The least that the product finder gives at once. */
const FINDER_PAGE = 50;

/** productType: what Keepa can know of a product. */
const TYPE = { standard: 0, invalid: 4, variationParent: 5 } as const;

type Values = Reading['values'];

/** Domain ids of the marketplaces that Keepa follows. */
export const KEEPA_DOMAINS: Partial<Record<Marketplace, number>> = {
  US: 1,
  GB: 2,
  DE: 3,
  FR: 4,
  JP: 5,
  CA: 6,
  IT: 8,
  ES: 9,
  IN: 10,
  MX: 11,
  BR: 12,
};

export function asinOf(product: KeepaProduct): string | undefined {
  return textOf(product['asin']);
}

/** What Keepa says of a listing now. */
export function outcomeOf(product: KeepaProduct, asin: string, marketplace: Marketplace, now: Date): FetchOutcome {
  const problem = problemOf(product, marketplace);
  if (problem) return { asin, ...problem };
  const sub = bestSubRank(product);
  const values = valuesOf(product, sub);
  const newPrice = values.price;
  return {
    asin,
    result: newPrice === null && typeof values.buy_box_price !== 'number' ? 'no_offer' : 'ok',
    reading: {
      asin,
      marketplace,
      source: 'keepa',
      observedAt: observedAt(product, now),
      values,
      facts: factsOf(product, newPrice, sub),
    },
  };
}

/** Why the product says nothing about a listing of the marketplace, if so. */
export function problemOf(
  product: KeepaProduct,
  marketplace: Marketplace,
): { result: 'gone' | 'unparseable'; detail: string } | undefined {
  if (product['domainId'] !== KEEPA_DOMAINS[marketplace]) {
    return { result: 'unparseable', detail: 'Keepa answered for another marketplace' };
  }
  const type = product['productType'];
  if (type === TYPE.invalid) return { result: 'gone', detail: 'Keepa knows no such listing' };
  if (type === TYPE.variationParent) {
    return {
      result: 'gone',
      detail: 'this is the parent of variations and has no offers: track one of its variations',
    };
  }
  return undefined;
}

/** The product as one that was looked for; undefined where it is none that could be tracked. */
export function hitOf(product: KeepaProduct, marketplace: Marketplace): SearchHit | undefined {
  const asin = asinOf(product);
  if (asin === undefined || !isAsin(asin) || problemOf(product, marketplace)) return undefined;
  const { title, brand, categoryPath, parentAsin, imageUrl } = factsOf(product, undefined, undefined);
  return {
    asin,
    title: title === undefined ? null : cut(title, HIT_TEXT),
    brand: brand === undefined ? null : cut(brand, HIT_TEXT),
    categoryPath: categoryPath?.slice(0, MAX_LEVELS).map((name) => cut(name, HIT_TEXT)) ?? null,
    parentAsin: parentAsin ?? null,
    imageUrl: imageUrl ?? null,
  };
}

/** What shoppers buy along with it; empty where Keepa has seen nothing of the kind. */
export function boughtTogether(product: KeepaProduct): string[] {
  const listed = product['frequentlyBoughtTogether'];
  const asins = Array.isArray(listed) ? listed.filter((asin): asin is string => typeof asin === 'string') : [];
  return [...new Set(asins)].filter((asin) => isAsin(asin) && asin !== asinOf(product));
}

/** Prices from half to twice the listing's, or where it has none, ranks from a tenth to ten times its own. */
const PRICE_BAND = 2;
const RANK_BAND = 10;

/**
 * What the product finder (providers.md 1.9) is to look for: listings of the same root and leaf category within the band, one
 * variation of each, the best sellers first. Undefined where Keepa does not know the listing's category.
 */
export function finderSelection(product: KeepaProduct): Record<string, unknown> | undefined {
  const path = categoryTree(product);
  const leaf = path.at(-1)?.id;
  const root = intOf(product['rootCategory']);
  if (leaf === undefined || leaf === '' || root === undefined || root <= 0) return undefined;
  const { price, bsr } = valuesOf(product, undefined);
  const band = price
    ? { current_NEW_gte: Math.floor(price / PRICE_BAND), current_NEW_lte: price * PRICE_BAND }
    : bsr
      ? { current_SALES_gte: Math.max(1, Math.floor(bsr / RANK_BAND)), current_SALES_lte: bsr * RANK_BAND }
      : {};
  return {
    rootCategory: [String(root)],
    categories_include: [Number(leaf)],
    // -1 would be the best of all ranks.
    current_SALES_gte: 1,
    ...band,
    productType: [TYPE.standard],
    singleVariation: true,
    sort: [['current_SALES', 'asc']],
    perPage: FINDER_PAGE,
    page: 0,
  };
}

/**
 * Every series Keepa keeps of the metrics we do, point by point. A value is known to hold until the next point, the last one until
 * Keepa looked last; where the product does not say when that was, for no time at all.
 */
export function seriesOf(product: KeepaProduct, now: Date): HistorySeries[] {
  const lastLook = lookedAt(product);
  const end = lastLook === undefined ? -Infinity : toMinute(lastLook < now ? lastLook : now);
  const series: HistorySeries[] = [];
  const add = (metric: Metric, points: [number, number | null][] | null) => {
    if (!points || !canTell(product, metric)) return;
    // A file can say anything; nothing has been seen in the future.
    const past = points.filter(([minute]) => minute <= toMinute(now));
    if (past.length === 0) return;
    series.push({ metric, points: past.map((point, index) => hold(point, past[index + 1]?.[0], end)) });
  };
  for (const [metric, row] of PAIR_ROWS) {
    add(metric, pointsOf(csvRow(product, row), 2, 1));
  }
  add('buy_box_price', pointsOf(csvRow(product, BUY_BOX_ROW), 3, 1));
  add('buy_box_shipping', pointsOf(csvRow(product, BUY_BOX_ROW), 3, 2));
  add('bsr_sub', bestSubRank(product)?.points ?? null);
  add('monthly_sold', pointsOf(product['monthlySoldHistory'], 2, 1));
  return series;
}

function hold([minute, value]: [number, number | null], next: number | undefined, end: number): HistoryPoint {
  return [minute, value, next ?? Math.max(minute, end)];
}

/**
 * `stats.current` is what Keepa holds for true now; a number it lacks is looked up at the end of its series.
 * Shipping is not part of the buy box price here, so that is taken from its own field (-2: not known).
 */
function valuesOf(product: KeepaProduct, sub: SubRank | undefined): Values {
  const stats = isRecord(product['stats']) ? product['stats'] : {};
  const current = Array.isArray(stats['current']) ? (stats['current'] as unknown[]) : [];
  const values: Values = {};
  const set = (metric: Metric, value: number | null | undefined) => {
    if (value !== undefined && canTell(product, metric)) values[metric] = value;
  };
  for (const [metric, row] of PAIR_ROWS) {
    const value = valueOf(current[row]);
    set(metric, value === undefined ? lastOf(csvRow(product, row), 2, 1) : value);
  }
  // A buy box that only holds a used offer is none for a new item.
  const own = stats['buyBoxIsUsed'] !== true;
  const price = own ? valueOf(stats['buyBoxPrice']) : undefined;
  const shipping = own ? valueOf(stats['buyBoxShipping']) : undefined;
  set('buy_box_price', price === undefined ? lastOf(csvRow(product, BUY_BOX_ROW), 3, 1) : price);
  set('buy_box_shipping', shipping === undefined ? lastOf(csvRow(product, BUY_BOX_ROW), 3, 2) : shipping);
  set('bsr_sub', sub?.last);
  set('coupon', couponOf(product, values.buy_box_price ?? values.price));
  if (product['monthlySold'] !== undefined) set('monthly_sold', valueOf(product['monthlySold']) ?? null);
  return values;
}

function factsOf(
  product: KeepaProduct,
  newPrice: number | null | undefined,
  sub: SubRank | undefined,
): Reading['facts'] {
  const stats = isRecord(product['stats']) ? product['stats'] : {};
  const facts: Reading['facts'] = {
    bsrCategory: categoryName(product, rootOf(product)),
    bsrSubCategory: categoryName(product, sub?.category),
    availability: newPrice === undefined ? 'unknown' : newPrice === null ? 'out_of_stock' : 'in_stock',
  };
  const title = vendorText(textOf(product['title']) ?? '');
  const brand = vendorText(textOf(product['brand']) ?? '');
  if (title !== '') facts.title = title;
  if (brand !== '') facts.brand = brand;
  const path = categoryTree(product).map(({ name }) => name);
  if (path.length > 0) facts.categoryPath = path;
  const image = imageUrl(product);
  if (image) facts.imageUrl = image;
  const pictures = imagesOf(product).length;
  if (pictures > 0) facts.imageCount = pictures;
  const bullets = bulletsOf(product);
  if (bullets.length > 0) facts.bullets = bullets;
  if (product['parentAsin'] !== undefined) {
    const parent = textOf(product['parentAsin']);
    facts.parentAsin = parent && isAsin(parent) ? parent : null;
  }
  const seller = textOf(stats['buyBoxSellerId']);
  // "-1" is nobody, "-2" not known.
  if (seller === '-1') facts.buyBoxSellerId = null;
  else if (seller && /^[A-Z0-9]{5,20}$/.test(seller)) facts.buyBoxSellerId = seller;
  return facts;
}

/** Types other than the standard one have no price data (downloads, e-books, hidden by the maker's minimum price). */
function canTell(product: KeepaProduct, metric: Metric): boolean {
  return METRICS[metric].kind !== 'money' || (product['productType'] ?? TYPE.standard) === TYPE.standard;
}

/** Of an answer of this moment, which may leave it out. */
function observedAt(product: KeepaProduct, now: Date): Date {
  const time = lookedAt(product);
  return time !== undefined && time < now ? time : now;
}

function lookedAt(product: KeepaProduct): Date | undefined {
  const minute = intOf(product['lastUpdate']);
  return minute !== undefined && minute > 0 ? fromMinute(minute + EPOCH_MINUTE) : undefined;
}

function csvRow(product: KeepaProduct, row: number): unknown {
  return Array.isArray(product['csv']) ? (product['csv'] as unknown[])[row] : undefined;
}

/** A value as stored: null where there is none, undefined where Keepa does not know (or says what cannot be). */
function valueOf(value: unknown): number | null | undefined {
  const number = intOf(value);
  if (number === NONE) return null;
  return number !== undefined && number >= 0 && number <= MAX_INT4 ? number : undefined;
}

/**
 * Points of a flat row of tuples `[time, value …]`.
 * @returns null when the row is not there or not in order: a damaged row is left out rather than guessed at
 */
function pointsOf(row: unknown, arity: 2 | 3, place: 1 | 2): [number, number | null][] | null {
  if (!Array.isArray(row) || row.length % arity !== 0) return null;
  const points: [number, number | null][] = [];
  for (let index = 0; index < row.length; index += arity) {
    const minute = intOf(row[index]);
    const value = valueOf(row[index + place]);
    const last = points.at(-1)?.[0] ?? 0;
    if (minute === undefined || value === undefined || minute < 0 || minute + EPOCH_MINUTE <= last) return null;
    points.push([minute + EPOCH_MINUTE, value]);
  }
  return points;
}

function lastOf(row: unknown, arity: 2 | 3, place: 1 | 2): number | null | undefined {
  return pointsOf(row, arity, place)?.at(-1)?.[1];
}

interface SubRank {
  category: string;
  points: [number, number | null][];
  last: number | null;
}

/**
 * The listing's best sub-category now: of all categories but the root one, that with the lowest last rank, or when it is
 * ranked in none any more, that with the longest series.
 */
function bestSubRank(product: KeepaProduct): SubRank | undefined {
  const ranks = isRecord(product['salesRanks']) ? product['salesRanks'] : {};
  const root = rootOf(product);
  const candidates: SubRank[] = [];
  for (const [category, row] of Object.entries(ranks)) {
    const points = category === root ? null : pointsOf(row, 2, 1);
    if (points && points.length > 0) candidates.push({ category, points, last: points.at(-1)?.[1] ?? null });
  }
  candidates.sort((a, b) => (a.last ?? Infinity) - (b.last ?? Infinity) || b.points.length - a.points.length);
  return candidates[0];
}

/** The category in which csv row 3 counts; without a reference (-1) the root category. */
function rootOf(product: KeepaProduct): string | undefined {
  const reference = intOf(product['salesRankReference']);
  const root = reference !== undefined && reference > 0 ? reference : intOf(product['rootCategory']);
  return root === undefined ? undefined : String(root);
}

function categoryTree(product: KeepaProduct): { id: string; name: string }[] {
  const tree = Array.isArray(product['categoryTree']) ? (product['categoryTree'] as unknown[]) : [];
  return tree.flatMap((node) => {
    if (!isRecord(node)) return [];
    const name = vendorText(textOf(node['name']) ?? '');
    return name === '' ? [] : [{ id: String(intOf(node['catId']) ?? ''), name }];
  });
}

/** Its name where the listing's own path has it, else its id. */
function categoryName(product: KeepaProduct, category: string | undefined): string | null {
  if (category === undefined || !/^\d+$/.test(category)) return null;
  return categoryTree(product).find(({ id }) => id === category)?.name ?? category;
}

/** Names of the pictures, the main one first. */
function imagesOf(product: KeepaProduct): (string | undefined)[] {
  const images = Array.isArray(product['images']) ? (product['images'] as unknown[]).filter(isRecord) : [];
  if (images.length > 0) return images.map((image) => textOf(image['l']) ?? textOf(image['m']));
  const listed = textOf(product['imagesCSV']) ?? '';
  return listed === '' ? [] : listed.split(',');
}

function bulletsOf(product: KeepaProduct): string[] {
  const features = Array.isArray(product['features']) ? (product['features'] as unknown[]) : [];
  return features
    .slice(0, MOST_BULLETS)
    .map((feature) => vendorText(textOf(feature) ?? '', BULLET_LIMIT))
    .filter((bullet) => bullet !== '');
}

/** `coupon` is what it takes off once and with a subscription; a percentage is negative. Only the former is for everybody. */
function couponOf(product: KeepaProduct, price: number | null | undefined): number | null | undefined {
  if (product['coupon'] === null) return null;
  const once = Array.isArray(product['coupon']) ? intOf(product['coupon'][0]) : undefined;
  if (once === undefined || once < -100) return undefined;
  if (once >= 0) return once === 0 ? null : once;
  return typeof price === 'number' ? Math.round((price * -once) / 100) : undefined;
}

function imageUrl(product: KeepaProduct): string | undefined {
  const [name] = imagesOf(product);
  return name !== undefined && /^[\w%+.-]{1,100}$/.test(name) ? `${IMAGES}${name}` : undefined;
}
