import { Injectable, Logger, OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import { Config } from '../../config/config';

/** The process's own connection to Redis, where there is one: request limits and the readiness probe. Queues have theirs. */
@Injectable()
export class RedisService implements OnApplicationShutdown {
  private readonly logger = new Logger('Redis');
  readonly connection: Redis | undefined;

  constructor(config: Config) {
    if (config.env.REDIS_URL === undefined) return;
    // One more try and then an error: a request must not wait for as long as Redis is away.
    this.connection = new Redis(config.env.REDIS_URL, { maxRetriesPerRequest: 1 });
    this.connection.on('error', (error: Error & { code?: string }) => {
      this.logger.warn({ code: error.code }, 'Redis cannot be reached');
    });
  }

  onApplicationShutdown(): void {
    this.connection?.disconnect();
  }
}
