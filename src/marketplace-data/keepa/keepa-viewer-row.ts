import { isAsin } from '../../common/asin';
import { Marketplace } from '../../common/marketplace';
import { Metric } from '../../common/metric';
import { FOREIGN, readAmount, toWesternDigits } from '../amazon-page/amount';
import { keptText } from '../amazon-page/page';

/** One row of the CSV that Keepa's web site exports from its Product Viewer, Finder and Best Sellers lists. */
export interface KeepaViewerRow {
  asin: string;
  marketplace: Marketplace;
  title: string | undefined;
  brand: string | undefined;
  /** What was current when the file was made. Averages, highs and lows are no readings and are left out. */
  values: Partial<Record<Metric, number>>;
}

/** Columns by name, as `headerKey` has it. The first that is there and filled counts. */
const COLUMNS: readonly (readonly [metric: Metric, kind: 'money' | 'count' | 'rating', ...names: string[]])[] = [
  ['price', 'money', 'new current'],
  ['buy_box_price', 'money', 'buy box current'],
  ['amazon_price', 'money', 'amazon current'],
  ['used_price', 'money', 'used current'],
  ['list_price', 'money', 'list price current'],
  ['bsr', 'count', 'sales rank current'],
  ['rating', 'rating', 'reviews rating'],
  ['review_count', 'count', 'reviews rating count', 'reviews review count'],
  ['offer_count', 'count', 'new offer count current', 'count of retrieved live offers new'],
  ['stock', 'count', 'buy box stock', 'stock'],
  ['monthly_sold', 'count', 'bought in past month', 'monthly sold'],
];

/** Domains as Keepa's "Locale" column names them. */
const LOCALES: Readonly<Record<string, Marketplace>> = {
  com: 'US',
  'co.uk': 'GB',
  uk: 'GB',
  de: 'DE',
  fr: 'FR',
  'co.jp': 'JP',
  jp: 'JP',
  ca: 'CA',
  it: 'IT',
  es: 'ES',
  in: 'IN',
  'com.mx': 'MX',
  mx: 'MX',
  'com.br': 'BR',
  br: 'BR',
};

/** `Buy Box 🚚: Current` and `Buy Box: Current` are the same column. */
export function headerKey(header: string): string {
  return header
    .normalize('NFKC')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    .toLowerCase();
}

/** A file of Keepa's web site, told from other CSV by two columns that every export of it has. */
export function isViewerHeader(keys: readonly string[]): boolean {
  return keys.includes('asin') && (keys.includes('title') || keys.some((key) => / (?:current|stock)$/.test(key)));
}

/** The metrics a header can give. */
export function metricOfColumn(key: string): Metric | null {
  return COLUMNS.find(([, , ...names]) => names.includes(key))?.[0] ?? null;
}

/**
 * @param record cells by `headerKey`
 * @param marketplace where the file has no column that says it: the exported amounts are in its currency
 * @returns the row, or why it cannot be used
 */
export function readViewerRow(
  record: Record<string, string | undefined>,
  marketplace: Marketplace,
): KeepaViewerRow | string {
  const asin = (record['asin'] ?? '').trim().toUpperCase();
  if (!isAsin(asin)) return 'asin: must be B0 and eight letters or digits, or a valid ISBN-10';
  const locale = (record['locale'] ?? '').trim().toLowerCase();
  const own = locale === '' ? marketplace : LOCALES[locale];
  if (own === undefined) return 'locale: is of no marketplace that Keepa exports';
  const values: KeepaViewerRow['values'] = {};
  for (const [metric, kind, ...names] of COLUMNS) {
    const name = names.find((candidate) => !isEmpty(record[candidate]));
    if (name === undefined) continue;
    const value = readCell(record[name] ?? '', kind, own);
    if (value === FOREIGN) return `${name}: is in another currency than that of ${own}`;
    if (value === undefined) return `${name}: is not a number`;
    values[metric] = value;
  }
  return {
    asin,
    marketplace: own,
    title: keptText(record['title'], 500),
    brand: keptText(record['brand'], 100),
    values,
  };
}

function isEmpty(cell: string | undefined): boolean {
  return cell === undefined || /^[\s-]*$/.test(cell);
}

function readCell(
  cell: string,
  kind: 'money' | 'count' | 'rating',
  marketplace: Marketplace,
): number | typeof FOREIGN | undefined {
  if (kind === 'money') return readAmount(cell, marketplace);
  const text = toWesternDigits(cell).replace(/[\s#+%]/gu, '');
  if (kind === 'rating') {
    const stars = /^\d(?:[.,]\d)?$/.test(text) ? Number(text.replace(',', '.')) : NaN;
    return stars <= 5 ? Math.round(stars * 10) : undefined;
  }
  // Spreadsheets write whole numbers as `459.0`; groups of three are thousands in any language.
  const whole = text.replace(/[.,]0{1,2}$/, '');
  if (!/^\d{1,3}(?:[.,'’]\d{3})+$|^\d+$/.test(whole)) return undefined;
  const count = Number(whole.replace(/\D/g, ''));
  return count <= 2_147_483_647 ? count : undefined;
}
