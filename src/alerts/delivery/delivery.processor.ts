import { Processor, WorkerHost } from '@nestjs/bullmq';
import { DeliveryWorker } from './delivery-worker';
import { DELIVERY_QUEUE } from './delivery.queue';

/** Alerts were made: deliver now rather than at the next tick. */
@Processor(DELIVERY_QUEUE)
export class DeliveryProcessor extends WorkerHost {
  constructor(private readonly deliveries: DeliveryWorker) {
    super();
  }

  process(): Promise<void> {
    // Not waited for: a slow receiver would keep the queue from telling of what is due for others.
    this.deliveries.wake();
    return Promise.resolve();
  }
}
