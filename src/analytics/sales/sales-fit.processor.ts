import { Processor, WorkerHost } from '@nestjs/bullmq';
import { Job } from 'bullmq';
import { SalesFitService } from './sales-fit.service';
import { SALES_FIT_QUEUE, SalesFitJob } from './sales.queue';

@Processor(SALES_FIT_QUEUE)
export class SalesFitProcessor extends WorkerHost {
  constructor(private readonly fits: SalesFitService) {
    super();
  }

  async process({ data }: Job<SalesFitJob>): Promise<void> {
    await this.fits.fit(data.userId);
  }
}
