import { Injectable, OnModuleInit } from '@nestjs/common';
import { Clock } from '../../common/clock';
import { Config } from '../../config/config';
import { Tracking } from '../../products/tracking.service';
import { Schedules } from '../../shared/queue/schedules';
import { Insights } from './insights.service';

const DAY_MS = 86_400_000;

@Injectable()
export class InsightsScheduler implements OnModuleInit {
  constructor(
    private readonly schedules: Schedules,
    private readonly tracking: Tracking,
    private readonly insights: Insights,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.schedules.add({
      name: 'make-insights',
      description: 'Makes the daily insight of every active product, and deletes those beyond their retention',
      cron: this.config.env.INSIGHTS_CRON,
      run: (slot) => this.requestAll(slot),
    });
    this.schedules.add({
      name: 'requeue-insights',
      description: 'Asks again for insights whose jobs were lost',
      cron: this.config.env.INSIGHTS_REQUEUE_CRON,
      run: async () => ({ requeued: await this.insights.requeueLost() }),
    });
  }

  private async requestAll(slot: Date): Promise<Record<string, number>> {
    const oldest = this.clock.now().getTime() - this.config.env.INSIGHT_RETENTION_DAYS * DAY_MS;
    const deleted = await this.insights.deleteBefore(new Date(oldest));
    const day = slot.toISOString().slice(0, 10);
    let insights = 0;
    for await (const active of this.tracking.activeProducts()) {
      insights += await this.insights.requestDaily(active, day);
    }
    return { insights, deleted };
  }
}
