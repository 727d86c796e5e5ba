import { Marketplace, MARKETPLACES } from '../../common/marketplace';
import { Page, UnboundedPage } from './page';
import { BLOCK_PHRASES, NOT_FOUND_PHRASES } from './phrases';
import { ProductPage, readProductPage } from './product-page';
import { readSearchPage, SearchPage } from './search-page';

/** Larger than any page of Amazon's that we have seen, by a factor of three. */
const MAX_PAGE_LENGTH = 8_000_000;

export type PageKind = 'product' | 'search';

/** What a page turned out to be. `detail` is ours: it holds nothing of the page's own words. */
export type PageResult =
  | { kind: 'product'; product: ProductPage }
  | { kind: 'search'; search: SearchPage }
  | { kind: 'blocked' | 'gone' | 'unparseable' | 'upstream_error'; detail: string };

export interface PageQuestion {
  marketplace: Marketplace;
  /** What was asked for; without it, whatever the page is. */
  kind?: PageKind;
  /** The listing that was asked for: a page of another one is no reading of it. */
  asin?: string;
}

/** Reads a page of Amazon. Never throws: a page that cannot be read is a result. */
export function readAmazonPage(html: string, question: PageQuestion): PageResult {
  if (html.length > MAX_PAGE_LENGTH)
    return { kind: 'unparseable', detail: `the page is ${html.length} characters long` };
  try {
    return read(html, question);
  } catch (error) {
    if (error instanceof UnboundedPage) return { kind: 'unparseable', detail: error.message };
    throw error;
  }
}

function read(html: string, { marketplace, kind, asin }: PageQuestion): PageResult {
  const page = new Page(html);
  if (page.has('form[action*="/errors/validateCaptcha"]', '#challenge-container'))
    return { kind: 'blocked', detail: 'a robot check' };
  const product = kind === 'search' ? undefined : readProductPage(page, marketplace);
  if (product) return judge(product, asin);
  // Amazon's error pages are short. A long page holds words of sellers and buyers, which prove nothing.
  const words = html.length < 60_000 ? page.text('body').slice(0, 5000) : '';
  const title = page.text('title');
  if (BLOCK_PHRASES.test(words) || /^robot check$/i.test(title)) return { kind: 'blocked', detail: 'a robot check' };
  if (page.has('a[href*="cs_404"]') || NOT_FOUND_PHRASES.test(`${title} ${words}`)) {
    return { kind: 'gone', detail: 'Amazon says that there is no such page' };
  }
  if (page.has('a[href*="cs_503"], a[href*="cs_500"]') || /^50\d\b|service unavailable/i.test(title)) {
    return { kind: 'upstream_error', detail: 'Amazon says that something went wrong on its side' };
  }
  const search = kind === 'product' ? undefined : readSearchPage(page, marketplace);
  if (search) return { kind: 'search', search };
  return {
    kind: 'unparseable',
    detail: `not a ${kind ?? 'product or search'} page of ${MARKETPLACES[marketplace].domain}`,
  };
}

function judge(product: ProductPage, asin: string | undefined): PageResult {
  if (asin === undefined || product.asin === asin || product.asin === null) return { kind: 'product', product };
  return { kind: 'unparseable', detail: `the page is about ${product.asin} and not about ${asin}` };
}
