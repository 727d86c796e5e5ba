import { Marketplace } from '../../src/common/marketplace';
import {
  FetchOutcome,
  HistoryOutcome,
  HistorySeries,
  MarketplaceData,
  Reading,
  SearchHit,
} from '../../src/marketplace-data/marketplace-data';

/** A source that answers what the test tells it to, and remembers what it was asked. */
export class ScriptedSource implements MarketplaceData {
  readonly name = 'keepa' as const;
  readonly batchSize = 100;
  readonly historyBatchSize = 10;
  readonly capabilities = { history: true, search: false };
  readonly calls: { kind: 'fetch' | 'history'; marketplace: Marketplace; asins: string[] }[] = [];
  /** What to say of an ASIN. */
  answer: (asin: string, marketplace: Marketplace) => FetchOutcome = (asin) => ({
    asin,
    result: 'gone',
    detail: 'nothing was scripted',
  });
  series: (asin: string) => HistorySeries[] = () => [];
  /** Runs before every answer; may throw. */
  before: () => Promise<void> | void = () => undefined;

  covers(): boolean {
    return true;
  }

  cost(): number {
    return 0;
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

  search(): Promise<SearchHit[]> {
    return Promise.resolve([]);
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
