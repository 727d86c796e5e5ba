import { Processor, WorkerHost } from '@nestjs/bullmq';
import { Job } from 'bullmq';
import { DISCOVERY_QUEUE, DiscoveryJob } from './competitors.queue';
import { DiscoveryService } from './discovery.service';

@Processor(DISCOVERY_QUEUE)
export class DiscoveryProcessor extends WorkerHost {
  constructor(private readonly discovery: DiscoveryService) {
    super();
  }

  async process({ data }: Job<DiscoveryJob>): Promise<void> {
    await this.discovery.discover(data);
  }
}
