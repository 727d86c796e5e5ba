import { FetchOutcome, Reading, SourceName } from '../marketplace-data';
import { PageResult } from './amazon-page';
import { OfferState } from './offer';
import { ProductPage } from './product-page';

/** Where the page's silence about a price means that there is none to have. */
const NO_OFFER: ReadonlySet<OfferState> = new Set(['used_only', 'no_featured_offer', 'unavailable']);

/** Where the page is read right and says of the price only why it is not shown. */
const PRICE_NOT_SHOWN: Partial<Record<OfferState, string>> = {
  undeliverable: 'no price: the listing is not sent to where the page was read from',
  price_hidden: 'no price: Amazon shows it only in the cart',
  variation_not_chosen: 'no price: the page asks to choose a variation first',
};

/** Where a price must be there and this reader does not find it: rather no reading than half a one. */
const UNREADABLE: Partial<Record<OfferState, string>> = {
  foreign_currency: 'the page shows its prices in the currency of another country',
  unknown: 'the page makes no offer that this reader knows',
};

/** The outcome of a check that got this page. */
export function outcomeOf(result: PageResult, asin: string, source: SourceName, observedAt: Date): FetchOutcome {
  if (result.kind === 'search') return { asin, result: 'unparseable', detail: 'a page of search results' };
  if (result.kind !== 'product') return { asin, result: result.kind, detail: result.detail };
  const { product } = result;
  const unreadable = UNREADABLE[product.state];
  if (unreadable !== undefined) return { asin, result: 'unparseable', detail: unreadable };
  const reading = readingOf(product, asin, source, observedAt);
  if (NO_OFFER.has(product.state)) return { asin, result: 'no_offer', reading };
  return { asin, result: 'ok', reading, detail: PRICE_NOT_SHOWN[product.state] };
}

function readingOf(product: ProductPage, asin: string, source: SourceName, observedAt: Date): Reading {
  const root = product.bsr.find(({ isRoot }) => isRoot);
  const subs = product.bsr.filter(({ isRoot }) => !isRoot);
  const best = subs.reduce<(typeof subs)[number] | undefined>(
    (least, rank) => (least && least.rank <= rank.rank ? least : rank),
    undefined,
  );
  const values: Reading['values'] = {
    price: priceOf(product),
    buy_box_price: priceOf(product),
    // A price without a struck-through one beside it has no list price; without a price nothing is said.
    list_price: product.priceMinor === null ? undefined : product.listPriceMinor,
    used_price: product.usedPriceMinor ?? undefined,
    bsr: root?.rank,
    bsr_sub: best?.rank,
    rating: product.rating === null ? undefined : Math.round(product.rating * 10),
    review_count: product.reviewCount ?? undefined,
    stock: stockOf(product),
    monthly_sold: product.monthlySold ?? undefined,
    coupon: couponOf(product),
  };
  return {
    asin,
    marketplace: product.marketplace,
    currency: product.currency,
    source,
    observedAt,
    values,
    facts: {
      title: product.title ?? undefined,
      brand: product.brand ?? undefined,
      categoryPath: product.categoryPath.length > 0 ? product.categoryPath : undefined,
      imageUrl: product.imageUrls[0],
      imageCount: picturesIn(product.imageUrls),
      bullets: product.bullets.length > 0 ? product.bullets : undefined,
      parentAsin: product.parentAsin ?? undefined,
      bsrCategory: root?.category,
      bsrSubCategory: best?.category,
      buyBoxSellerId: product.priceMinor === null ? undefined : (product.sellerId ?? undefined),
      availability: product.inStock === null ? 'unknown' : product.inStock ? 'in_stock' : 'out_of_stock',
    },
  };
}

function priceOf(product: ProductPage): number | null | undefined {
  return NO_OFFER.has(product.state) ? null : (product.priceMinor ?? undefined);
}

/** Without a price nothing is said of a coupon either. */
function couponOf({ priceMinor, coupon }: ProductPage): number | null | undefined {
  if (priceMinor === null) return undefined;
  return coupon?.minor ?? (coupon?.percent === undefined ? null : Math.round((priceMinor * coupon.percent) / 100));
}

/** The page links one picture in several sizes, which differ in what follows its name. */
function picturesIn(urls: string[]): number | undefined {
  return new Set(urls.map((url) => /\/images\/I\/([^.]+)/.exec(url)?.[1] ?? url)).size || undefined;
}

/** "Only 3 left" is a count, out of stock is nought; in stock without a number is not known. */
function stockOf(product: ProductPage): number | undefined {
  return product.inStock === false ? 0 : (product.stockLeft ?? undefined);
}
