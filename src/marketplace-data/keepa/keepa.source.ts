import { Clock } from '../../common/clock';
import { Marketplace } from '../../common/marketplace';
import { isAsin } from '../../common/asin';
import {
  FetchOutcome,
  HistoryOutcome,
  MarketplaceData,
  RelatedQuery,
  RelatedWay,
  RivalWay,
  SearchHit,
  SearchQuery,
} from '../marketplace-data';
import { SourceError } from '../source-error';
import { isRecord } from '../vendor-json';
import { KeepaClient } from './keepa-client';
import {
  asinOf,
  boughtTogether,
  finderSelection,
  hitOf,
  KEEPA_DOMAINS,
  KeepaProduct,
  outcomeOf,
  seriesOf,
} from './keepa-product';

/** One for the product, two for the buy box, up to one for the rating. */
const TOKENS_PER_PRODUCT = 4;
const SEARCH_PAGE = 10;
const SEARCH_PAGES = 10;
const TOKENS_PER_SEARCH_PAGE = 10;
/** Ten, and one for each hundred listings. */
const TOKENS_PER_FINDER_CALL = 11;
/** A product without history, buy box and rating. */
const TOKENS_PER_TEXT = 1;
/** Enough for the last rank in each sub-category, at a fraction of the whole series' size. */
const RECENT_DAYS = '7';

/** Keepa's product API: current values and years of history of eleven marketplaces. */
export class KeepaSource implements MarketplaceData {
  readonly name = 'keepa';
  readonly unit = 'token';
  readonly capabilities = { history: true, search: true, related: ['finder', 'bought-together'] as const };
  readonly batchSize = 100;
  /** A product's whole history is half a megabyte of JSON, and parsing it holds up everything else. */
  readonly historyBatchSize = 20;

  constructor(
    private readonly client: KeepaClient,
    private readonly clock: Clock,
  ) {}

  covers(marketplace: Marketplace): boolean {
    return KEEPA_DOMAINS[marketplace] !== undefined;
  }

  cost(listings: number): number {
    return listings * TOKENS_PER_PRODUCT;
  }

  async fetch(marketplace: Marketplace, asins: string[]): Promise<FetchOutcome[]> {
    const products = await this.products(marketplace, asins, { days: RECENT_DAYS });
    const now = this.clock.now();
    return asins.map((asin) => this.outcome(products.get(asin), asin, marketplace, now));
  }

  async history(marketplace: Marketplace, asins: string[]): Promise<HistoryOutcome[]> {
    const products = await this.products(marketplace, asins, {});
    const now = this.clock.now();
    return asins.map((asin) => {
      const product = products.get(asin);
      const outcome = this.outcome(product, asin, marketplace, now);
      return { outcome, series: product && 'reading' in outcome ? seriesOf(product, now) : [] };
    });
  }

  rivalCost(way: RivalWay, limit: number): number {
    if (way === 'search') return TOKENS_PER_SEARCH_PAGE * Math.min(SEARCH_PAGES, Math.ceil(limit / SEARCH_PAGE));
    return (way === 'finder' ? TOKENS_PER_FINDER_CALL : 0) + TOKENS_PER_TEXT * (1 + limit);
  }

  async search({ marketplace, terms, limit }: SearchQuery): Promise<SearchHit[]> {
    const hits = new Map<string, SearchHit>();
    for (let page = 0; page < SEARCH_PAGES && page * SEARCH_PAGE < limit; page++) {
      const found = await this.searchPage(marketplace, terms, page).catch((error: unknown) => {
        // What was paid for before is not thrown away with the page that failed.
        if (page > 0 && error instanceof SourceError) return [];
        throw error;
      });
      for (const product of found) {
        const hit = hitOf(product, marketplace);
        if (hit && !hits.has(hit.asin)) hits.set(hit.asin, hit);
      }
      if (found.length < SEARCH_PAGE) break;
    }
    return [...hits.values()].slice(0, limit);
  }

  async related(way: RelatedWay, { marketplace, asin, limit }: RelatedQuery): Promise<SearchHit[]> {
    const own = (await this.texts(marketplace, [asin])).get(asin);
    if (!own) throw new SourceError('not_found', 'Keepa knows no such listing');
    switch (way) {
      case 'bought-together':
        return this.hits(marketplace, boughtTogether(own).slice(0, limit));
      case 'finder':
        return this.hits(marketplace, (await this.find(marketplace, own)).slice(0, limit));
      case 'similar-items':
        throw new SourceError('unsupported', 'Keepa has no list of similar items');
    }
  }

  private async find(marketplace: Marketplace, own: KeepaProduct): Promise<string[]> {
    const selection = finderSelection(own);
    if (!selection) throw new SourceError('not_found', 'Keepa does not know in which category the listing is');
    const parameters = { ...this.domain(marketplace), selection: JSON.stringify(selection) };
    const body = await this.optional('query', parameters, TOKENS_PER_FINDER_CALL);
    if (!Array.isArray(body['asinList'])) throw new SourceError('unparseable', 'Keepa answered without a list');
    return (body['asinList'] as unknown[]).filter(
      (asin): asin is string => typeof asin === 'string' && isAsin(asin) && asin !== asinOf(own),
    );
  }

  private async hits(marketplace: Marketplace, asins: string[]): Promise<SearchHit[]> {
    if (asins.length === 0) return [];
    const products = await this.texts(marketplace, asins);
    return asins.flatMap((asin) => {
      const product = products.get(asin);
      return (product && hitOf(product, marketplace)) ?? [];
    });
  }

  private async searchPage(marketplace: Marketplace, term: string, page: number): Promise<KeepaProduct[]> {
    const parameters = { ...this.domain(marketplace), type: 'product', term, page: String(page), history: '0' };
    return productsIn(await this.optional('search', parameters, TOKENS_PER_SEARCH_PAGE));
  }

  /** A call that not every subscription has. */
  private async optional(
    path: 'search' | 'query',
    parameters: Record<string, string>,
    cost: number,
  ): Promise<Record<string, unknown>> {
    try {
      return await this.client.call(path, parameters, cost);
    } catch (error) {
      // Plans without the capability get these instead of a proper refusal.
      if (error instanceof SourceError && (error.kind === 'not_found' || error.kind === 'upstream_error')) {
        throw new SourceError('unsupported', `Keepa: ${path} does not answer for this subscription`);
      }
      throw error;
    }
  }

  /** What products are, with their current price and rank and without their past. */
  private async texts(marketplace: Marketplace, asins: string[]): Promise<Map<string, KeepaProduct>> {
    const parameters = { ...this.domain(marketplace), asin: asins.join(','), stats: '1', history: '0' };
    return byAsin(await this.client.call('product', parameters, asins.length * TOKENS_PER_TEXT));
  }

  private async products(
    marketplace: Marketplace,
    asins: string[],
    range: Record<string, string>,
  ): Promise<Map<string, KeepaProduct>> {
    const parameters = { ...this.domain(marketplace), asin: asins.join(','), stats: '1', buybox: '1', rating: '1' };
    const body = await this.client.call('product', { ...parameters, ...range }, this.cost(asins.length));
    return byAsin(body);
  }

  private outcome(product: KeepaProduct | undefined, asin: string, marketplace: Marketplace, now: Date): FetchOutcome {
    if (!product) return { asin, result: 'gone', detail: 'Keepa knows no such listing' };
    return outcomeOf(product, asin, marketplace, now);
  }

  private domain(marketplace: Marketplace): { domain: string } {
    const domain = KEEPA_DOMAINS[marketplace];
    if (domain === undefined) throw new SourceError('unsupported', `Keepa does not follow ${marketplace}`);
    return { domain: String(domain) };
  }
}

/** By ASIN, never by place: an answer may leave some out. */
function byAsin(body: Record<string, unknown>): Map<string, KeepaProduct> {
  return new Map(productsIn(body).map((product) => [asinOf(product) ?? '', product]));
}

function productsIn(body: Record<string, unknown>): KeepaProduct[] {
  if (!Array.isArray(body['products'])) throw new SourceError('unparseable', 'Keepa answered without products');
  return (body['products'] as unknown[]).filter(isRecord);
}
