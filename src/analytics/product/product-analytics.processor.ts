import { Processor, WorkerHost } from '@nestjs/bullmq';
import { Job } from 'bullmq';
import { NotFoundError } from '../../common/app-error';
import { ANALYTICS_QUEUE, AnalyticsJob } from './analytics.queue';
import { ProductAnalytics } from './product-analytics.service';

@Processor(ANALYTICS_QUEUE)
export class ProductAnalyticsProcessor extends WorkerHost {
  constructor(private readonly analytics: ProductAnalytics) {
    super();
  }

  async process({ data }: Job<AnalyticsJob>): Promise<void> {
    try {
      await this.analytics.compute(data.userId, data.productId);
    } catch (error) {
      // The product has gone since.
      if (!(error instanceof NotFoundError)) throw error;
    }
  }
}
