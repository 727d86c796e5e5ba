import { Injectable, OnModuleInit } from '@nestjs/common';
import { Config } from '../config/config';
import { Schedules } from '../shared/queue/schedules';
import { CleanUpService } from './clean-up.service';
import { DueService } from './due.service';

/** The regular work of history: finding what is due, and dropping what is too old. */
@Injectable()
export class CaptureScheduler implements OnModuleInit {
  constructor(
    private readonly schedules: Schedules,
    private readonly due: DueService,
    private readonly cleanUp: CleanUpService,
    private readonly config: Config,
  ) {}

  onModuleInit(): void {
    this.schedules.add({
      name: 'refresh-due',
      description: 'Finds the listings whose next check has come and makes batches of them',
      cron: this.config.env.REFRESH_CRON,
      run: () => this.due.enqueueDue(),
    });
    this.schedules.add({
      name: 'clean-up',
      description: 'Deletes history, checks, runs and sessions that are older than their retention',
      cron: this.config.env.CLEANUP_CRON,
      run: () => this.cleanUp.run(),
    });
  }
}
