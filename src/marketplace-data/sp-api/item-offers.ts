import { Marketplace } from '../../common/marketplace';
import { countField, field, ForeignAmount, Json, listField, moneyField, textField } from './sp-api-json';
import { marketplaceOfId } from './sp-api-marketplaces';

/** An amount with its parts, in minor units. */
export interface OfferPrice {
  /** In lower case: `new`, `used` … */
  condition: string;
  /** `Amazon` or `Merchant`, where it is told. */
  channel?: string;
  /** `B2B` for business customers; absent for everybody. */
  offerType?: string;
  listing?: number;
  shipping?: number;
  landed?: number;
}

/** What Product Pricing v0 says of the offers for one ASIN. */
export interface ItemOffers {
  asin: string | undefined;
  marketplace: Marketplace | undefined;
  /** `Success`, `NoBuyableOffers` … */
  status: string | undefined;
  totalOfferCount: number | undefined;
  /** New offers over all channels; undefined where they are not counted. */
  newOfferCount: number | undefined;
  buyBox: OfferPrice[];
  buyBoxSellerId: string | undefined;
  lowest: OfferPrice[];
  listPrice: number | undefined;
  /** A department's id ends in `_display_on_website`; a category's is a number. */
  salesRankings: { category: string; rank: number }[];
}

/** An entry of a batch, which has its own status whatever the batch's is. */
export interface BatchEntry<T> {
  status: number;
  asin: string | undefined;
  marketplace: Marketplace | undefined;
  errorCodes: string[];
  /** Undefined where the entry failed, or is in a foreign currency. */
  value: T | undefined;
}

/** `payload` of getItemOffers, of a batch entry, or of getListingOffers. @throws ForeignAmount */
export function readItemOffers(payload: Json, marketplace: Marketplace): ItemOffers {
  const summary = field(payload, 'Summary');
  const winner = listField(payload, 'Offers').find((offer) => field(offer, 'IsBuyBoxWinner') === true);
  const boxes = listField(summary, 'BuyBoxPrices');
  const counts = listField(summary, 'NumberOfOffers').filter((one) => conditionOf(one) === 'new');
  const counted = counts.map((one) => countField(one, 'OfferCount'));
  return {
    asin: textField(payload, 'ASIN') ?? textField(field(payload, 'Identifier'), 'ASIN'),
    marketplace: marketplaceOfId(
      textField(payload, 'marketplaceId') ?? textField(field(payload, 'Identifier'), 'MarketplaceId'),
    ),
    status: textField(payload, 'status'),
    totalOfferCount: countField(summary, 'TotalOfferCount'),
    newOfferCount:
      counted.length === 0 || counted.includes(undefined)
        ? undefined
        : counted.reduce<number>((sum, one) => sum + (one ?? 0), 0),
    buyBox: boxes.map((price) => readPrice(price, marketplace)),
    buyBoxSellerId: textField(winner, 'SellerId') ?? textField(boxes.find(isNewForAll), 'sellerId'),
    lowest: listField(summary, 'LowestPrices').map((price) => readPrice(price, marketplace)),
    listPrice: moneyField(summary, 'ListPrice', marketplace),
    salesRankings: readRankings(summary),
  };
}

/** getItemOffersBatch and its like. */
export function readBatch<T>(body: Json, read: (payload: Json, marketplace: Marketplace) => T): BatchEntry<T>[] {
  return listField(body, 'responses').map((entry) => {
    const answer = field(entry, 'body');
    const payload = field(answer, 'payload') ?? answer;
    const request = field(entry, 'request');
    const asin = textField(payload, 'ASIN') ?? textField(request, 'Asin');
    const marketplace = marketplaceOfId(
      textField(payload, 'marketplaceId') ??
        textField(field(payload, 'Identifier'), 'MarketplaceId') ??
        textField(request, 'MarketplaceId'),
    );
    const status = countField(field(entry, 'status'), 'statusCode') ?? 0;
    const errorCodes = [...listField(answer, 'errors'), ...listField(entry, 'errors')].flatMap(
      (error) => textField(error, 'code') ?? [],
    );
    const isGood = status === 200 && marketplace !== undefined && typeof payload === 'object' && payload !== null;
    return {
      status,
      asin,
      marketplace,
      errorCodes,
      value: isGood ? unlessForeign(() => read(payload as Json, marketplace)) : undefined,
    };
  });
}

export function unlessForeign<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ForeignAmount) return undefined;
    throw error;
  }
}

/** What a shopper without a business account can buy new. */
export function isForShoppers({ condition, offerType }: OfferPrice): boolean {
  return condition === 'new' && offerType !== 'B2B';
}

export function readRankings(parent: unknown): { category: string; rank: number }[] {
  return listField(parent, 'SalesRankings').flatMap((one) => {
    const [category, rank] = [textField(one, 'ProductCategoryId'), countField(one, 'Rank')];
    return category === undefined || rank === undefined || rank < 1 ? [] : [{ category, rank }];
  });
}

function isNewForAll(box: Json): boolean {
  return conditionOf(box) === 'new' && textField(box, 'offerType') !== 'B2B';
}

function readPrice(price: Json, marketplace: Marketplace): OfferPrice {
  return {
    condition: conditionOf(price),
    channel: textField(price, 'fulfillmentChannel'),
    offerType: textField(price, 'offerType'),
    listing: moneyField(price, 'ListingPrice', marketplace),
    shipping: moneyField(price, 'Shipping', marketplace),
    landed: moneyField(price, 'LandedPrice', marketplace),
  };
}

function conditionOf(record: Json): string {
  return (textField(record, 'condition') ?? '').toLowerCase();
}
