import { toWesternDigits } from './amount';
import { isOfAnotherOffer } from './other-offer';
import { Page } from './page';
import { AVAILABILITY } from './phrases';

export interface AvailabilityState {
  /** Null where the page does not say it of a new offer. */
  inStock: boolean | null;
  /** From "Only 6 left in stock". */
  stockLeft: number | null;
  availabilityText: string | null;
  undeliverable: boolean;
  otherSellersOnly: boolean;
}

const PLACES = [
  '#availability',
  '#availabilityInsideBuyBox_feature_div',
  '#availability_feature_div',
  '#outOfStock .a-color-price',
  '#outOfStock',
  '#ddmDeliveryMessage',
  '#deliveryMessageMirId',
  '#deliveryBlockMessage',
  '[id*="ndeliverable"]',
];
const LANGUAGES = Object.values(AVAILABILITY);

export function readAvailability(page: Page): AvailabilityState {
  const silent = { inStock: null, stockLeft: null, undeliverable: false, otherSellersOnly: false };
  let found: AvailabilityState | undefined;
  for (const element of page.all(...PLACES)) {
    if (isOfAnotherOffer(element)) continue;
    const availabilityText = page.text(element).slice(0, 300);
    const state = interpret(toWesternDigits(availabilityText));
    // "Only 3 left" does not help somebody to whom it is not sent, wherever on the page that stands.
    if (state?.undeliverable) return { ...silent, ...state, availabilityText };
    if (state) found ??= { ...silent, ...state, availabilityText };
  }
  const text = page.text('#availability');
  return found ?? { ...silent, availabilityText: text === '' ? null : text.slice(0, 300) };
}

/** What an availability sentence means; undefined where it says none of what we know. */
function interpret(text: string): Partial<AvailabilityState> | undefined {
  const says = (kind: 'out' | 'undeliverable' | 'otherSellers' | 'inStock') =>
    LANGUAGES.some((language) => language[kind].test(text));
  if (says('undeliverable')) return { undeliverable: true };
  if (says('otherSellers')) return { otherSellersOnly: true };
  // "Nicht auf Lager" holds "auf Lager": what denies comes first.
  if (says('out')) return { inStock: false };
  for (const { left } of LANGUAGES) {
    const count = left.exec(text)?.slice(1).find(Boolean);
    if (count !== undefined) return { inStock: true, stockLeft: Number(count) };
  }
  if (says('inStock')) return { inStock: true };
  return undefined;
}
