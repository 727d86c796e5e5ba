import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, OnModuleInit } from '@nestjs/common';
import { Queue } from 'bullmq';
import { v7 as uuidv7 } from 'uuid';
import { Config } from '../config/config';
import { Postgres } from '../shared/database/postgres';
import { Schedules } from '../shared/queue/schedules';
import { DISCOVERY_QUEUE, DiscoveryJob } from './competitors.queue';

/** Products whose jobs are added together. */
const CHUNK = 500;

@Injectable()
export class DiscoveryScheduler implements OnModuleInit {
  constructor(
    private readonly schedules: Schedules,
    private readonly postgres: Postgres,
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
    for (let last = '00000000-0000-0000-0000-000000000000'; ;) {
      const rows = await this.postgres.query<{ id: string; user_id: string; exclude_own_brand: boolean }>(
        `SELECT p.id, p.user_id, coalesce(d.exclude_own_brand, false) AS exclude_own_brand
         FROM product p LEFT JOIN competitor_discovery d ON d.product_id = p.id AND d.user_id = p.user_id
         WHERE p.is_active AND p.id > $1 ORDER BY p.id LIMIT $2`,
        [last, CHUNK],
      );
      await this.queue.addBulk(
        rows.map(({ id, user_id, exclude_own_brand }) => ({
          name: 'discover',
          data: {
            userId: user_id,
            productId: id,
            excludeOwnBrand: exclude_own_brand,
            isDemanded: false,
            runId: uuidv7(),
          },
        })),
      );
      products += rows.length;
      if (rows.length < CHUNK) return { products };
      last = rows.at(-1)?.id ?? last;
    }
  }
}
