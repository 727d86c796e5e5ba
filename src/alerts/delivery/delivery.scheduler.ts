import { Injectable, OnModuleInit } from '@nestjs/common';
import { Clock } from '../../common/clock';
import { Config } from '../../config/config';
import { Schedules } from '../../shared/queue/schedules';
import { DeliveryLedger } from './delivery-ledger';
import { DeliveryWorker } from './delivery-worker';

const DAY_MS = 86_400_000;

@Injectable()
export class DeliveryScheduler implements OnModuleInit {
  constructor(
    private readonly schedules: Schedules,
    private readonly worker: DeliveryWorker,
    private readonly ledger: DeliveryLedger,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.schedules.add({
      name: 'deliver-due',
      description:
        'Delivers what is due: retries, digests, and what the queue lost; gives up what waits for a disabled channel',
      cron: this.config.env.DELIVERY_CRON,
      run: async () => {
        this.worker.wake();
        return { givenUp: await this.ledger.buryMissed() };
      },
    });
    this.schedules.add({
      name: 'clean-up-deliveries',
      description: 'Deletes deliveries that were over before their retention',
      cron: this.config.env.CLEANUP_CRON,
      run: async () => {
        const oldest = this.clock.now().getTime() - this.config.env.DELIVERY_RETENTION_DAYS * DAY_MS;
        return { deliveries: await this.ledger.deleteBefore(new Date(oldest)) };
      },
    });
  }
}
