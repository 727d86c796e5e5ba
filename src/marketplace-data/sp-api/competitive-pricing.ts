import { Marketplace } from '../../common/marketplace';
import { OfferPrice, readRankings } from './item-offers';
import { countField, field, Json, listField, moneyField, textField } from './sp-api-json';

/** What getCompetitivePricing (Product Pricing v0) says of one ASIN. */
export interface CompetitivePricing {
  asin: string | undefined;
  status: string | undefined;
  /** The price of the buy box, by condition. */
  competitivePrices: OfferPrice[];
  newOfferCount: number | undefined;
  salesRankings: { category: string; rank: number }[];
}

/** @throws ForeignAmount */
export function readCompetitivePricing(entry: Json, marketplace: Marketplace): CompetitivePricing {
  const product = field(entry, 'Product');
  const pricing = field(product, 'CompetitivePricing');
  const counts = listField(pricing, 'NumberOfOfferListings');
  const identifiers = field(field(product, 'Identifiers'), 'MarketplaceASIN');
  return {
    asin: textField(entry, 'ASIN') ?? textField(identifiers, 'ASIN'),
    status: textField(entry, 'status'),
    competitivePrices: listField(pricing, 'CompetitivePrices').map((one): OfferPrice => {
      const price = field(one, 'Price');
      return {
        condition: (textField(one, 'condition') ?? '').toLowerCase(),
        offerType: textField(one, 'offerType'),
        listing: moneyField(price, 'ListingPrice', marketplace),
        shipping: moneyField(price, 'Shipping', marketplace),
        landed: moneyField(price, 'LandedPrice', marketplace),
      };
    }),
    newOfferCount: countField(
      counts.find((one) => textField(one, 'condition')?.toLowerCase() === 'new'),
      'Count',
    ),
    salesRankings: readRankings(product),
  };
}
