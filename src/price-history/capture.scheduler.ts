import { Injectable, OnModuleInit } from '@nestjs/common';
import { Config } from '../config/config';
import { Schedules } from '../shared/queue/schedules';
import { CleanUpService } from './clean-up.service';
import { HistoryPacker } from './history-packer';
import { DueService } from './due.service';

/** The regular work of history: finding what is due, and dropping what is too old. */
@Injectable()
export class CaptureScheduler implements OnModuleInit {
  constructor(
    private readonly schedules: Schedules,
    private readonly due: DueService,
    private readonly cleanUp: CleanUpService,
    private readonly packer: HistoryPacker,
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
      name: 'pack-history',
      description:
        'Makes the partitions of the months to come, packs the months that are over, and drops their partitions',
      cron: this.config.env.PACK_CRON,
      run: () => this.packer.run(),
    });
    this.schedules.add({
      name: 'clean-up',
      description: 'Deletes history, checks, runs and sessions that are older than their retention',
      cron: this.config.env.CLEANUP_CRON,
      run: () => this.cleanUp.run(),
    });
  }
}
