import { Injectable, OnModuleInit } from '@nestjs/common';
import { Schedules } from '../../shared/queue/schedules';
import { Evaluation } from './evaluation.service';

/** Listings that are looked at in one transaction. */
const CHUNK = 100;

/** What the queue lost, and what was recorded while no worker ran, is looked at within a minute. */
@Injectable()
export class EvaluationScheduler implements OnModuleInit {
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
    for (;;) {
      const overdue = await this.evaluation.overdue(CHUNK, last);
      alerts += await this.evaluation.evaluate(overdue);
      listings += overdue.length;
      if (overdue.length < CHUNK) return { listings, alerts };
      last = overdue.at(-1) ?? last;
    }
  }
}
