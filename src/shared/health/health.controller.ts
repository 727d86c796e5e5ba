import { Controller, Get } from '@nestjs/common';
import { ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import { SkipThrottle } from '@nestjs/throttler';
import { AppError } from '../../common/app-error';
import { Public } from '../../common/access';
import { withDeadline } from '../../common/deadline';
import { Postgres } from '../database/postgres';
import { RedisService } from '../redis/redis.service';
import { Readiness } from './readiness';

/** A ready answer must come within a second, whatever the database does. */
const READY_TIMEOUT_MS = 800;

export class LiveView {
  /** @example "ok" */
  status: 'ok';
}

export class ReadyView {
  /** @example "ok" */
  status: 'ok';
  /** @example "ok" */
  database: 'ok';
  /** Null where the program runs without. @example "ok" */
  redis: 'ok' | null;
}

@ApiTags('platform')
@Public()
@SkipThrottle()
@Controller('health')
export class HealthController {
  constructor(
    private readonly postgres: Postgres,
    private readonly redis: RedisService,
    private readonly readiness: Readiness,
  ) {}

  /** The same as ready. */
  @Get()
  @ApiServiceUnavailableResponse({ description: 'The database or Redis is away, or the process is shutting down' })
  getHealth(): Promise<ReadyView> {
    return this.getReady();
  }

  /** Whether the process runs at all. */
  @Get('live')
  getLive(): LiveView {
    return { status: 'ok' };
  }

  /** Whether requests can be served: 503 within a second when the database or Redis is away, or the process is shutting down. */
  @Get('ready')
  @ApiServiceUnavailableResponse({ description: 'The database or Redis is away, or the process is shutting down' })
  async getReady(): Promise<ReadyView> {
    if (this.readiness.draining) throw new AppError('service_unavailable', 'The process is shutting down');
    const connection = this.redis.connection;
    const [database, redis] = await Promise.all([
      answers(this.postgres.query('SELECT 1')),
      connection ? answers(connection.ping()) : null,
    ]);
    if (!database) throw new AppError('service_unavailable', 'The database cannot be reached at the moment');
    if (redis === false) throw new AppError('service_unavailable', 'Redis cannot be reached at the moment');
    return { status: 'ok', database: 'ok', redis: redis === null ? null : 'ok' };
  }
}

async function answers(question: Promise<unknown>): Promise<boolean> {
  return withDeadline(question, READY_TIMEOUT_MS).then(
    () => true,
    () => false,
  );
}
