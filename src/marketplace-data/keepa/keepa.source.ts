import { Clock } from '../../common/clock';
import { Marketplace } from '../../common/marketplace';
import { vendorText } from '../../common/text';
import { FetchOutcome, HistoryOutcome, MarketplaceData, SearchHit, SearchQuery } from '../marketplace-data';
import { SourceError } from '../source-error';
import { KeepaClient } from './keepa-client';
import { isRecord, textOf } from '../vendor-json';
import { asinOf, KEEPA_DOMAINS, KeepaProduct, outcomeOf, seriesOf } from './keepa-product';

/** One for the product, two for the buy box, up to one for the rating. */
const TOKENS_PER_PRODUCT = 4;
const SEARCH_PAGE = 10;
const SEARCH_PAGES = 10;
const TOKENS_PER_SEARCH_PAGE = 10;
/** Enough for the last rank in each sub-category, at a fraction of the whole series' size. */
const RECENT_DAYS = '7';

/** Keepa's product API: current values and years of history of eleven marketplaces. */
export class KeepaSource implements MarketplaceData {
  readonly name = 'keepa';
  readonly unit = 'token';
  readonly capabilities = { history: true, search: true };
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

  /** @throws SourceError `unsupported` where the subscription has no search, which is not "nothing found" */
  async search({ marketplace, terms, limit }: SearchQuery): Promise<SearchHit[]> {
    const hits = new Map<string, SearchHit>();
    for (let page = 0; page < SEARCH_PAGES && hits.size < limit; page++) {
      const found = await this.searchPage(marketplace, terms, page);
      for (const product of found) {
        const asin = asinOf(product);
        if (asin !== undefined && !hits.has(asin)) {
          hits.set(asin, { asin, title: vendorText(textOf(product['title']) ?? '') || null });
        }
      }
      if (found.length < SEARCH_PAGE) break;
    }
    return [...hits.values()].slice(0, limit);
  }

  private async searchPage(marketplace: Marketplace, term: string, page: number): Promise<KeepaProduct[]> {
    const parameters = { ...this.domain(marketplace), type: 'product', term, page: String(page), history: '0' };
    try {
      return productsIn(await this.client.call('search', parameters, TOKENS_PER_SEARCH_PAGE));
    } catch (error) {
      // Plans without the capability get these instead of a proper refusal.
      if (error instanceof SourceError && (error.kind === 'not_found' || error.kind === 'upstream_error')) {
        throw new SourceError('unsupported', 'Keepa: search does not answer for this subscription');
      }
      throw error;
    }
  }

  private async products(
    marketplace: Marketplace,
    asins: string[],
    range: Record<string, string>,
  ): Promise<Map<string, KeepaProduct>> {
    const parameters = { ...this.domain(marketplace), asin: asins.join(','), stats: '1', buybox: '1', rating: '1' };
    const body = await this.client.call('product', { ...parameters, ...range }, this.cost(asins.length));
    // By ASIN, never by place: an answer may leave some out.
    return new Map(productsIn(body).map((product) => [asinOf(product) ?? '', product]));
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

function productsIn(body: Record<string, unknown>): KeepaProduct[] {
  if (!Array.isArray(body['products'])) throw new SourceError('unparseable', 'Keepa answered without products');
  return (body['products'] as unknown[]).filter(isRecord);
}
