import { Processor, WorkerHost } from '@nestjs/bullmq';
import { Job } from 'bullmq';
import { RECORDED_QUEUE, RecordedJob } from '../../price-history/price-history.queue';
import { Evaluation } from './evaluation.service';

@Processor(RECORDED_QUEUE)
export class EvaluationProcessor extends WorkerHost {
  constructor(private readonly evaluation: Evaluation) {
    super();
  }

  async process({ data }: Job<RecordedJob>): Promise<void> {
    await this.evaluation.evaluate(data.listingIds);
  }
}
