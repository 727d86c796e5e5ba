import { setImmediate as breathe } from 'node:timers/promises';
import { Clock } from '../../common/clock';
import { isAsin } from '../../common/asin';
import { Marketplace, MARKETPLACES } from '../../common/marketplace';
import { FirecrawlSettings } from '../../config/firecrawl-settings';
import { readAmazonPage } from '../amazon-page/amazon-page';
import { outcomeOf } from '../amazon-page/page-reading';
import { FetchOutcome, HistoryOutcome, MarketplaceData, RivalWay, SearchHit, SearchQuery } from '../marketplace-data';
import { SourceError } from '../source-error';
import { firstOf, intOf, isRecord, textOf } from '../vendor-json';
import { FirecrawlClient, ScrapedPage } from './firecrawl-client';

/** Up to this many pages are asked for one by one; a batch has to be polled. */
const FEW = 2;
const SEARCH_PAGES = 5;
/** A page of results has at least so many where there are more: of fifteen real ones the least is 16, the most 60. */
const LEAST_ON_PAGE = 16;

/** Faults of one page that say nothing of the next one. */
const OF_ONE_PAGE: ReadonlySet<string> = new Set(['timeout', 'upstream_error', 'unparseable', 'not_found']);

/** Amazon's own pages, fetched by Firecrawl and read here. */
export class FirecrawlSource implements MarketplaceData {
  readonly name = 'firecrawl';
  readonly unit = 'credit';
  readonly capabilities = { history: false, search: true, related: [] };
  readonly batchSize = 10;
  readonly historyBatchSize = 10;

  constructor(
    private readonly client: FirecrawlClient,
    private readonly settings: (marketplace: Marketplace) => FirecrawlSettings,
    private readonly clock: Clock,
  ) {}

  covers(): boolean {
    return true;
  }

  /** One credit a page, cached or not. */
  cost(listings: number): number {
    return listings;
  }

  async fetch(marketplace: Marketplace, asins: string[]): Promise<FetchOutcome[]> {
    return asins.length > FEW ? this.fetchAll(marketplace, asins) : this.fetchEach(marketplace, asins);
  }

  history(): Promise<HistoryOutcome[]> {
    return Promise.reject(new SourceError('unsupported', 'Amazon’s pages do not show the past'));
  }

  rivalCost(_way: RivalWay, limit: number): number {
    return Math.min(SEARCH_PAGES, Math.ceil(limit / LEAST_ON_PAGE));
  }

  async search({ marketplace, terms, limit }: SearchQuery): Promise<SearchHit[]> {
    const hits = new Map<string, SearchHit>();
    const pages = this.rivalCost('search', limit);
    for (let number = 1; number <= pages && hits.size < limit; number++) {
      const before = hits.size;
      try {
        for (const hit of await this.searchPage(marketplace, terms, number)) {
          if (!hits.has(hit.asin)) hits.set(hit.asin, hit);
        }
      } catch (error) {
        // What was paid for before is not thrown away with the page that failed.
        if (number === 1 || !(error instanceof SourceError)) throw error;
      }
      if (hits.size === before) break;
    }
    return [...hits.values()].slice(0, limit);
  }

  related(): Promise<SearchHit[]> {
    return Promise.reject(new SourceError('unsupported', 'Amazon’s pages are searched by words only'));
  }

  private async searchPage(marketplace: Marketplace, terms: string, number: number): Promise<SearchHit[]> {
    const query = new URLSearchParams({ k: terms, page: String(number) });
    const url = `https://${MARKETPLACES[marketplace].domain}/s?${query.toString()}`;
    const html = textOf((await this.client.scrape(url, this.settings(marketplace)))['rawHtml']) ?? '';
    const result = readAmazonPage(html, { marketplace, kind: 'search' });
    if (result.kind !== 'search') {
      const kind = result.kind === 'product' || result.kind === 'gone' ? 'unparseable' : result.kind;
      throw new SourceError(kind, 'Amazon did not answer with a page of search results');
    }
    return result.search.cards.map(({ asin, title }) => ({
      asin,
      title,
      brand: null,
      categoryPath: null,
      parentAsin: null,
      imageUrl: null,
    }));
  }

  private async fetchEach(marketplace: Marketplace, asins: string[]): Promise<FetchOutcome[]> {
    const outcomes: FetchOutcome[] = [];
    for (const asin of asins) {
      try {
        const page = await this.client.scrape(pageUrl(marketplace, asin), this.settings(marketplace));
        outcomes.push(this.outcome(page, asin, marketplace));
      } catch (error) {
        if (!(error instanceof SourceError)) throw error;
        // What was paid for before is not thrown away with the call that failed.
        if (outcomes.length === 0 && !OF_ONE_PAGE.has(error.kind)) throw error;
        outcomes.push({ asin, result: error.result, detail: error.message });
      }
    }
    return outcomes;
  }

  private async fetchAll(marketplace: Marketplace, asins: string[]): Promise<FetchOutcome[]> {
    const urls = asins.map((asin) => pageUrl(marketplace, asin));
    const pages = new Map<string, ScrapedPage>();
    for (const page of await this.client.scrapeAll(urls, this.settings(marketplace))) {
      const asin = askedAsin(page);
      if (asin !== undefined) pages.set(asin, page);
    }
    const outcomes: FetchOutcome[] = [];
    for (const asin of asins) {
      const page = pages.get(asin);
      outcomes.push(
        page
          ? this.outcome(page, asin, marketplace)
          : { asin, result: 'timeout', detail: 'Firecrawl’s batch came back without this page' },
      );
      // A page takes tens of milliseconds to read: requests get their turn between two.
      await breathe();
    }
    return outcomes;
  }

  private outcome(page: ScrapedPage, asin: string, marketplace: Marketplace): FetchOutcome {
    const metadata = isRecord(page['metadata']) ? page['metadata'] : {};
    const html = textOf(page['rawHtml']);
    const status = intOf(firstOf(metadata['statusCode']));
    if (html === undefined) {
      return status === undefined || status < 400
        ? { asin, result: 'unparseable', detail: 'Firecrawl’s answer has no page in it' }
        : { asin, result: status === 404 ? 'gone' : 'upstream_error', detail: `Amazon answered with ${status}` };
    }
    const observedAt = this.observedAt(metadata);
    if (!observedAt) return { asin, result: 'unparseable', detail: 'a page of Firecrawl’s cache without its time' };
    const result = readAmazonPage(html, { marketplace, kind: 'product', asin });
    // The page says more than the status; only where it says nothing does the status decide.
    if (result.kind === 'unparseable' && status !== undefined && status >= 400) {
      return { asin, result: status === 404 ? 'gone' : 'upstream_error', detail: `Amazon answered with ${status}` };
    }
    return outcomeOf(result, asin, this.name, observedAt);
  }

  /** A page of the cache is as old as it is, whatever was asked for. */
  private observedAt(metadata: Record<string, unknown>): Date | undefined {
    if (textOf(firstOf(metadata['cacheState'])) !== 'hit') return this.clock.now();
    const cachedAt = new Date(textOf(firstOf(metadata['cachedAt'])) ?? NaN);
    return Number.isNaN(cachedAt.getTime()) ? undefined : cachedAt;
  }
}

/** `th` and `psc` choose the very variation that the ASIN names. */
function pageUrl(marketplace: Marketplace, asin: string): string {
  return `https://${MARKETPLACES[marketplace].domain}/dp/${asin}?th=1&psc=1`;
}

/** By the address that was asked for, never by place: a batch comes back in any order. */
function askedAsin(page: ScrapedPage): string | undefined {
  const metadata = isRecord(page['metadata']) ? page['metadata'] : {};
  for (const field of ['sourceURL', 'url']) {
    const asin = /\/dp\/([A-Z0-9]{10})(?:[/?]|$)/.exec(textOf(firstOf(metadata[field])) ?? '')?.[1];
    if (asin !== undefined && isAsin(asin)) return asin;
  }
  return undefined;
}
