import { Injectable, Logger, OnModuleInit } from '@nestjs/common';
import { isDatabaseAway } from '../../common/database-away';
import { Schedules } from '../../shared/queue/schedules';
import { Evaluation } from './evaluation.service';

/** Listings that are looked at in one transaction. */
const CHUNK = 100;

/** What the queue lost, and what was recorded while no worker ran, is looked at within a minute. */
@Injectable()
export class EvaluationScheduler implements OnModuleInit {
  private readonly logger = new Logger(EvaluationScheduler.name);

  constructor(
    private readonly schedules: Schedules,
    private readonly evaluation: Evaluation,
  ) {}

  onModuleInit(): void {
    this.schedules.add({
      name: 'evaluate-alerts',
      description: 'Looks at readings, rivals and failures that rules have not looked at yet',
      cron: '* * * * *',
      run: () => this.catchUp(),
    });
  }

  private async catchUp(): Promise<Record<string, number>> {
    let [listings, alerts, last] = [0, 0, 0];
    const failures: unknown[] = [];
    for (;;) {
      const overdue = await this.evaluation.overdue(CHUNK, last);
      alerts += await this.evaluate(overdue, failures);
      listings += overdue.length;
      if (overdue.length < CHUNK) break;
      last = overdue.at(-1) ?? last;
    }
    if (failures.length > 0) throw failures[0];
    return { listings, alerts };
  }

  /** What goes wrong with one listing is no matter of the others. */
  private async evaluate(listingIds: readonly number[], failures: unknown[]): Promise<number> {
    try {
      return await this.evaluation.evaluate(listingIds);
    } catch (error) {
      if (isDatabaseAway(error)) throw error;
      const [listing] = listingIds;
      if (listingIds.length === 1) {
        this.logger.error({ err: error, listing }, 'a listing could not be looked at');
        failures.push(error);
        return 0;
      }
    }
    const middle = Math.ceil(listingIds.length / 2);
    const first = await this.evaluate(listingIds.slice(0, middle), failures);
    return first + (await this.evaluate(listingIds.slice(middle), failures));
  }
}
