import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, OnModuleInit } from '@nestjs/common';
import { Queue } from 'bullmq';
import { Config } from '../../config/config';
import { Tracking } from '../../products/tracking.service';
import { Schedules } from '../../shared/queue/schedules';
import { ANALYTICS_QUEUE, AnalyticsJob } from './analytics.queue';

/** So that overviews, which never wait, are of today. */
@Injectable()
export class ProductAnalyticsScheduler implements OnModuleInit {
  constructor(
    private readonly schedules: Schedules,
    private readonly tracking: Tracking,
    private readonly config: Config,
    @InjectQueue(ANALYTICS_QUEUE) private readonly queue: Queue<AnalyticsJob>,
  ) {}

  onModuleInit(): void {
    this.schedules.add({
      name: 'analyze-products',
      description: 'Computes trends, changes and forecasts of every active product',
      cron: this.config.env.ANALYTICS_CRON,
      run: () => this.enqueueAll(),
    });
  }

  private async enqueueAll(): Promise<Record<string, number>> {
    let products = 0;
    for await (const active of this.tracking.activeProducts()) {
      await this.queue.addBulk(active.map((data) => ({ name: 'compute', data, opts: { jobId: data.productId } })));
      products += active.length;
    }
    return { products };
  }
}
