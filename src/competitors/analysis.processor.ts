import { Processor, WorkerHost } from '@nestjs/bullmq';
import { Job } from 'bullmq';
import { ConflictError, NotFoundError } from '../common/app-error';
import { AnalysisService } from './analysis.service';
import { ANALYSIS_QUEUE, AnalysisJob } from './competitors.queue';

@Processor(ANALYSIS_QUEUE)
export class AnalysisProcessor extends WorkerHost {
  constructor(private readonly analyses: AnalysisService) {
    super();
  }

  async process({ data }: Job<AnalysisJob>): Promise<void> {
    try {
      await this.analyses.analyzeProduct(data.userId, data.productId);
    } catch (error) {
      // Its product or its competitors have gone since: there is nothing to compare.
      if (!(error instanceof NotFoundError || error instanceof ConflictError)) throw error;
    }
  }
}
