import { Marketplace, MARKETPLACES } from '../../common/marketplace';
import { isRecord, recordsOf, textOf } from '../vendor-json';
import { marketplaceOfId } from './sp-api-marketplaces';

export type Json = Record<string, unknown>;

/** A field whose letter case differs between operations: `MarketplaceId`, `marketplaceId`, `MarketplaceID`. */
export function field(record: unknown, name: string): unknown {
  if (!isRecord(record)) return undefined;
  if (name in record) return record[name];
  const wanted = name.toLowerCase();
  const key = Object.keys(record).find((candidate) => candidate.toLowerCase() === wanted);
  return key === undefined ? undefined : record[key];
}

export function listField(record: unknown, name: string): Json[] {
  return recordsOf(field(record, name));
}

export function textField(record: unknown, name: string): string | undefined {
  return textOf(field(record, name));
}

export function countField(record: unknown, name: string): number | undefined {
  const value = field(record, name);
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 2_147_483_647
    ? value
    : undefined;
}

/** An amount in a currency that is not the marketplace's: nothing of the answer can be trusted. */
export class ForeignAmount extends Error {}

/**
 * `{CurrencyCode, Amount}` in minor units; undefined where there is no amount.
 * @throws ForeignAmount
 */
export function moneyField(record: unknown, name: string, marketplace: Marketplace): number | undefined {
  const money = field(record, name);
  const amount = field(money, 'Amount');
  if (typeof amount !== 'number' || !Number.isFinite(amount) || amount < 0) return undefined;
  const { currency, exponent } = MARKETPLACES[marketplace];
  if (textField(money, 'CurrencyCode') !== currency) throw new ForeignAmount();
  const minor = Math.round(amount * 10 ** exponent);
  return minor <= 2_147_483_647 ? minor : undefined;
}

/** The part of a list that is about one marketplace. */
export function ofMarketplace(record: unknown, name: string, marketplace: Marketplace): Json | undefined {
  const parts = listField(record, name);
  return parts.find((part) => marketplaceOfId(textField(part, 'marketplaceId')) === marketplace);
}
