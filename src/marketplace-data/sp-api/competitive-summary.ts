import { isAsin } from '../../common/asin';
import { Marketplace } from '../../common/marketplace';
import { Json, listField, moneyField, textField } from './sp-api-json';

interface FeaturedOffer {
  sellerId: string | undefined;
  listing: number | undefined;
  shipping: number | undefined;
  /** `AFN` by Amazon, `MFN` by the seller. */
  fulfillment: string | undefined;
  /** To whom it is shown: `PRIME`, `NON_PRIME`, `DEFAULT`. */
  segments: string[];
}

/** What getCompetitiveSummary (2022-05-01) says of one ASIN. */
export interface CompetitiveSummary {
  asin: string | undefined;
  /** New offers that may hold the buy box, as shoppers of each segment see them. */
  featured: FeaturedOffer[];
  /** Amazon's own reference prices by name, in minor units. */
  referencePrices: Record<string, number>;
  lowest: { condition: string; prices: number[] }[];
  /** Amazon's own list of competitors. */
  similarAsins: string[];
}

/** @throws ForeignAmount */
export function readCompetitiveSummary(body: Json, marketplace: Marketplace): CompetitiveSummary {
  return {
    asin: textField(body, 'asin'),
    featured: listField(body, 'featuredBuyingOptions')
      .filter((option) => textField(option, 'buyingOptionType') === 'New')
      .flatMap((option) => listField(option, 'segmentedFeaturedOffers'))
      .map((offer) => readOffer(offer, marketplace)),
    referencePrices: Object.fromEntries(
      listField(body, 'referencePrices').flatMap((one) => {
        const [name, price] = [textField(one, 'name'), moneyField(one, 'price', marketplace)];
        return name === undefined || price === undefined ? [] : [[name, price]];
      }),
    ),
    lowest: listField(body, 'lowestPricedOffers').map((one) => ({
      condition: textField(one['lowestPricedOffersInput'], 'itemCondition') ?? '',
      prices: listField(one, 'offers').flatMap((offer) => moneyField(offer, 'listingPrice', marketplace) ?? []),
    })),
    similarAsins: listField(body, 'similarItems')
      .flatMap((group) => listField(group, 'items'))
      .flatMap((item) => textField(item, 'asin') ?? [])
      .filter(isAsin),
  };
}

function readOffer(offer: Json, marketplace: Marketplace): FeaturedOffer {
  const delivery = listField(offer, 'shippingOptions').find(
    (one) => textField(one, 'shippingOptionType') === 'DEFAULT',
  );
  return {
    sellerId: textField(offer, 'sellerId'),
    listing: moneyField(offer, 'listingPrice', marketplace),
    shipping: moneyField(delivery, 'price', marketplace),
    fulfillment: textField(offer, 'fulfillmentType'),
    segments: listField(offer, 'featuredOfferSegments').flatMap((one) => textField(one, 'customerMembership') ?? []),
  };
}
