import type { Element } from 'domhandler';
import { isAsin } from '../../common/asin';
import { Marketplace, MARKETPLACES } from '../../common/marketplace';
import { readAmount, readCount, readStars, toWesternDigits } from './amount';
import { keptText, Page } from './page';
import { SPONSORED } from './phrases';

/** One card of a page of search results. Null means that the card does not say. */
interface SearchResultCard {
  asin: string;
  title: string | null;
  priceText: string | null;
  priceMinor: number | null;
  currency: string | null;
  rating: number | null;
  reviewCount: number | null;
  sponsored: boolean;
}

export interface SearchPage {
  marketplace: Marketplace;
  query: string | null;
  /** In page order; an ASIN may come twice, as an advertisement and as a result. */
  cards: SearchResultCard[];
}

const CARD = '[data-component-type="s-search-result"][data-asin]';

export function readSearchPage(page: Page, marketplace: Marketplace): SearchPage | undefined {
  const cards = [...page.all(CARD)];
  if (cards.length === 0 && !page.has('#search', '.s-main-slot')) return undefined;
  const query = keptText(page.attribute('#twotabsearchtextbox', 'value'), 500);
  return {
    marketplace,
    query: query ?? null,
    cards: cards
      .filter((card) => isAsin(card.attribs['data-asin'] ?? ''))
      .map((card) => readCard(page, card, marketplace)),
  };
}

function readCard(page: Page, card: Element, marketplace: Marketplace): SearchResultCard {
  const prices = page
    .below(card, '.a-price:not(.a-text-price)')
    .map((price) => page.text(page.below(price, '.a-offscreen')[0] ?? price));
  const [priceText = ''] = prices;
  // Formats of a book, or renting and buying: which of several prices is the product's own is not said.
  const shown = readAmount(priceText, marketplace);
  const minor = new Set(prices).size === 1 ? shown : undefined;
  const stars = readStars(page.text(page.below(card, '.a-icon-alt')[0]));
  return {
    asin: card.attribs['data-asin'] ?? '',
    title: readCardTitle(page, card),
    priceText: priceText === '' ? null : priceText,
    // Nought is the price of a subscription and not of the product.
    priceMinor: typeof minor === 'number' && minor > 0 ? minor : null,
    currency: typeof shown === 'number' ? MARKETPLACES[marketplace].currency : null,
    rating: stars === undefined ? null : stars / 10,
    reviewCount: readCardReviews(page, card),
    sponsored: isSponsored(page, card),
  };
}

function readCardTitle(page: Page, card: Element): string | null {
  // Where a brand is named above the title, it has a heading too; the title's is labelled for screen readers, or the last.
  const headings = page.below(card, '[data-cy="title-recipe"] h2');
  const all = headings.length > 0 ? headings : page.below(card, 'h2').slice(0, 1);
  const title = all.find((heading) => heading.attribs['aria-label'] !== undefined) ?? all.at(-1);
  return keptText(page.text(title), 1000) ?? null;
}

/** The link to the reviews shows an abbreviation and tells screen readers the number. */
function readCardReviews(page: Page, card: Element): number | null {
  for (const link of page.below(card, 'a[href*="customerReviews"], .s-underline-text')) {
    const spoken = link.attribs['aria-label'] ?? page.below(link, '[aria-label]')[0]?.attribs['aria-label'];
    for (const said of [spoken, page.text(link)]) {
      const text = said === undefined ? undefined : toWesternDigits(said);
      if (text === undefined || !/^[(]?\d[\d.,\s]*(?:[)]|$|\s?\p{L}+)/u.test(text.trim())) continue;
      const count = readCount(text);
      if (count !== undefined) return count;
    }
  }
  return null;
}

function isSponsored(page: Page, card: Element): boolean {
  if ((card.attribs['class'] ?? '').includes('AdHolder')) return true;
  const labels = page.below(card, '[class*="sponsored" i], [data-component-type*="sp-sponsored"]');
  return labels.some((label) => SPONSORED.test(page.text(label)));
}
