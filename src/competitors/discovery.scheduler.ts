import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, OnModuleInit } from '@nestjs/common';
import { Queue } from 'bullmq';
import { v7 as uuidv7 } from 'uuid';
import { Config } from '../config/config';
import { Tracking } from '../products/tracking.service';
import { Schedules } from '../shared/queue/schedules';
import { DiscoveryLog } from './discovery-log';
import { DISCOVERY_QUEUE, DiscoveryJob } from './competitors.queue';

@Injectable()
export class DiscoveryScheduler implements OnModuleInit {
  constructor(
    private readonly schedules: Schedules,
    private readonly tracking: Tracking,
    private readonly log: DiscoveryLog,
    private readonly config: Config,
    @InjectQueue(DISCOVERY_QUEUE) private readonly queue: Queue<DiscoveryJob>,
  ) {}

  onModuleInit(): void {
    this.schedules.add({
      name: 'discover-competitors',
      description: 'Looks for rivals of every active product',
      cron: this.config.env.DISCOVERY_CRON,
      run: () => this.enqueueAll(),
    });
  }

  private async enqueueAll(): Promise<Record<string, number>> {
    let products = 0;
    for await (const active of this.tracking.activeProducts()) {
      const withoutOwnBrand = await this.log.excludingOwnBrand(active.map(({ productId }) => productId));
      await this.queue.addBulk(
        active.map(({ userId, productId }) => ({
          name: 'discover',
          data: {
            userId,
            productId,
            excludeOwnBrand: withoutOwnBrand.has(productId),
            isDemanded: false,
            runId: uuidv7(),
          },
        })),
      );
      products += active.length;
    }
    return { products };
  }
}
