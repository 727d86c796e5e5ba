import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import { Queue } from 'bullmq';
import { Clock } from '../common/clock';
import { Marketplace } from '../common/marketplace';
import { SourceCalls } from '../marketplace-data/source-calls.service';
import { Sources } from '../marketplace-data/sources.service';
import { Postgres } from '../shared/database/postgres';
import { CAPTURE_QUEUE, CaptureJob } from './price-history.queue';

const PER_ROUND = 2000;
const MAX_ROUNDS = 50;

/** After this a batch is taken for lost and its listings are due again: longer than all tries of one batch. */
export const CLAIM_MS = 20 * 60_000;

/**
 * Claims what is due: $1 now, $2 until when the claim holds, $3 how many at most. A claimed listing is nobody else's.
 * @public The benchmark runs it too.
 */
export const CLAIM_STATEMENT = `
WITH due AS MATERIALIZED (
  SELECT listing_id FROM listing_state
  WHERE interval_minutes IS NOT NULL AND next_check_at <= $1 AND (claimed_until IS NULL OR claimed_until <= $1)
  ORDER BY next_check_at LIMIT $3 FOR UPDATE SKIP LOCKED
)
UPDATE listing_state s SET claimed_until = $2 FROM due JOIN listing l ON l.id = due.listing_id
WHERE s.listing_id = due.listing_id
RETURNING l.id, l.marketplace, l.asin, s.backfilled_at IS NULL AS fresh`;

interface DueListing {
  id: number;
  marketplace: Marketplace;
  asin: string;
  fresh: boolean;
}

/** Finds the listings that are due and makes batches of them. */
@Injectable()
export class DueService {
  constructor(
    private readonly postgres: Postgres,
    private readonly sources: Sources,
    private readonly calls: SourceCalls,
    private readonly clock: Clock,
    @InjectQueue(CAPTURE_QUEUE) private readonly captureQueue: Queue<CaptureJob>,
  ) {}

  /** Claims what is due and enqueues it. Several processes may do so at once: a listing is claimed by one of them. */
  async enqueueDue(): Promise<{ listings: number; batches: number; withoutSource: number }> {
    const counts = { listings: 0, batches: 0, withoutSource: 0 };
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const due = await this.claim();
      const { batches, withoutSource } = this.toBatches(due, await this.calls.closures());
      await this.postpone(withoutSource);
      if (batches.length > 0) {
        await this.captureQueue.addBulk(
          batches.map((data) => ({ name: data.source, data, opts: { jobId: jobIdOf(data) } })),
        );
      }
      counts.listings += due.length;
      counts.batches += batches.length;
      counts.withoutSource += withoutSource.length;
      if (due.length < PER_ROUND) break;
    }
    return counts;
  }

  private claim(): Promise<DueListing[]> {
    const now = this.clock.now();
    return this.postgres.query<DueListing>(
      {
        name: 'claim-due',
        text: CLAIM_STATEMENT,
      },
      [now, new Date(now.getTime() + CLAIM_MS), PER_ROUND],
    );
  }

  private toBatches(
    due: DueListing[],
    closed: ReadonlyMap<string, unknown>,
  ): { batches: CaptureJob[]; withoutSource: number[] } {
    const slot = this.clock.now().getTime();
    const withoutSource: number[] = [];
    const groups = new Map<string, { size: number; job: CaptureJob }>();
    for (const { id, marketplace, asin, fresh } of due) {
      const past = fresh ? this.sources.chain('history', marketplace, asin) : [];
      const chain = past.length > 0 ? past : this.sources.chain('fetch', marketplace, asin);
      // When all are closed the first one's batch fails, and says so.
      const source = chain.find(({ name }) => !closed.has(name)) ?? chain[0];
      if (!source) {
        withoutSource.push(id);
        continue;
      }
      const history = past.length > 0;
      const key = `${source.name}/${marketplace}/${history}`;
      const group = groups.get(key) ?? {
        size: history ? source.historyBatchSize : source.batchSize,
        job: { source: source.name, marketplace, listingIds: [], history, slot },
      };
      group.job.listingIds.push(id);
      groups.set(key, group);
    }
    const batches = [...groups.values()].flatMap(({ size, job }) => split(job, size));
    return { batches, withoutSource };
  }

  /** Nobody can be asked about these: they are looked at again at their next time, when a source may have been added. */
  private async postpone(listingIds: number[]): Promise<void> {
    if (listingIds.length === 0) return;
    await this.postgres.query(
      `UPDATE listing_state SET claimed_until = NULL, next_check_at = $2::timestamptz + make_interval(mins => interval_minutes)
       WHERE listing_id = ANY($1)`,
      [listingIds, this.clock.now()],
    );
  }
}

function split(job: CaptureJob, size: number): CaptureJob[] {
  const batches: CaptureJob[] = [];
  for (let start = 0; start < job.listingIds.length; start += size) {
    batches.push({ ...job, listingIds: job.listingIds.slice(start, start + size) });
  }
  return batches;
}

/** Source, slot and batch. A claimed listing is in one batch only, so the batch is named by its first listing. */
function jobIdOf(job: CaptureJob): string {
  return `${job.source}.${job.slot}.${job.listingIds[0] ?? 0}`;
}
