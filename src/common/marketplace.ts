/**
 * Amazon's marketplaces. `exponent` is the number of decimals of the currency's minor unit (ISO 4217):
 * USD 15.99 is 1599 with exponent 2, 2530 yen is 2530 with exponent 0.
 */
const MARKETPLACE_TABLE = {
  US: { domain: 'www.amazon.com', currency: 'USD', exponent: 2 },
  CA: { domain: 'www.amazon.ca', currency: 'CAD', exponent: 2 },
  MX: { domain: 'www.amazon.com.mx', currency: 'MXN', exponent: 2 },
  BR: { domain: 'www.amazon.com.br', currency: 'BRL', exponent: 2 },
  GB: { domain: 'www.amazon.co.uk', currency: 'GBP', exponent: 2 },
  DE: { domain: 'www.amazon.de', currency: 'EUR', exponent: 2 },
  FR: { domain: 'www.amazon.fr', currency: 'EUR', exponent: 2 },
  ES: { domain: 'www.amazon.es', currency: 'EUR', exponent: 2 },
  IT: { domain: 'www.amazon.it', currency: 'EUR', exponent: 2 },
  NL: { domain: 'www.amazon.nl', currency: 'EUR', exponent: 2 },
  BE: { domain: 'www.amazon.com.be', currency: 'EUR', exponent: 2 },
  IE: { domain: 'www.amazon.ie', currency: 'EUR', exponent: 2 },
  SE: { domain: 'www.amazon.se', currency: 'SEK', exponent: 2 },
  PL: { domain: 'www.amazon.pl', currency: 'PLN', exponent: 2 },
  TR: { domain: 'www.amazon.com.tr', currency: 'TRY', exponent: 2 },
  AE: { domain: 'www.amazon.ae', currency: 'AED', exponent: 2 },
  SA: { domain: 'www.amazon.sa', currency: 'SAR', exponent: 2 },
  EG: { domain: 'www.amazon.eg', currency: 'EGP', exponent: 2 },
  ZA: { domain: 'www.amazon.co.za', currency: 'ZAR', exponent: 2 },
  IN: { domain: 'www.amazon.in', currency: 'INR', exponent: 2 },
  JP: { domain: 'www.amazon.co.jp', currency: 'JPY', exponent: 0 },
  AU: { domain: 'www.amazon.com.au', currency: 'AUD', exponent: 2 },
  SG: { domain: 'www.amazon.sg', currency: 'SGD', exponent: 2 },
} as const satisfies Record<string, MarketplaceFacts>;

export interface MarketplaceFacts {
  domain: string;
  currency: string;
  exponent: number;
}

export type Marketplace = keyof typeof MARKETPLACE_TABLE;

export const MARKETPLACES: Readonly<Record<Marketplace, MarketplaceFacts>> = MARKETPLACE_TABLE;
export const MARKETPLACE_CODES = Object.keys(MARKETPLACE_TABLE) as Marketplace[];

/** Page of a listing for a person to open. */
export function listingUrl(marketplace: Marketplace, asin: string): string {
  return `https://${MARKETPLACES[marketplace].domain}/dp/${asin}`;
}
