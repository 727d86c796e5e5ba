import { Marketplace, MARKETPLACES } from '../../common/marketplace';

/** How pages write a currency. `$` alone is whichever dollar (or peso) the marketplace has. */
const CURRENCY_BY_SIGN: Readonly<Record<string, string>> = {
  US$: 'USD',
  USD: 'USD',
  CDN$: 'CAD',
  CA$: 'CAD',
  C$: 'CAD',
  CAD: 'CAD',
  MX$: 'MXN',
  MXN: 'MXN',
  R$: 'BRL',
  BRL: 'BRL',
  '£': 'GBP',
  GBP: 'GBP',
  '€': 'EUR',
  EUR: 'EUR',
  kr: 'SEK',
  SEK: 'SEK',
  zł: 'PLN',
  PLN: 'PLN',
  '₺': 'TRY',
  TL: 'TRY',
  TRY: 'TRY',
  AED: 'AED',
  'د.إ.': 'AED',
  درهم: 'AED',
  SAR: 'SAR',
  'ر.س.': 'SAR',
  ريال: 'SAR',
  '﷼': 'SAR',
  '\u20C1': 'SAR',
  EGP: 'EGP',
  'ج.م.': 'EGP',
  جنيه: 'EGP',
  ZAR: 'ZAR',
  R: 'ZAR',
  '₹': 'INR',
  'Rs.': 'INR',
  Rs: 'INR',
  INR: 'INR',
  '￥': 'JPY',
  '¥': 'JPY',
  円: 'JPY',
  JPY: 'JPY',
  AU$: 'AUD',
  A$: 'AUD',
  AUD: 'AUD',
  S$: 'SGD',
  SGD: 'SGD',
  // Amazon shows these to visitors from elsewhere, in place of the marketplace's own.
  NT$: 'TWD',
  TWD: 'TWD',
  HK$: 'HKD',
  HKD: 'HKD',
  CNY: 'CNY',
  KRW: 'KRW',
  '₩': 'KRW',
  CHF: 'CHF',
  DKK: 'DKK',
  NOK: 'NOK',
  CZK: 'CZK',
  HUF: 'HUF',
  ILS: 'ILS',
  '₪': 'ILS',
  PHP: 'PHP',
  '₱': 'PHP',
  PKR: 'PKR',
  THB: 'THB',
  '฿': 'THB',
  VND: 'VND',
  '₫': 'VND',
  MYR: 'MYR',
  IDR: 'IDR',
  COP: 'COP',
  ARS: 'ARS',
  CLP: 'CLP',
  PEN: 'PEN',
  NZD: 'NZD',
  NZ$: 'NZD',
  KWD: 'KWD',
  QAR: 'QAR',
};
const DOLLAR_CURRENCIES: ReadonlySet<string> = new Set(['USD', 'CAD', 'MXN', 'AUD', 'SGD']);

const escape = (text: string) => text.replace(/[.$*+?^()|[\]{}\\]/g, '\\$&');
const SIGN = [...Object.keys(CURRENCY_BY_SIGN), '$']
  .sort((a, b) => b.length - a.length)
  .map(escape)
  .join('|');
/** Digits in groups of two or three (India groups by two), with or without decimals; blanks group only by three. */
const NUMBER = String.raw`\d+(?: \d{3})*(?:[.,'’]\d{2,3})*(?: ?[.,] ?\d{1,2})?(?!\d)`;
const AMOUNT = new RegExp(
  `(?<![\\p{L}\\d])(?<before>${SIGN})\\s?(?<first>${NUMBER})|(?<last>${NUMBER})\\s?(?<after>${SIGN})(?!\\p{L})`,
  'gu',
);
const BARE = new RegExp(`^${NUMBER}$`, 'u');

/** An amount in another currency than the marketplace's: a page made for a visitor from elsewhere. */
export const FOREIGN = Symbol('an amount in a foreign currency');

/**
 * The one amount of money a text shows, in minor units of the marketplace's currency. Whether a separator groups or
 * divides is told by the digits around it, as one marketplace shows `1.599,00` and `429.00` by the visitor's language.
 * @returns undefined where there is no amount, a negative one, or two that differ (a range)
 */
export function readAmount(text: string, marketplace: Marketplace): number | typeof FOREIGN | undefined {
  const { currency, exponent } = MARKETPLACES[marketplace];
  const plain = text
    .replace(/[\s\u00A0\u202F\u2009]+/gu, ' ')
    .replace(/[\u200B-\u200F\u202A-\u202E\u2066-\u2069]/gu, '');
  const trimmed = toWesternDigits(plain).trim();
  if (BARE.test(trimmed)) return toMinor(trimmed, exponent);
  const found = new Set<number>();
  let foreign = false;
  for (const match of trimmed.matchAll(AMOUNT)) {
    const { before, first, last, after } = match.groups ?? {};
    if (/[-−]\s?$/.test(trimmed.slice(0, match.index)) && found.size === 0) return undefined;
    const sign = before ?? after ?? '';
    const isOurs = sign === '$' ? DOLLAR_CURRENCIES.has(currency) : CURRENCY_BY_SIGN[sign] === currency;
    if (!isOurs) {
      foreign = true;
      continue;
    }
    const minor = toMinor(first ?? last ?? '', exponent);
    if (minor !== undefined) found.add(minor);
  }
  if (found.size > 1) return undefined;
  const [minor] = found;
  // `RUB 1,363.86`: three capitals before a number are a currency, known to us or not.
  return minor ?? (foreign || /(?<![A-Z])[A-Z]{3}\s?\d/.test(trimmed) ? FOREIGN : undefined);
}

/**
 * A count or a rank: every separator groups. Undefined where the text has no digits or abbreviates them (`1.2K`, `1,2 mil`,
 * `1.2L` for lakh: any letter that sticks to the digits but those of counters in Chinese and Japanese).
 */
export function readCount(text: string): number | undefined {
  const western = toWesternDigits(text);
  const match = /\d[\d.,'’\s]*/.exec(western);
  if (!match) return undefined;
  const after = western.slice(match.index + match[0].trimEnd().length);
  if (/^(?:[a-zA-Z万千億]|\s?(?:k|m|mil|mln|tys|tn|b|rb|ألف)(?!\p{L}))/iu.test(after)) return undefined;
  const count = Number(match[0].replace(/\D/g, ''));
  return count <= 2_147_483_647 ? count : undefined;
}

/** A badge like `1K+ bought in past month`, which gives a lower bound. */
export function readLowerBound(text: string): number | undefined {
  const western = toWesternDigits(text);
  const match =
    /(\d[\d.,]*)(万)?点以上/u.exec(western) ??
    /(\d[\d.,]*)\s?(k|mil|m|万)?(?!\p{L})\s?\+/iu.exec(western) ??
    /(\d[\d.,]*)\s?(k|mil|万)(?![a-zà-ÿ])/iu.exec(western) ??
    /(\d[\d.,]*)()/u.exec(western);
  if (!match) return undefined;
  const factor = { k: 1000, mil: 1000, m: 1_000_000, 万: 10_000 }[(match[2] ?? '').toLowerCase()];
  const digits = match[1] ?? '';
  if (factor === undefined) return Number(digits.replace(/\D/g, ''));
  return Math.round(Number(digits.replace(',', '.')) * factor);
}

/** Stars out of five, in tenths. Most languages put the five last, Japanese and Turkish first. */
export function readStars(text: string): number | undefined {
  const numbers = [...toWesternDigits(text).matchAll(/\d+(?:[.,]\d+)?/g)].map(([digits]) => digits.replace(',', '.'));
  const [first, second] = numbers;
  if (first === undefined) return undefined;
  const stars = Number(first === '5' && second !== undefined ? second : first);
  return stars >= 0 && stars <= 5 ? Math.round(stars * 10) : undefined;
}

function toMinor(digits: string, exponent: number): number | undefined {
  const compact = digits.replace(/[\s'’]/g, '');
  if (exponent === 0) return inRange(Number(compact.replace(/[.,]/g, '')));
  const last = Math.max(compact.lastIndexOf('.'), compact.lastIndexOf(','));
  if (last === -1) return inRange(Number(compact) * 10 ** exponent);
  const tail = compact.slice(last + 1);
  const separator = compact.charAt(last);
  // Decimals come once and after at most two digits; a separator that repeats, or has three behind it, groups.
  const isDecimal = tail.length <= exponent && compact.indexOf(separator) === last;
  const whole = (isDecimal ? compact.slice(0, last) : compact).replace(/[.,]/g, '');
  return inRange(Number(whole + (isDecimal ? tail : '').padEnd(exponent, '0')));
}

function inRange(minor: number): number | undefined {
  return Number.isSafeInteger(minor) && minor <= 2_147_483_647 ? minor : undefined;
}

/** Arabic pages may write Arabic-Indic digits and separators. */
export function toWesternDigits(text: string): string {
  return text
    .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x0660))
    .replace(/[۰-۹]/g, (digit) => String(digit.charCodeAt(0) - 0x06f0))
    .replace(/٫/g, '.')
    .replace(/٬/g, ',');
}
