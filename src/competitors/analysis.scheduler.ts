import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, OnModuleInit } from '@nestjs/common';
import { Queue } from 'bullmq';
import { Clock } from '../common/clock';
import { Config } from '../config/config';
import { Tracking } from '../products/tracking.service';
import { Schedules } from '../shared/queue/schedules';
import { AnalysisService } from './analysis.service';
import { ANALYSIS_QUEUE, AnalysisJob } from './competitors.queue';
import { CompetitorsService } from './competitors.service';

const DAY_MS = 86_400_000;

@Injectable()
export class AnalysisScheduler implements OnModuleInit {
  constructor(
    private readonly schedules: Schedules,
    private readonly tracking: Tracking,
    private readonly competitors: CompetitorsService,
    private readonly analyses: AnalysisService,
    private readonly config: Config,
    private readonly clock: Clock,
    @InjectQueue(ANALYSIS_QUEUE) private readonly queue: Queue<AnalysisJob>,
  ) {}

  onModuleInit(): void {
    this.schedules.add({
      name: 'analyze-competitors',
      description: 'Compares every active product with its confirmed competitors',
      cron: this.config.env.ANALYSIS_CRON,
      run: (slot) => this.enqueueAll(slot),
    });
  }

  private async enqueueAll(slot: Date): Promise<Record<string, number>> {
    const oldest = this.clock.now().getTime() - this.config.env.ANALYSIS_RETENTION_DAYS * DAY_MS;
    const deleted = await this.analyses.deleteBefore(new Date(oldest));
    let products = 0;
    for await (const active of this.tracking.activeProducts()) {
      const compared = await this.competitors.withConfirmed(active.map(({ productId }) => productId));
      const jobs = active.filter(({ productId }) => compared.has(productId));
      await this.queue.addBulk(
        jobs.map((data) => ({
          name: 'analyze',
          data,
          // A slot that runs twice compares once.
          opts: { jobId: `${data.productId}.${String(slot.getTime())}` },
        })),
      );
      products += jobs.length;
    }
    return { products, deleted };
  }
}
