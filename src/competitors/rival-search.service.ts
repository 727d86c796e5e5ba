import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../common/clock';
import { Marketplace } from '../common/marketplace';
import { MarketplaceData, RivalWay, SearchHit } from '../marketplace-data/marketplace-data';
import { SourceCalls } from '../marketplace-data/source-calls.service';
import { SourceError } from '../marketplace-data/source-error';
import { Sources } from '../marketplace-data/sources.service';
import { DiscoveryLine, DiscoveryOutcome, findLine } from './discovery-outcome';
import { Origin } from './origins';

/** Listings that each way is asked for: as many as a product can have competitors. */
const HITS = 20;
const DAY_MS = 86_400_000;

export interface RivalQuestion {
  marketplace: Marketplace;
  asin: string;
  /** Words to search with; null where the listing has no title yet. */
  terms: string | null;
  /** The account of the discovery before. */
  before: readonly DiscoveryLine[];
  /** Days (UTC) for which an answer is good enough; 0 asks anew. */
  goodForDays: number;
}

export interface NamedHit {
  origin: Origin;
  hit: SearchHit;
}

export interface RivalAnswers {
  lines: DiscoveryLine[];
  hits: NamedHit[];
}

/** Asks every source for a listing's rivals, in every way that it has. What one of them fails at concerns no other. */
@Injectable()
export class RivalSearch {
  private readonly logger = new Logger(RivalSearch.name);

  constructor(
    private readonly sources: Sources,
    private readonly calls: SourceCalls,
    private readonly clock: Clock,
  ) {}

  async ask(question: RivalQuestion): Promise<RivalAnswers> {
    const answers = await Promise.all(
      this.sources
        .forRivals(question.marketplace, question.asin)
        .map(async ({ name, source, absence }) =>
          source ? this.askSource(source, question) : { lines: [lineOf(name, null, absence)], hits: [] },
        ),
    );
    return { lines: answers.flatMap(({ lines }) => lines), hits: answers.flatMap(({ hits }) => hits) };
  }

  /** One way after the other: a source's limits are the same for all of them. */
  private async askSource(source: MarketplaceData, question: RivalQuestion): Promise<RivalAnswers> {
    const answers: RivalAnswers = { lines: [], hits: [] };
    for (const way of ['search', ...source.capabilities.related] as const) {
      const { line, hits } = await this.askWay(source, way, question);
      answers.lines.push(line);
      answers.hits.push(...hits.map((hit): NamedHit => ({ origin: `${source.name}:${way}`, hit })));
    }
    return answers;
  }

  private async askWay(
    source: MarketplaceData,
    way: RivalWay,
    { marketplace, asin, terms, before, goodForDays }: RivalQuestion,
  ): Promise<{ line: DiscoveryLine; hits: SearchHit[] }> {
    if (way === 'search' && !source.capabilities.search) {
      return { line: lineOf(source.name, way, 'cannot_search'), hits: [] };
    }
    const last = findLine(before, { source: source.name, way });
    if (last?.answeredAt && this.daysSince(last.answeredAt) < goodForDays) {
      const line: DiscoveryLine = last.outcome === 'unsupported' ? last : { ...last, outcome: 'skipped', detail: null };
      return { line, hits: [] };
    }
    const line = (outcome: DiscoveryOutcome, detail: string | null = null): DiscoveryLine => ({
      ...lineOf(source.name, way, outcome, detail),
      hits: last?.hits ?? null,
      answeredAt: last?.answeredAt ?? null,
    });
    if (way === 'search' && terms === null) return { line: line('no_title'), hits: [] };
    try {
      const named = await this.calls.make(source.name, source.rivalCost(way, HITS), () =>
        way === 'search'
          ? source.search({ marketplace, terms: terms ?? '', limit: HITS })
          : source.related(way, { marketplace, asin, limit: HITS }),
      );
      const hits = named.filter((hit) => hit.asin !== asin);
      return { line: { ...line('searched'), hits: hits.length, answeredAt: this.now() }, hits };
    } catch (error) {
      if (!(error instanceof SourceError)) {
        this.logger.error({ err: error, source: source.name, way }, 'a source failed by a fault of ours');
        return { line: line('failed', 'a fault of ours'), hits: [] };
      }
      const failed = line(outcomeOf(error), error.message);
      return {
        line: error.kind === 'unsupported' ? { ...failed, hits: null, answeredAt: this.now() } : failed,
        hits: [],
      };
    }
  }

  private now(): string {
    return this.clock.now().toISOString();
  }

  /** In whole days of UTC: a daily discovery that comes a second earlier than the one of last week is a week later. */
  private daysSince(time: string): number {
    return Math.floor(this.clock.now().getTime() / DAY_MS) - Math.floor(Date.parse(time) / DAY_MS);
  }
}

function outcomeOf({ kind }: SourceError): DiscoveryOutcome {
  switch (kind) {
    case 'unsupported':
    case 'unavailable':
      return kind;
    case 'rate_limited':
    case 'quota_exhausted':
      return 'over_budget';
    default:
      return 'failed';
  }
}

function lineOf(
  source: DiscoveryLine['source'],
  way: RivalWay | null,
  outcome: DiscoveryOutcome,
  detail: string | null = null,
): DiscoveryLine {
  return { source, way, outcome, hits: null, answeredAt: null, detail };
}
