import type { Element } from 'domhandler';
import { Marketplace, MARKETPLACES } from '../../common/marketplace';
import { FOREIGN, readAmount } from './amount';
import { AvailabilityState, readAvailability } from './availability';
import { isOfAnotherOffer } from './other-offer';
import { Page } from './page';
import { LIST_PRICE_LABEL, USED_HEADING } from './phrases';

/** What the page offers to somebody who wants the product new. */
export type OfferState =
  /** A new offer with a price. */
  | 'new'
  /** Only a used one holds the buy box. */
  | 'used_only'
  /** Others sell it, nobody holds the buy box. */
  | 'no_featured_offer'
  | 'unavailable'
  /** Not sent to where the page was read from. */
  | 'undeliverable'
  /** The price shows only after adding to the cart. */
  | 'price_hidden'
  /** A range over variations, or a choice to be made first. */
  | 'variation_not_chosen'
  | 'foreign_currency'
  /** The page says something this reader does not know. */
  | 'unknown';

interface Coupon {
  percent?: number;
  /** In minor units. */
  minor?: number;
}

export interface Offer extends AvailabilityState {
  state: OfferState;
  priceMinor: number | null;
  listPriceMinor: number | null;
  usedPriceMinor: number | null;
  coupon: Coupon | null;
  sellerId: string | null;
  sellerName: string | null;
}

/**
 * Where pages show the price of the offer that is featured, in order of trust: today's layout, that of 2018 to 2021, that
 * of media and textbooks. An amount anywhere else in the buy box may belong to another item and is never taken.
 */
const NEW_PRICES = [
  // Where subscribing is offered too, the price in the middle may be that of a subscriber.
  '[id^="newAccordionRow"] .priceToPay',
  '[id^="newAccordionRow"] .apex-pricetopay-value',
  '[id^="newAccordionRow"] .a-price:not(.a-text-price)',
  '[id^="corePriceDisplay_"] .priceToPay',
  '[id^="corePriceDisplay_"] .apexPriceToPay',
  '[id^="corePriceDisplay_"] .apex-pricetopay-value',
  '[id^="corePriceDisplay_"] .a-price:not(.a-text-price)',
  '[id^="corePrice_"] .priceToPay',
  '[id^="corePrice_"] .apexPriceToPay',
  '[id^="corePrice_"] .apex-pricetopay-value',
  '[id^="corePrice_"] .a-price:not(.a-text-price)',
  '#apex_desktop .priceToPay',
  '#apex_desktop .apexPriceToPay',
  '#apex_desktop .apex-pricetopay-value',
  '[id^="apex_offerDisplay_"] .priceToPay',
  '[id^="apex_offerDisplay_"] .apexPriceToPay',
  '#priceblock_dealprice',
  '#priceblock_saleprice',
  '#priceblock_ourprice',
  '#priceblock_pospromoprice',
  '#price_inside_buybox',
  '#newBuyBoxPrice',
  '#buyNewSection .offer-price',
  '#buyNewSection .a-color-price',
  '#newOfferAccordionRow .header-price',
  '#mediaNoAccordion .header-price',
  '#kindle-price',
  'tr.kindle-price .a-color-price',
  '#tp_price_block_total_price_ww .a-offscreen',
];
/** What the form sends along, always with a point: `159.0`. */
const FORM_PRICE = 'input[name="items[0.base][customerVisiblePrice][amount]"]';
const USED_PRICES = [
  '[id*="usedAccordionRow"] .a-price:not(.a-text-price)',
  '[id*="usedOnlyBuybox"] .a-price:not(.a-text-price)',
  '#usedOfferAccordionRow .header-price',
  '#usedBuySection .offer-price',
  '#usedBuySection .a-color-price',
  '#usedBuyBoxPrice',
  '#usedBuyBox .a-color-price',
  '#usedPrice',
];
const LIST_PRICES = [
  '[id^="corePriceDisplay_"] .basisPrice',
  '[id^="corePriceDisplay_"] .a-price.a-text-price[data-a-strike="true"]',
  '[id^="corePriceDisplay_"] .apex-basisprice-value',
  '[id^="corePrice_"] .basisPrice',
  '#apex_desktop .basisPrice',
  '[id^="corePrice_"] .a-price.a-text-price[data-a-strike="true"]',
  '#price .priceBlockStrikePriceString',
  '#price .a-text-strike',
  '#listPriceValue',
  '#listPrice',
  '#buyNewSection .a-text-strike',
  '#buybox .a-text-strike',
  '#newOfferAccordionRow .a-text-strike',
  '#mediaNoAccordion .a-text-strike',
  '#digital-list-price',
  '#print-list-price',
];

/** Ids under which one condition of the offers below one another is folded. */
const USED_BOXES = [
  '#usedBuyBox',
  '[id*="usedOnlyBuybox"]',
  '#usedBuySection',
  '#usedOfferAccordionRow',
  '[id*="usedAccordionRow"]',
];

/** Coupons hang on other items of a page too, so only these places count. */
const COUPON_PLACES = [
  '[id^="couponText"]',
  '[id*="couponBadge"]',
  '[id*="vpcButton"]',
  '[id^="couponsInBuybox"]',
  '#couponFeature',
  '#promoPriceBlockMessage_feature_div [class*="oupon"]',
  '#vendorPoweredCoupon_feature_div',
  '#centerCol [class*="oupon"]',
  '#price [class*="oupon"]',
];
/** Currencies in letters, which are no label. */
const CURRENCY_WORD =
  /\b(?:EUR|USD|CDN|CAD|GBP|AED|SAR|EGP|SEK|PLN|TL|TRY|ZAR|AUD|SGD|JPY|INR|BRL|MXN|Rs|kr|zł|R)\b|zł|円/gu;

const NEW_BOXES = ['#buyNewSection', '#newOfferAccordionRow', '[id^="newAccordionRow"]'];

export function readOffer(page: Page, marketplace: Marketplace): Offer {
  const availability = readAvailability(page);
  // A page whose only box is of a used offer shows that offer's price where the new one stands on others.
  const usedOnly =
    page.has('[id*="usedOnlyBuybox"]') ||
    (!page.has(...NEW_BOXES) && USED_HEADING.test(page.text('#buybox').slice(0, 150)));
  const found = findNewPrice(page, marketplace);
  const shown = typeof found === 'number' ? found : null;
  const usedPriceMinor = firstAmount(page, USED_PRICES, marketplace, () => true) ?? (usedOnly ? shown : null);
  const priceMinor = usedOnly ? null : shown;
  const listed = priceMinor === null ? undefined : findListPrice(page, marketplace);
  const state = usedOnly ? 'used_only' : stateOf(page, found, availability, usedPriceMinor !== null);
  return {
    ...availability,
    // What such a page says of stock it says of the used offer.
    ...(state === 'used_only' ? { inStock: null, stockLeft: null } : {}),
    state,
    priceMinor,
    listPriceMinor: listed !== undefined && priceMinor !== null && listed > priceMinor ? listed : null,
    usedPriceMinor,
    coupon: readCoupon(page, marketplace),
    ...readSeller(page),
  };
}

function stateOf(
  page: Page,
  found: number | 'range' | typeof FOREIGN | undefined,
  availability: AvailabilityState,
  hasUsed: boolean,
): OfferState {
  if (typeof found === 'number') return 'new';
  if (found === FOREIGN) return 'foreign_currency';
  if (found === 'range') return 'variation_not_chosen';
  if (availability.undeliverable) return 'undeliverable';
  if (hasUsed || page.has(...USED_BOXES)) return 'used_only';
  if (availability.inStock === false) return 'unavailable';
  if (availability.otherSellersOnly || page.has('#unqualifiedBuyBox', '#buybox-see-all-buying-choices')) {
    return 'no_featured_offer';
  }
  if (page.has('#priceNotAvailable_feature_div', '#map-help')) return 'price_hidden';
  if (page.has('#twisterAvailability', '[id*="partialState"]')) return 'variation_not_chosen';
  return 'unknown';
}

function findNewPrice(page: Page, marketplace: Marketplace): number | 'range' | typeof FOREIGN | undefined {
  let foreign = false;
  for (const element of page.all(...NEW_PRICES)) {
    if (isOfAnotherOffer(element)) continue;
    if (page.closest(element, '.a-price-range')) return 'range';
    const amount = amountOf(page, element, marketplace);
    if (typeof amount === 'number' && amount > 0) return amount;
    if (amount === 'range') return 'range';
    if (amount === FOREIGN) foreign = true;
  }
  if (foreign) return FOREIGN;
  const form = [...page.all(FORM_PRICE)].find((input) => !isOfAnotherOffer(input))?.attribs['value'] ?? '';
  const { exponent } = MARKETPLACES[marketplace];
  return /^\d{1,7}(?:\.\d{1,2})?$/.test(form) && Number(form) > 0
    ? Math.round(Number(form) * 10 ** exponent)
    : undefined;
}

function findListPrice(page: Page, marketplace: Marketplace): number | undefined {
  const amount = firstAmount(page, LIST_PRICES, marketplace, (element) => {
    if (isOfAnotherOffer(element)) return false;
    // The label stands before the amount, inside the same element or its row.
    const row = page.closest(element, 'tr, .basisPrice, .a-row, .a-section, li') ?? element;
    const label = page.text(row).slice(0, 80);
    return LIST_PRICE_LABEL.test(label) || !/\p{L}/u.test(label.replace(CURRENCY_WORD, ''));
  });
  return typeof amount === 'number' ? amount : undefined;
}

function firstAmount(
  page: Page,
  selectors: string[],
  marketplace: Marketplace,
  accept: (element: Element) => boolean,
): number | undefined {
  for (const element of page.all(...selectors)) {
    if (!accept(element)) continue;
    const amount = amountOf(page, element, marketplace);
    if (typeof amount === 'number' && amount > 0) return amount;
  }
  return undefined;
}

/** Screen readers get the amount in one piece; where that piece is empty the visible parts are put together. */
function amountOf(
  page: Page,
  element: Element,
  marketplace: Marketplace,
): number | 'range' | typeof FOREIGN | undefined {
  const part = (name: string) => page.text(page.below(element, name)[0]);
  const spoken = part('.a-offscreen');
  const fromSpoken = spoken === '' ? undefined : readAmount(spoken, marketplace);
  if (fromSpoken !== undefined) return fromSpoken;
  const whole = part('.a-price-whole').replace(/[\s.,]+$/, '');
  if (whole !== '') {
    const fraction = part('.a-price-fraction');
    // Whichever separator does not group.
    const point = whole.includes('.') ? ',' : '.';
    return readAmount(`${part('.a-price-symbol')}${whole}${fraction === '' ? '' : point}${fraction}`, marketplace);
  }
  const text = page.text(element);
  const amount = readAmount(text, marketplace);
  return amount === undefined && RANGE.test(text) ? 'range' : amount;
}

/** `$9.99 - $19.99` */
const RANGE = /\d\s?\S{0,4}\s?[-–—]\s?\S{0,4}\s?\d/;

/** A voucher to be ticked beside the price. */
function readCoupon(page: Page, marketplace: Marketplace): Coupon | null {
  for (const place of page.all(...COUPON_PLACES)) {
    if (isOfAnotherOffer(place)) continue;
    const text = page.text(place).slice(0, 200);
    const percent = /(\d{1,2})\s?%/.exec(text)?.[1];
    if (percent !== undefined) return { percent: Number(percent) };
    const minor = readAmount(text, marketplace);
    if (typeof minor === 'number' && minor > 0) return { minor };
  }
  return null;
}

function readSeller(page: Page): { sellerId: string | null; sellerName: string | null } {
  const profile = [...page.all('#sellerProfileTriggerId', '#merchant-info a[href*="seller="]')].find(
    (link) => !isOfAnotherOffer(link),
  );
  const fromLink = /[?&]seller=([A-Z0-9]{10,20})(?:&|$)/.exec(profile?.attribs['href'] ?? '')?.[1];
  const input = [...page.all('#merchantID', 'input[name="merchantID"]')].find(
    (candidate) => !isOfAnotherOffer(candidate) && /^[A-Z0-9]{10,20}$/.test(candidate.attribs['value'] ?? ''),
  );
  const name = page.text(profile);
  return { sellerId: fromLink ?? input?.attribs['value'] ?? null, sellerName: name === '' ? null : name };
}
