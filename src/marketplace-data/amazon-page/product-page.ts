import { isAsin } from '../../common/asin';
import { Marketplace, MARKETPLACES } from '../../common/marketplace';
import { readCount, readLowerBound, readStars } from './amount';
import { BestSellersRank, readBestSellersRanks } from './best-sellers-ranks';
import { Offer, readOffer } from './offer';
import { collapse, keptText, Page } from './page';
import { BRAND_PATTERNS } from './phrases';

const TITLE_LIMIT = 1000;
const TEXT_LIMIT = 2000;
const LIST_LIMIT = 50;
const VARIATION_LIMIT = 2000;

/** What one product page says. Amounts are in minor units of `currency`; null means that the page does not say. */
export interface ProductPage extends Offer {
  /** Of the selected child. */
  asin: string | null;
  /** Where the canonical link names another one. */
  canonicalAsin: string | null;
  marketplace: Marketplace;
  currency: string;
  title: string | null;
  brand: string | null;
  /** 0 to 5, one decimal. */
  rating: number | null;
  reviewCount: number | null;
  bsr: BestSellersRank[];
  /** From "1K+ bought in past month": a lower bound. */
  monthlySold: number | null;
  imageUrls: string[];
  bullets: string[];
  /** Root to leaf. */
  categoryPath: string[];
  variationAsins: string[];
  parentAsin: string | null;
}

export function readProductPage(page: Page, marketplace: Marketplace): ProductPage | undefined {
  const title = readTitle(page);
  if (title === undefined) return undefined;
  const asins = readAsins(page);
  const stars = readRating(page);
  return {
    asin: asins.own,
    canonicalAsin: asins.canonical === asins.own ? null : asins.canonical,
    marketplace,
    currency: MARKETPLACES[marketplace].currency,
    title,
    brand: readBrand(page),
    ...readOffer(page, marketplace),
    rating: stars === undefined ? null : stars / 10,
    reviewCount: readReviewCount(page),
    bsr: readBestSellersRanks(page),
    monthlySold: readLowerBound(page.text('#social-proofing-faceout-title-tk_bought')) ?? null,
    imageUrls: readImages(page),
    bullets: readBullets(page),
    categoryPath: readCategoryPath(page),
    variationAsins: readVariations(page.html),
    parentAsin: /"?parentAsin"?\s*[:=]\s*"([A-Z0-9]{10})"/.exec(page.html)?.[1] ?? null,
  };
}

/** ASINs under which the page may have been asked for: of the selected child, of other forms in it, of its canonical link. */
function readAsins(page: Page): { own: string | null; canonical: string | null } {
  const valid = (text: string | undefined) => (text !== undefined && isAsin(text) ? text : undefined);
  const link = page.attribute('link[rel="canonical"]', 'href') ?? '';
  const canonical = valid(/\/(?:dp|gp\/product|product-reviews)\/([A-Z0-9]{10})(?:[/?]|$)/.exec(link)?.[1]) ?? null;
  const details = [...page.all('#detailBulletsWrapper_feature_div', '#prodDetails', '#productDetailsTable')];
  const inDetails = details.map(
    (section) => /\b(?:ASIN|ISBN-10)\s*[:：]?\s*([A-Z0-9]{10})\b/.exec(page.text(section))?.[1],
  );
  const own =
    valid(page.attribute('#ASIN', 'value')) ??
    valid(page.attribute('#averageCustomerReviews', 'data-asin')) ??
    valid(page.attribute('#cerberus-data-metrics', 'data-asin')) ??
    valid(page.attribute('#all-offers-display-params', 'data-asin')) ??
    valid(page.attribute('input[name="ASIN"], input[name="ASIN.0"], input[name="items[0.base][asin]"]', 'value')) ??
    inDetails.map(valid).find((asin) => asin !== undefined) ??
    canonical;
  return { own, canonical };
}

function readTitle(page: Page): string | undefined {
  for (const selector of ['#productTitle', '#ebooksProductTitle', '#title', '#btAsinTitle']) {
    const title = keptText(page.text(selector), TITLE_LIMIT);
    if (title !== undefined) return title;
  }
  return undefined;
}

function readBrand(page: Page): string | null {
  const byline = page.first('#bylineInfo');
  const text = page.text(byline);
  for (const pattern of BRAND_PATTERNS) {
    const brand = keptText(pattern.exec(text)?.[1], 200);
    if (brand !== undefined) return brand;
  }
  const overview = keptText(page.text('.po-brand td + td'), 200);
  if (overview !== undefined) return overview;
  // Before 2020 the byline was the brand itself, as a link. Books and films name people there instead.
  const namesPeople = byline !== undefined && page.below(byline, '.author, .contribution').length > 0;
  if (text === '' || namesPeople || /[():]|^(?:by|von|de|di|por|van|av)\s/i.test(text)) return null;
  return keptText(text, 200) ?? null;
}

function readRating(page: Page): number | undefined {
  const places = [
    page.attribute('#acrPopover', 'title') ?? '',
    page.text('#acrPopover .a-icon-alt'),
    page.text('#averageCustomerReviews .a-icon-alt'),
    page.text('[data-hook="rating-out-of-text"]'),
  ];
  for (const place of places) {
    const stars = readStars(collapse(place));
    if (stars !== undefined && stars > 0) return stars;
  }
  return undefined;
}

function readReviewCount(page: Page): number | null {
  for (const element of page.all('#acrCustomerReviewText', '[data-hook="total-review-count"]')) {
    // A screen reader is told the number where the page shows an abbreviation.
    const count = readCount(element.attribs['aria-label'] ?? '') ?? readCount(page.text(element));
    if (count !== undefined) return count;
  }
  return null;
}

function readImages(page: Page): string[] {
  const main = page.first('#landingImage', '#imgBlkFront', '#ebooksImgBlkFront', '#main-image');
  const candidates = [
    main?.attribs['data-old-hires'],
    ...Object.keys(parseObject(main?.attribs['data-a-dynamic-image'])),
    main?.attribs['src'],
    ...[...page.all('#altImages img')].map((image) => image.attribs['src']),
  ];
  const urls = candidates.filter(
    (url): url is string => url !== undefined && /^https:\/\/[\w.-]+\/images\/I\/[^\s"'<>]{1,300}$/.test(url),
  );
  return [...new Set(urls)].slice(0, LIST_LIMIT);
}

function parseObject(text: string | undefined): object {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

function readBullets(page: Page): string[] {
  return texts(
    page,
    TEXT_LIMIT,
    '#feature-bullets li:not(.aok-hidden, #replacementPartsFitmentBullet)',
    '#productFactsDesktopExpander li',
  );
}

function readCategoryPath(page: Page): string[] {
  const path = texts(page, 200, '#wayfinding-breadcrumbs_feature_div li a:not(#breadcrumb-back-link)');
  // A visitor who searched sees the way back instead.
  return path.filter((name) => !name.startsWith('‹'));
}

function texts(page: Page, limit: number, ...selectors: string[]): string[] {
  const kept = [...page.all(...selectors)].slice(0, LIST_LIMIT).map((element) => keptText(page.text(element), limit));
  return kept.filter((text): text is string => text !== undefined);
}

/** The page's own data for its variation buttons. Read as text: what is around it is a program, not JSON. */
function readVariations(html: string): string[] {
  const asins = new Set<string>();
  for (const name of ['dimensionToAsinMap', 'asinVariationValues', 'dimensionValuesDisplayData']) {
    const start = html.indexOf(`"${name}"`);
    if (start === -1) continue;
    const data = html.slice(start, html.indexOf('\n', start) === -1 ? start + 200_000 : start + 200_000);
    const end = name === 'asinVariationValues' ? data.indexOf('}}') : data.indexOf('}');
    for (const [, asin = ''] of data.slice(0, end === -1 ? 0 : end).matchAll(/"(B0[A-Z0-9]{8}|\d{9}[\dX])"/g)) {
      asins.add(asin);
      if (asins.size >= VARIATION_LIMIT) break;
    }
    if (asins.size > 0) break;
  }
  return [...asins].sort();
}
