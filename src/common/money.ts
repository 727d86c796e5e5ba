import { Marketplace, MARKETPLACES } from './marketplace';

/** An amount of money on the wire. */
export class MoneyView {
  /** Integer in the currency's minor unit: 1599 is USD 15.99, 2530 is JPY 2530. @example 1599 */
  minor: number;
  /** The same as decimal text, exact. @example "15.99" */
  amount: string;
  /** ISO 4217. @example "USD" */
  currency: string;
}

/** Decimal text of an integer in minor units, without going through a float. */
export function formatMinor(minor: number, exponent: number): string {
  if (exponent === 0) return String(minor);
  const digits = String(Math.abs(minor)).padStart(exponent + 1, '0');
  const sign = minor < 0 ? '-' : '';
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/** The inverse of `formatMinor`; null unless the text is exactly a decimal with at most that many places, in int4 range. */
export function parseMinor(text: string, exponent: number): number | null {
  const match = /^(\d{1,10})(?:\.(\d+))?$/.exec(text);
  if (!match) return null;
  const [, whole = '', fraction = ''] = match;
  if (fraction.length > exponent) return null;
  const minor = Number(whole + fraction.padEnd(exponent, '0'));
  return minor <= 2_147_483_647 ? minor : null;
}

export function moneyView(minor: number, marketplace: Marketplace): MoneyView {
  const { currency, exponent } = MARKETPLACES[marketplace];
  return { minor, amount: formatMinor(minor, exponent), currency };
}
