import { Processor, WorkerHost } from '@nestjs/bullmq';
import { Job } from 'bullmq';
import { NotFoundError } from '../../common/app-error';
import { INSIGHTS_QUEUE, InsightJob } from './insights.queue';
import { Insights } from './insights.service';

@Processor(INSIGHTS_QUEUE)
export class InsightsProcessor extends WorkerHost {
  constructor(private readonly insights: Insights) {
    super();
  }

  async process(job: Job<InsightJob>): Promise<void> {
    const { insightId } = job.data;
    try {
      await this.insights.make(insightId);
    } catch (error) {
      // The product has gone since, and the insight with it.
      if (error instanceof NotFoundError) return;
      if (job.attemptsMade + 1 >= (job.opts.attempts ?? 1)) await this.insights.fail(insightId);
      throw error;
    }
  }
}
