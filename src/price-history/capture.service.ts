import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../common/clock';
import { FetchOutcome, FailureResult, HistorySeries, MarketplaceData } from '../marketplace-data/marketplace-data';
import { SourceError } from '../marketplace-data/source-error';
import { Sources } from '../marketplace-data/sources.service';
import { Postgres } from '../shared/database/postgres';
import { SourceMetrics } from '../marketplace-data/source-metrics';
import { CLAIM_MS } from './due.service';
import { CaptureJob } from './price-history.queue';
import { RecordedChange, RecordedFailure, RecordedReading, Recorder } from './recorder';

/** Results of one listing that another try may change. */
const RETRIED: ReadonlySet<FailureResult> = new Set(['blocked', 'rate_limited', 'timeout', 'upstream_error']);

export interface CaptureResult {
  changes: RecordedChange[];
  /** Failed in a way that another try may change; nothing is noted about these yet. */
  again: RecordedFailure[];
}

/** Asks a source about a batch and records what it said. */
@Injectable()
export class CaptureService {
  private readonly logger = new Logger(CaptureService.name);

  constructor(
    private readonly postgres: Postgres,
    private readonly sources: Sources,
    private readonly recorder: Recorder,
    private readonly metrics: SourceMetrics,
    private readonly clock: Clock,
  ) {}

  /**
   * Listings that were checked since the batch was made are left out: the batch may run twice, the call is made once.
   * @throws SourceError when the whole call failed
   */
  async capture(job: CaptureJob): Promise<CaptureResult> {
    const source = this.sources.get(job.source);
    const listings = await this.pending(job);
    if (listings.size === 0) return { changes: [], again: [] };
    const outcomes = await this.ask(source, job, [...listings.keys()]);
    const readings: (RecordedReading & { series: HistorySeries[] })[] = [];
    const failures: RecordedFailure[] = [];
    for (const { outcome, series } of outcomes) {
      const listingId = listings.get(outcome.asin);
      if (listingId === undefined) continue;
      listings.delete(outcome.asin);
      if ('reading' in outcome) {
        readings.push({ listingId, result: outcome.result, reading: outcome.reading, series });
      } else {
        failures.push({ listingId, result: outcome.result, detail: outcome.detail });
      }
    }
    for (const [asin, listingId] of listings) {
      failures.push({ listingId, result: 'unparseable', detail: `the answer does not mention ${asin}` });
    }
    const changes: RecordedChange[] = [];
    if (job.history) {
      for (const { series, ...recorded } of readings) {
        changes.push(...(await this.recorder.recordHistory(job.source, recorded, series)));
      }
    } else {
      changes.push(...(await this.recorder.record(job.source, readings)));
    }
    const again = failures.filter(({ result }) => RETRIED.has(result));
    await this.recorder.recordFailures(
      job.source,
      failures.filter(({ result }) => !RETRIED.has(result)),
    );
    return { changes, again };
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

  private async ask(
    source: MarketplaceData,
    job: CaptureJob,
    asins: string[],
  ): Promise<{ outcome: FetchOutcome; series: HistorySeries[] }[]> {
    const stop = this.metrics.start(source.name);
    try {
      const outcomes = job.history
        ? await source.history(job.marketplace, asins)
        : (await source.fetch(job.marketplace, asins)).map((outcome) => ({ outcome, series: [] }));
      stop('ok');
      return outcomes;
    } catch (error) {
      stop(error instanceof SourceError ? error.kind : 'error');
      throw error;
    }
  }
}
