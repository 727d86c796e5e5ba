import { Marketplace } from '../../src/common/marketplace';
import {
  FetchOutcome,
  HistoryOutcome,
  HistorySeries,
  MarketplaceData,
  Reading,
  RelatedWay,
  RivalWay,
  RelatedQuery,
  SearchHit,
  SearchQuery,
  SourceName,
} from '../../src/marketplace-data/marketplace-data';

/** A source that answers what the test tells it to, and remembers what it was asked. */
export class ScriptedSource implements MarketplaceData {
  readonly batchSize = 100;
  readonly historyBatchSize = 10;
  readonly unit = 'token';
  readonly calls: { kind: 'fetch' | 'history'; marketplace: Marketplace; asins: string[] }[] = [];
  constructor(
    readonly name: SourceName = 'keepa',
    readonly capabilities: MarketplaceData['capabilities'] = { history: true, search: false, related: [] },
  ) {}

  /** What to say of an ASIN. */
  answer: (asin: string, marketplace: Marketplace) => FetchOutcome = (asin) => ({
    asin,
    result: 'gone',
    detail: 'nothing was scripted',
  });
  series: (asin: string) => HistorySeries[] = () => [];
  costPerListing = 0;
  /** Runs before every answer; may throw. */
  before: () => Promise<void> | void = () => undefined;

  covers(): boolean {
    return true;
  }

  cost(listings: number): number {
    return listings * this.costPerListing;
  }

  async fetch(marketplace: Marketplace, asins: string[]): Promise<FetchOutcome[]> {
    this.calls.push({ kind: 'fetch', marketplace, asins });
    await this.before();
    return asins.map((asin) => this.answer(asin, marketplace));
  }

  async history(marketplace: Marketplace, asins: string[]): Promise<HistoryOutcome[]> {
    this.calls.push({ kind: 'history', marketplace, asins });
    await this.before();
    return asins.map((asin) => ({ outcome: this.answer(asin, marketplace), series: this.series(asin) }));
  }

  /** What each way of looking for rivals brings; may throw. */
  rivals: Partial<Record<RivalWay, (terms: string) => SearchHit[] | Promise<SearchHit[]>>> = {};
  /** The ways in which it was asked, with the words of a search. */
  readonly asked: [way: RivalWay, about: string][] = [];

  rivalCost(): number {
    return 1;
  }

  async search({ terms }: SearchQuery): Promise<SearchHit[]> {
    this.asked.push(['search', terms]);
    return (await this.rivals.search?.(terms)) ?? [];
  }

  async related(way: RelatedWay, { asin }: RelatedQuery): Promise<SearchHit[]> {
    this.asked.push([way, asin]);
    return (await this.rivals[way]?.(asin)) ?? [];
  }
}

/** A good reading at a time. */
export function reading(
  asin: string,
  observedAt: Date | string,
  values: Reading['values'],
  marketplace: Marketplace = 'US',
  facts: Reading['facts'] = {},
): FetchOutcome {
  const full: Reading = { asin, marketplace, source: 'keepa', observedAt: new Date(observedAt), values, facts };
  return { asin, result: values.price === null ? 'no_offer' : 'ok', reading: full };
}

/** A listing that a search named, as it says of itself. */
export function hit(asin: string, title: string | null, facts: Partial<SearchHit> = {}): SearchHit {
  return { asin, title, brand: null, categoryPath: null, parentAsin: null, imageUrl: null, ...facts };
}
