import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../common/clock';
import { Marketplace } from '../common/marketplace';
import {
  FailureResult,
  HistoryOutcome,
  HistorySeries,
  MarketplaceData,
  SourceName,
} from '../marketplace-data/marketplace-data';
import { SourceCalls } from '../marketplace-data/source-calls.service';
import { SourceError } from '../marketplace-data/source-error';
import { Sources } from '../marketplace-data/sources.service';
import { Postgres } from '../shared/database/postgres';
import { SourceMetrics } from '../marketplace-data/source-metrics';
import { CLAIM_MS } from './due.service';
import { CaptureJob } from './price-history.queue';
import { refusalOf } from './plausibility';
import { RecordedFailure, RecordedReading, Recorder } from './recorder';

/** Results of one listing that another try may change. */
const RETRIED: ReadonlySet<FailureResult> = new Set(['blocked', 'rate_limited', 'timeout', 'upstream_error']);

/** Those that another source may know better: all but a listing that is gone. */
const NEXT_SOURCE: ReadonlySet<FailureResult> = new Set([...RETRIED, 'unparseable'] satisfies FailureResult[]);

/** A source whose budget fills up this soon is waited for; the next one in the order costs its own. */
const SHORT_WAIT_MS = 15 * 60_000;

/** Asks a source about a batch and records what it said. */
@Injectable()
export class CaptureService {
  private readonly logger = new Logger(CaptureService.name);

  constructor(
    private readonly postgres: Postgres,
    private readonly sources: Sources,
    private readonly recorder: Recorder,
    private readonly calls: SourceCalls,
    private readonly metrics: SourceMetrics,
    private readonly clock: Clock,
  ) {}

  /**
   * Asks one source after the other, each about the listings that those before it could not tell of.
   * Listings that were checked since the batch was made are left out: the batch may run twice, the call is made once.
   * @param changed gets the ids of listings of which something new was recorded, also where it throws then
   * @returns what failed in a way that another try may change; nothing is noted about these yet
   * @throws SourceError when nobody could be asked about some of the listings; what was told of the others is recorded
   */
  async capture(job: CaptureJob, changed: Set<number>): Promise<RecordedFailure[]> {
    const pending = await this.pending(job);
    const failures = new Map<string, RecordedFailure & { source: SourceName }>();
    let fault: SourceError | undefined;
    for (const source of this.chainOf(job, [...pending.keys()])) {
      const asins = [...pending.keys()].filter((asin) => source.covers(job.marketplace, asin));
      for (const part of chunks(
        asins,
        job.history && source.capabilities.history ? source.historyBatchSize : source.batchSize,
      )) {
        try {
          const asked = new Map(part.map((asin) => [asin, pending.get(asin) ?? 0]));
          const failed = await this.askOne(source, job, asked, changed);
          for (const asin of part) {
            const failure = failed.get(asin);
            if (failure && NEXT_SOURCE.has(failure.result)) failures.set(asin, { ...failure, source: source.name });
            else pending.delete(asin);
            if (!failure) failures.delete(asin);
          }
        } catch (error) {
          if (!(error instanceof SourceError) || isShortWait(error)) throw error;
          fault = error;
        }
      }
      if (pending.size === 0) break;
    }
    // Of some listings nobody said anything: they are asked about again, and so are those that failed.
    if (fault && [...pending.keys()].some((asin) => !failures.has(asin))) throw fault;
    const again: RecordedFailure[] = [];
    const final = new Map<SourceName, RecordedFailure[]>();
    for (const { source, ...failure } of failures.values()) {
      if (RETRIED.has(failure.result)) again.push(failure);
      else final.set(source, [...(final.get(source) ?? []), failure]);
    }
    for (const [source, list] of final) await this.recorder.recordFailures(source, list);
    return again;
  }

  /** Records what one source says; failures are told to the caller, but for those that no other source would mend. */
  private async askOne(
    source: MarketplaceData,
    job: CaptureJob,
    listings: Map<string, number>,
    changed: Set<number>,
  ): Promise<Map<string, RecordedFailure>> {
    const withHistory = job.history && source.capabilities.history;
    const outcomes = await this.ask(source, job.marketplace, [...listings.keys()], withHistory);
    const unmentioned = new Map(listings);
    const readings: (RecordedReading & { series: HistorySeries[] })[] = [];
    const failures = new Map<string, RecordedFailure>();
    for (const { outcome, series } of outcomes) {
      const listingId = unmentioned.get(outcome.asin);
      if (listingId === undefined) continue;
      unmentioned.delete(outcome.asin);
      const refusal =
        'reading' in outcome ? refusalOf(outcome.reading, outcome.asin, job.marketplace, this.clock.now()) : undefined;
      if (refusal !== undefined) {
        failures.set(outcome.asin, { listingId, result: 'unparseable', detail: `${source.name}: ${refusal}` });
      } else if ('reading' in outcome) {
        const { result, reading, detail } = outcome;
        readings.push({ listingId, result, reading, detail, series });
      } else {
        failures.set(outcome.asin, { listingId, result: outcome.result, detail: outcome.detail });
      }
    }
    for (const [asin, listingId] of unmentioned) {
      failures.set(asin, { listingId, result: 'unparseable', detail: `the answer does not mention ${asin}` });
    }
    for (const { result } of failures.values()) this.metrics.countFailure(source.name, result);
    if (withHistory) {
      for (const { series, ...recorded } of readings) {
        for (const id of await this.recorder.recordHistory(source.name, recorded, series)) changed.add(id);
      }
    } else {
      for (const id of await this.recorder.record(source.name, readings)) changed.add(id);
    }
    await this.recorder.recordFailures(
      source.name,
      [...failures.values()].filter(({ result }) => !NEXT_SOURCE.has(result)),
    );
    return failures;
  }

  /** Notes that all tries of these listings are used up. */
  async giveUp(job: CaptureJob, failures: RecordedFailure[]): Promise<void> {
    this.logger.warn({ source: job.source, listings: failures.length, reason: failures[0]?.detail }, 'checks failed');
    await this.recorder.recordFailures(job.source, failures);
  }

  /** Notes that all tries of the whole call are used up. */
  async giveUpAll(job: CaptureJob, result: FailureResult, detail: string): Promise<void> {
    const listings = await this.pending(job);
    await this.giveUp(
      job,
      [...listings.values()].map((listingId) => ({ listingId, result, detail })),
    );
  }

  /** Keeps the batch's listings claimed while it waits, and lets their state say why. */
  async postpone(job: CaptureJob, waitMs: number, reason: string): Promise<void> {
    await this.postgres.query(`UPDATE listing_state SET claimed_until = $2, detail = $3 WHERE listing_id = ANY($1)`, [
      job.listingIds,
      new Date(this.clock.now().getTime() + waitMs + CLAIM_MS),
      reason,
    ]);
  }

  private async pending(job: CaptureJob): Promise<Map<string, number>> {
    const rows = await this.postgres.query<{ id: number; asin: string }>(
      `SELECT l.id, l.asin FROM listing l JOIN listing_state s ON s.listing_id = l.id
       WHERE l.id = ANY($1) AND (s.checked_at IS NULL OR s.checked_at < $2)`,
      [job.listingIds, new Date(job.slot)],
    );
    return new Map(rows.map(({ id, asin }) => [asin, id]));
  }

  /** First the source the batch was made for, then those after it in the order. */
  private chainOf(job: CaptureJob, asins: string[]): MarketplaceData[] {
    const chain = new Set<MarketplaceData>();
    for (const asin of asins) {
      if (job.history) for (const source of this.sources.chain('history', job.marketplace, asin)) chain.add(source);
      for (const source of this.sources.chain('fetch', job.marketplace, asin)) chain.add(source);
    }
    const sources = [...chain];
    const start = sources.findIndex(({ name }) => name === job.source);
    return start <= 0 ? sources : [...sources.slice(start), ...sources.slice(0, start)];
  }

  private ask(
    source: MarketplaceData,
    marketplace: Marketplace,
    asins: string[],
    withHistory: boolean,
  ): Promise<HistoryOutcome[]> {
    return this.calls.make(
      source.name,
      source.cost(asins.length, withHistory),
      async () =>
        withHistory
          ? source.history(marketplace, asins)
          : (await source.fetch(marketplace, asins)).map((outcome) => ({ outcome, series: [] })),
      (outcomes) => commonFault(outcomes),
    );
  }
}

/** The fault of the source itself, when every listing of a call failed by it. */
function commonFault(outcomes: HistoryOutcome[]): 'blocked' | 'timeout' | 'upstream_error' | undefined {
  const kinds = new Set(outcomes.map(({ outcome }) => outcome.result));
  const [kind] = kinds;
  if (kinds.size !== 1 || (kind !== 'blocked' && kind !== 'timeout' && kind !== 'upstream_error')) return undefined;
  return kind;
}

function isShortWait({ kind, retryAfterMs }: SourceError): boolean {
  return kind === 'rate_limited' && (retryAfterMs ?? 0) <= SHORT_WAIT_MS;
}

function chunks<T>(items: T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
