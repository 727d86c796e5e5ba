import { InjectQueue, Processor, WorkerHost } from '@nestjs/bullmq';
import { DelayedError, Job, Queue } from 'bullmq';
import { Logger } from '@nestjs/common';
import { Clock } from '../common/clock';
import { SourceError } from '../marketplace-data/source-error';
import { CaptureService } from './capture.service';
import { CAPTURE_QUEUE, CaptureJob, RECORDED_QUEUE, RecordedJob } from './price-history.queue';
import { RecordedFailure } from './recorder';
import { wake } from '../shared/queue/wake';

const DEFAULT_WAIT_MS = 60_000;
const ANNOUNCE_MS = 2000;

/** Takes a batch through its tries. What failed for good becomes the state of its listings, not a failed job. */
@Processor(CAPTURE_QUEUE)
export class CaptureProcessor extends WorkerHost {
  private readonly logger = new Logger(CaptureProcessor.name);

  constructor(
    private readonly captures: CaptureService,
    private readonly clock: Clock,
    @InjectQueue(RECORDED_QUEUE) private readonly recorded: Queue<RecordedJob>,
  ) {
    super();
  }

  async process(job: Job<CaptureJob>, token?: string): Promise<void> {
    const changed = new Set<number>();
    const again = await this.attempt(job, token, changed).finally(() => this.announce([...changed]));
    if (again.length === 0) return;
    await job.updateData({ ...job.data, listingIds: again.map(({ listingId }) => listingId) });
    if (isLastTry(job)) {
      await this.captures.giveUp(job.data, again);
      return;
    }
    throw new Error(`${again.length} listings are to be tried again: ${again[0]?.detail ?? ''}`);
  }

  /** Only wakes those who look at what is recorded: they look again each minute anyway. */
  private async announce(listingIds: number[]): Promise<void> {
    if (listingIds.length === 0) return;
    const added = this.recorded.add('recorded', { listingIds });
    await wake(added, ANNOUNCE_MS, this.logger, 'what was recorded could not be announced');
  }

  private async attempt(
    job: Job<CaptureJob>,
    token: string | undefined,
    changed: Set<number>,
  ): Promise<RecordedFailure[]> {
    try {
      return await this.captures.capture(job.data, changed);
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      if (error.kind === 'rate_limited') {
        // Waiting for the budget is no failed try.
        const wait = error.retryAfterMs ?? DEFAULT_WAIT_MS;
        await this.captures.postpone(job.data, wait, error.message);
        await job.moveToDelayed(this.clock.now().getTime() + wait, token);
        throw new DelayedError();
      }
      if (error.retryable && !isLastTry(job)) throw error;
      await this.captures.giveUpAll(job.data, error.result, error.message);
      return [];
    }
  }
}

function isLastTry(job: Job): boolean {
  return job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
}
