import { Marketplace } from '../../common/marketplace';
import { Metric, METRIC_NAMES } from '../../common/metric';
import { fromMinute, toMinute } from '../../common/minute';
import {
  FetchOutcome,
  HistoryOutcome,
  HistoryPoint,
  HistorySeries,
  MarketplaceData,
  RelatedQuery,
  RelatedWay,
  SearchHit,
  SearchQuery,
} from '../marketplace-data';
import { SourceError } from '../source-error';
import { allRivals, brandOf, imageCountOf, nicheOf, rivalsOf, titleOf } from './sandbox-niches';
import { SandboxMarket } from './sandbox-market';

const MINUTES_PER_HOUR = 60;
const HISTORY_HOURS = 365 * 24;
const HOURS_AT_ONCE = 168;
const SANDBOX_ASIN = /^B0SIM[A-Z0-9]{5}$/;

/** ASINs that fail, to see what failures look like. */
const FAILING: Record<string, Exclude<FetchOutcome, { reading: unknown }>> = {
  B0SIMGONE0: { asin: 'B0SIMGONE0', result: 'gone', detail: 'the simulated listing does not exist' },
  B0SIMBLOCK: { asin: 'B0SIMBLOCK', result: 'blocked', detail: 'the simulated page asked for a captcha' },
  B0SIMSLOW0: { asin: 'B0SIMSLOW0', result: 'timeout', detail: 'the simulated page did not answer in time' },
};

/**
 * A simulated market for trying the program out. It knows only ASINs of the form `B0SIM` and five letters or digits, so that
 * a real listing never gets a simulated value. Four of them misbehave: B0SIMGONE0 (gone), B0SIMBLOCK (blocked),
 * B0SIMSLOW0 (timeout) and B0SIMNOOFF (never has an offer). Values change on full hours only.
 */
export class SandboxSource implements MarketplaceData {
  readonly name = 'sandbox';
  readonly unit = 'call';
  readonly capabilities = { history: true, search: true, related: ['similar-items'] as const };
  readonly batchSize = 100;
  readonly historyBatchSize = 2;

  constructor(
    private readonly seed: string,
    private readonly now: () => Date,
  ) {}

  covers(_marketplace: Marketplace, asin: string): boolean {
    return SANDBOX_ASIN.test(asin);
  }

  cost(): number {
    return 0;
  }

  rivalCost(): number {
    return 0;
  }

  fetch(marketplace: Marketplace, asins: string[]): Promise<FetchOutcome[]> {
    const market = new SandboxMarket(this.seed, marketplace);
    return Promise.resolve(asins.map((asin) => this.outcome(market, marketplace, asin)));
  }

  async history(marketplace: Marketplace, asins: string[]): Promise<HistoryOutcome[]> {
    const market = new SandboxMarket(this.seed, marketplace);
    const outcomes: HistoryOutcome[] = [];
    for (const asin of asins) {
      const outcome = this.outcome(market, marketplace, asin);
      outcomes.push({ outcome, series: 'reading' in outcome ? await this.year(market, asin) : [] });
    }
    return outcomes;
  }

  search({ terms, limit }: SearchQuery): Promise<SearchHit[]> {
    const words = terms
      .toLowerCase()
      .split(/\W+/)
      .filter((word) => word !== '');
    const hits = allRivals().filter((asin) => {
      const text = `${titleOf(asin)} ${nicheOf(asin).categoryPath.join(' ')}`.toLowerCase();
      return words.length > 0 && words.every((word) => text.includes(word));
    });
    return Promise.resolve(hits.slice(0, limit).map(hitOf));
  }

  /** The rest of its niche. */
  related(way: RelatedWay, { asin, limit }: RelatedQuery): Promise<SearchHit[]> {
    if (way !== 'similar-items') return Promise.reject(new SourceError('unsupported', `the sandbox has no ${way}`));
    const others = rivalsOf(nicheOf(asin)).filter((other) => other !== asin);
    return Promise.resolve(others.slice(0, limit).map(hitOf));
  }

  private outcome(market: SandboxMarket, marketplace: Marketplace, asin: string): FetchOutcome {
    const failure = FAILING[asin];
    if (failure) return failure;
    if (!SANDBOX_ASIN.test(asin)) return { asin, result: 'gone', detail: 'the sandbox does not simulate this ASIN' };
    const minute = toMinute(this.now());
    const hour = Math.floor(minute / MINUTES_PER_HOUR);
    const state = market.stateAt(asin, hour);
    const { categoryPath, subCategory } = nicheOf(asin);
    return {
      asin,
      result: state.availability === 'in_stock' ? 'ok' : 'no_offer',
      reading: {
        asin,
        marketplace,
        source: 'sandbox',
        observedAt: fromMinute(minute),
        values: state.values,
        facts: {
          ...market.textsAt(asin, hour),
          brand: brandOf(asin),
          categoryPath,
          imageCount: imageCountOf(asin),
          bsrCategory: categoryPath[0] ?? null,
          bsrSubCategory: subCategory,
          buyBoxSellerId: state.buyBoxSellerId,
          availability: state.availability,
        },
      },
    };
  }

  private async year(market: SandboxMarket, asin: string): Promise<HistorySeries[]> {
    const end = toMinute(this.now());
    const lastHour = Math.floor(end / MINUTES_PER_HOUR);
    const changes = new Map<Metric, { minute: number; value: number | null }[]>();
    for (let hour = lastHour - HISTORY_HOURS; hour <= lastHour; hour++) {
      // A year takes a third of a second, in which nothing else would be answered.
      if (hour % HOURS_AT_ONCE === 0) await new Promise(setImmediate);
      const { values } = market.stateAt(asin, hour);
      for (const metric of METRIC_NAMES) {
        const value = values[metric];
        if (value === undefined) continue;
        const known = changes.get(metric) ?? [];
        const last = known.at(-1);
        // A series starts with its first value: an absence before that is not a change.
        if (last ? last.value === value : value === null) continue;
        known.push({ minute: hour * MINUTES_PER_HOUR, value });
        changes.set(metric, known);
      }
    }
    return [...changes].map(([metric, known]) => ({
      metric,
      points: known.map(({ minute, value }, index): HistoryPoint => [minute, value, known[index + 1]?.minute ?? end]),
    }));
  }
}

function hitOf(asin: string): SearchHit {
  const { categoryPath } = nicheOf(asin);
  return { asin, title: titleOf(asin), brand: brandOf(asin), categoryPath, parentAsin: null, imageUrl: null };
}
