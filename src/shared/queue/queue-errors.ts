import { Injectable, Logger, OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { Queue } from 'bullmq';
import { isDatabaseAway } from '../../common/database-away';

/** What a queue reports while nobody waits for it; without a listener BullMQ prints it past the log. */
@Injectable()
export class QueueErrors implements OnModuleInit {
  private readonly logger = new Logger('Queue');

  constructor(private readonly discovery: DiscoveryService) {}

  onModuleInit(): void {
    for (const { instance } of this.discovery.getProviders() as { instance: unknown }[]) {
      if (!(instance instanceof Queue)) continue;
      instance.on('error', (error) => {
        if (!isDatabaseAway(error)) this.logger.error({ err: error, queue: instance.name }, 'queue error');
      });
    }
  }
}
