import { Clock } from '../../common/clock';
import { Marketplace, MARKETPLACES } from '../../common/marketplace';
import { BestSellersRank } from '../amazon-page/best-sellers-ranks';
import {
  FetchOutcome,
  HistoryOutcome,
  MarketplaceData,
  Reading,
  RelatedQuery,
  RelatedWay,
  RivalWay,
  SearchHit,
  SearchQuery,
} from '../marketplace-data';
import { SourceError } from '../source-error';
import { CATALOG_DATA, CatalogItem, HIT_DATA, readCatalogItem, toHit } from './catalog-item';
import { CompetitivePricing, readCompetitivePricing } from './competitive-pricing';
import { readCompetitiveSummary } from './competitive-summary';
import { BatchEntry, isForShoppers, ItemOffers, readBatch, readItemOffers, unlessForeign } from './item-offers';
import { listField, textField } from './sp-api-json';
import { SpApiClient } from './sp-api-client';
import { SP_API_MARKETPLACES } from './sp-api-marketplaces';

/** What Amazon takes in one call of each of these operations. */
const BATCH = 20;
const SEARCH_PAGE = 20;
const SEARCH_PAGES = 10;
/** Without seller and list price, but five times as often. */
type Offers = Pick<ItemOffers, 'status' | 'newOfferCount' | 'buyBox' | 'salesRankings'> & Partial<ItemOffers>;

/** Amazon's API for sellers: offers, ranks and texts. It has no ratings and no reviews; those stay absent. */
export class SpApiSource implements MarketplaceData {
  readonly name = 'sp-api';
  readonly unit = 'request';
  readonly capabilities = { history: false, search: true, related: ['similar-items'] as const };
  readonly batchSize = BATCH;
  readonly historyBatchSize = BATCH;

  constructor(
    private readonly client: SpApiClient,
    private readonly clock: Clock,
  ) {}

  covers(marketplace: Marketplace): boolean {
    return this.client.covers(marketplace);
  }

  /** One request for the offers and one for the catalog. */
  cost(listings: number): number {
    return 2 * Math.ceil(listings / BATCH);
  }

  async fetch(marketplace: Marketplace, asins: string[]): Promise<FetchOutcome[]> {
    // Offers first: theirs is the limit that refuses, and then nothing else was asked in vain.
    const offers = await this.offers(marketplace, asins);
    const items = await this.catalog(marketplace, asins);
    const now = this.clock.now();
    return asins.map((asin) => outcomeOf(asin, marketplace, offers.get(asin), items.get(asin), now));
  }

  history(): Promise<HistoryOutcome[]> {
    return Promise.reject(new SourceError('unsupported', 'SP-API does not know the past'));
  }

  rivalCost(way: RivalWay, limit: number): number {
    const pages = Math.min(SEARCH_PAGES, Math.ceil(limit / SEARCH_PAGE));
    return way === 'search' ? pages : 1 + Math.ceil(limit / BATCH);
  }

  async search({ marketplace, terms, limit }: SearchQuery): Promise<SearchHit[]> {
    const hits = new Map<string, SearchHit>();
    let pageToken: string | undefined;
    for (let page = 0; page < SEARCH_PAGES && page * SEARCH_PAGE < limit; page++) {
      const query = {
        marketplaceIds: SP_API_MARKETPLACES[marketplace].id,
        keywords: terms.trim().split(/\s+/).slice(0, 20).join(','),
        includedData: HIT_DATA,
        pageSize: String(SEARCH_PAGE),
        ...(pageToken === undefined ? {} : { pageToken }),
      };
      const body = await this.client.call(marketplace, 'searchCatalogItems', { query });
      for (const item of listField(body, 'items')) {
        const found = readCatalogItem(item, marketplace);
        const hit = found && toHit(found);
        if (hit && !hits.has(hit.asin)) hits.set(hit.asin, hit);
      }
      pageToken = textField(body['pagination'], 'nextToken');
      if (pageToken === undefined) break;
    }
    return [...hits.values()].slice(0, limit);
  }

  /** Amazon's own list of what competes with a listing; it gives ASINs, and the catalog says what they are. */
  async related(way: RelatedWay, { marketplace, asin, limit }: RelatedQuery): Promise<SearchHit[]> {
    if (way !== 'similar-items') throw new SourceError('unsupported', `SP-API has no ${way}`);
    const asins = (await this.similar(marketplace, asin)).slice(0, limit);
    const items = new Map<string, CatalogItem>();
    try {
      for (let start = 0; start < asins.length; start += BATCH) {
        const part = await this.catalog(marketplace, asins.slice(start, start + BATCH), HIT_DATA);
        for (const [key, item] of part) items.set(key, item);
      }
    } catch (error) {
      // The list may be asked for twice a minute only: it is of use without the texts too.
      if (!(error instanceof SourceError)) throw error;
    }
    return asins.flatMap((one) => {
      const item = items.get(one);
      return (item ? toHit(item) : undescribed(one)) ?? [];
    });
  }

  private async similar(marketplace: Marketplace, asin: string): Promise<string[]> {
    const request = {
      asin,
      marketplaceId: SP_API_MARKETPLACES[marketplace].id,
      includedData: ['similarItems'],
      uri: '/products/pricing/2022-05-01/items/competitiveSummary',
      method: 'GET',
    };
    const body = await this.client.call(marketplace, 'getCompetitiveSummary', { body: { requests: [request] } });
    const [entry] = readBatch(body, readCompetitiveSummary);
    // An entry has its own status, whatever the batch's is.
    if (entry?.status === 429) throw new SourceError('rate_limited', 'SP-API: too many requests for this listing');
    if (entry && entry.status >= 500)
      throw new SourceError('upstream_error', `SP-API failed for it (${String(entry.status)})`);
    if (entry && entry.status >= 400)
      throw new SourceError('not_found', `SP-API has no summary of it (${String(entry.status)})`);
    if (!entry?.value) throw new SourceError('unparseable', 'SP-API’s answer does not mention the listing');
    return [...new Set(entry.value.similarAsins)].filter((other) => other !== asin);
  }

  private async offers(marketplace: Marketplace, asins: string[]): Promise<Map<string, BatchEntry<Offers>>> {
    const MarketplaceId = SP_API_MARKETPLACES[marketplace].id;
    const requests = asins.map((asin) => ({
      uri: `/products/pricing/v0/items/${asin}/offers`,
      method: 'GET',
      MarketplaceId,
      ItemCondition: 'New',
      CustomerType: 'Consumer',
    }));
    try {
      const body = await this.client.call(marketplace, 'getItemOffersBatch', { body: { requests } });
      return byAsin(readBatch<Offers>(body, readItemOffers));
    } catch (error) {
      if (!(error instanceof SourceError) || error.kind !== 'rate_limited') throw error;
    }
    const query = { MarketplaceId, Asins: asins.join(','), ItemType: 'Asin' };
    const body = await this.client.call(marketplace, 'getCompetitivePricing', { query });
    const entries = listField(body, 'payload').map((entry): BatchEntry<Offers> => {
      const pricing = unlessForeign(() => readCompetitivePricing(entry, marketplace));
      const asin = pricing?.asin ?? textField(entry, 'ASIN');
      return { status: 200, asin, marketplace, errorCodes: [], value: pricing && offersOf(pricing) };
    });
    return byAsin(entries);
  }

  private async catalog(
    marketplace: Marketplace,
    asins: string[],
    includedData = CATALOG_DATA,
  ): Promise<Map<string, CatalogItem>> {
    const query = {
      marketplaceIds: SP_API_MARKETPLACES[marketplace].id,
      identifiers: asins.join(','),
      identifiersType: 'ASIN',
      includedData,
      pageSize: String(BATCH),
    };
    const body = await this.client.call(marketplace, 'searchCatalogItems', { query });
    const items = listField(body, 'items').flatMap((item) => readCatalogItem(item, marketplace) ?? []);
    return new Map(items.map((item) => [item.asin, item]));
  }
}

function undescribed(asin: string): SearchHit {
  return { asin, title: null, brand: null, categoryPath: null, parentAsin: null, imageUrl: null };
}

function offersOf({ status, competitivePrices, newOfferCount, salesRankings }: CompetitivePricing): Offers {
  return { status, buyBox: competitivePrices, newOfferCount, salesRankings };
}

function byAsin(entries: BatchEntry<Offers>[]): Map<string, BatchEntry<Offers>> {
  return new Map(entries.map((entry) => [entry.asin ?? '', entry]));
}

function outcomeOf(
  asin: string,
  marketplace: Marketplace,
  entry: BatchEntry<Offers> | undefined,
  item: CatalogItem | undefined,
  now: Date,
): FetchOutcome {
  if (!entry) return { asin, result: 'unparseable', detail: 'SP-API’s answer does not mention the listing' };
  if (entry.status === 429)
    return { asin, result: 'rate_limited', detail: 'SP-API: too many requests for this listing' };
  if (entry.status >= 500) return { asin, result: 'upstream_error', detail: `SP-API failed for it (${entry.status})` };
  if (entry.status !== 200) {
    return item
      ? { asin, result: 'unparseable', detail: `SP-API gives no offers for it (${entry.status})` }
      : { asin, result: 'gone', detail: `SP-API does not know it in ${marketplace}` };
  }
  if (!entry.value) {
    const { currency } = MARKETPLACES[marketplace];
    return { asin, result: 'unparseable', detail: `SP-API’s amounts are not in ${currency}` };
  }
  const reading = readingOf(asin, marketplace, entry.value, item, now);
  const hasOffer = reading.values.price != null || reading.values.buy_box_price != null;
  return { asin, result: hasOffer ? 'ok' : 'no_offer', reading };
}

function readingOf(
  asin: string,
  marketplace: Marketplace,
  offers: Offers,
  item: CatalogItem | undefined,
  now: Date,
): Reading {
  const box = offers.buyBox.find(isForShoppers);
  const lowest = (condition: string) => {
    const prices = (offers.lowest ?? []).flatMap((one) =>
      one.condition === condition && one.offerType !== 'B2B' && one.listing !== undefined ? [one.listing] : [],
    );
    return prices.length === 0 ? null : Math.min(...prices);
  };
  const ranks = item && item.bsr.length > 0 ? item.bsr : ranksOf(offers.salesRankings);
  const root = ranks.find(({ isRoot }) => isRoot);
  const sub = ranks
    .filter(({ isRoot }) => !isRoot)
    .reduce<BestSellersRank | undefined>((best, rank) => (best && best.rank <= rank.rank ? best : rank), undefined);
  const values: Reading['values'] = {
    // Competitive pricing tells the buy box only: without a list of offers the lowest price is not known.
    price: offers.lowest ? lowest('new') : box?.listing,
    buy_box_price: box?.listing ?? null,
    buy_box_shipping: box ? box.shipping : null,
    used_price: offers.lowest ? lowest('used') : undefined,
    list_price: offers.listPrice,
    offer_count: offers.newOfferCount ?? (offers.status === 'NoBuyableOffers' ? 0 : undefined),
    bsr: root?.rank,
    bsr_sub: sub?.rank,
  };
  const isBuyable = values.price != null || box !== undefined;
  return {
    asin,
    marketplace,
    source: 'sp-api',
    currency: MARKETPLACES[marketplace].currency,
    observedAt: now,
    values,
    facts: {
      title: item?.title,
      brand: item?.brand,
      categoryPath: item && item.categoryPath.length > 0 ? item.categoryPath : undefined,
      imageUrl: item?.imageUrls[0],
      imageCount: item && item.imageCount > 0 ? item.imageCount : undefined,
      parentAsin: item?.parentAsins[0],
      // A ranking of the offers names categories by number only.
      bsrCategory: root?.category,
      bsrSubCategory: sub?.category,
      buyBoxSellerId: box ? offers.buyBoxSellerId : null,
      availability: isBuyable ? 'in_stock' : offers.status === 'NoBuyableOffers' ? 'out_of_stock' : 'unknown',
    },
  };
}

function ranksOf(rankings: { category: string; rank: number }[]): BestSellersRank[] {
  return rankings.map(({ category, rank }) => ({ rank, category, isRoot: !/^\d+$/.test(category) }));
}
