import { Processor, WorkerHost } from '@nestjs/bullmq';
import { LISTINGS_DUE_QUEUE } from '../products/products.queue';
import { DueService } from './due.service';

/** Somebody tracked or refreshed a listing: look for what is due now rather than at the next tick. */
@Processor(LISTINGS_DUE_QUEUE)
export class DueProcessor extends WorkerHost {
  constructor(private readonly due: DueService) {
    super();
  }

  async process(): Promise<void> {
    await this.due.enqueueDue();
  }
}
