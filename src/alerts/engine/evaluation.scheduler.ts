import { Injectable, Logger, OnModuleInit } from '@nestjs/common';
import { Clock } from '../../common/clock';
import { isDatabaseAway } from '../../common/database-away';
import { toMinute } from '../../common/minute';
import { Config } from '../../config/config';
import { Postgres } from '../../shared/database/postgres';
import { Schedules } from '../../shared/queue/schedules';
import { ReadingOrders } from './reading-orders.service';
import { MOST_REPLAYED_DAYS } from '../dto/alert-rule.dto';
import { BASELINE_MINUTES, Evaluation, PRODUCTS_AT_ONCE } from './evaluation.service';

/** What the queue lost, and what was recorded while no worker ran, is looked at within a minute. */
@Injectable()
export class EvaluationScheduler implements OnModuleInit {
  private readonly logger = new Logger(EvaluationScheduler.name);

  constructor(
    private readonly schedules: Schedules,
    private readonly evaluation: Evaluation,
    private readonly orders: ReadingOrders,
    private readonly postgres: Postgres,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.schedules.add({
      name: 'evaluate-alerts',
      description: 'Looks at readings, rivals and failures that rules have not looked at yet',
      cron: '* * * * *',
      run: () => this.catchUp(),
    });
    this.schedules.add({
      name: 'clean-up-reading-orders',
      description: 'Deletes in which order readings were looked at that are beyond any replay',
      cron: this.config.env.CLEANUP_CRON,
      run: async () => {
        const first = toMinute(this.clock.now()) - MOST_REPLAYED_DAYS * 1440 - BASELINE_MINUTES;
        return { stragglers: await this.orders.deleteBefore(first, this.postgres) };
      },
    });
  }

  private async catchUp(): Promise<Record<string, number>> {
    let [products, alerts] = [0, 0];
    const failures: unknown[] = [];
    for (let last: string | undefined; ;) {
      const overdue = await this.evaluation.overdue(PRODUCTS_AT_ONCE, last);
      alerts += await this.lookAt(overdue, failures);
      products += overdue.length;
      if (overdue.length < PRODUCTS_AT_ONCE) break;
      last = overdue.at(-1);
    }
    if (failures.length > 0) throw failures[0];
    return { products, alerts };
  }

  /** What goes wrong with one product is no matter of the others. */
  private async lookAt(productIds: readonly string[], failures: unknown[]): Promise<number> {
    try {
      return await this.evaluation.lookAt(productIds);
    } catch (error) {
      if (isDatabaseAway(error)) throw error;
      const [product] = productIds;
      if (productIds.length === 1) {
        this.logger.error({ err: error, product }, 'a product could not be looked at');
        failures.push(error);
        return 0;
      }
    }
    const middle = Math.ceil(productIds.length / 2);
    const first = await this.lookAt(productIds.slice(0, middle), failures);
    return first + (await this.lookAt(productIds.slice(middle), failures));
  }
}
