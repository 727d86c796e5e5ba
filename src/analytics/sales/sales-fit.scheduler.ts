import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, OnModuleInit } from '@nestjs/common';
import { Queue } from 'bullmq';
import { Config } from '../../config/config';
import { Postgres } from '../../shared/database/postgres';
import { Schedules } from '../../shared/queue/schedules';
import { SALES_FIT_QUEUE, SalesFitJob } from './sales.queue';

/** Users whose jobs are added together. */
const CHUNK = 500;

@Injectable()
export class SalesFitScheduler implements OnModuleInit {
  constructor(
    private readonly schedules: Schedules,
    private readonly postgres: Postgres,
    private readonly config: Config,
    @InjectQueue(SALES_FIT_QUEUE) private readonly queue: Queue<SalesFitJob>,
  ) {}

  onModuleInit(): void {
    this.schedules.add({
      name: 'fit-sales-models',
      description: 'Fits the sales models of every user with own sales to what is known now',
      cron: this.config.env.SALES_FIT_CRON,
      run: () => this.enqueueAll(),
    });
  }

  private async enqueueAll(): Promise<Record<string, number>> {
    let users = 0;
    for (let last = '00000000-0000-0000-0000-000000000000'; ;) {
      // Whoever has a model and no own sales any more is to lose it.
      const rows = await this.postgres.query<{ id: string }>(
        `SELECT u.id FROM app_user u
         WHERE u.id > $1 AND (EXISTS (SELECT FROM own_sales o WHERE o.user_id = u.id)
                              OR EXISTS (SELECT FROM sales_model m WHERE m.user_id = u.id))
         ORDER BY u.id LIMIT $2`,
        [last, CHUNK],
      );
      await this.queue.addBulk(rows.map(({ id }) => ({ name: 'fit', data: { userId: id } })));
      users += rows.length;
      if (rows.length < CHUNK) return { users };
      last = rows.at(-1)?.id ?? last;
    }
  }
}
