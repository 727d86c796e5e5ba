import { Controller, Get } from '@nestjs/common';
import { ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import { SkipThrottle } from '@nestjs/throttler';
import { AppError } from '../../common/app-error';
import { Public } from '../../common/access';
import { Postgres } from '../database/postgres';
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
}

@ApiTags('platform')
@Public()
@SkipThrottle()
@Controller('health')
export class HealthController {
  constructor(
    private readonly postgres: Postgres,
    private readonly readiness: Readiness,
  ) {}

  /** The same as ready. */
  @Get()
  @ApiServiceUnavailableResponse({ description: 'The database is away, or the process is shutting down' })
  getHealth(): Promise<ReadyView> {
    return this.getReady();
  }

  /** Whether the process runs at all. */
  @Get('live')
  getLive(): LiveView {
    return { status: 'ok' };
  }

  /** Whether requests can be served: 503 within a second when the database is away or the process is shutting down. */
  @Get('ready')
  @ApiServiceUnavailableResponse({ description: 'The database is away, or the process is shutting down' })
  async getReady(): Promise<ReadyView> {
    if (this.readiness.draining) throw new AppError('service_unavailable', 'The process is shutting down');
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error('timeout'));
      }, READY_TIMEOUT_MS);
    });
    try {
      await Promise.race([this.postgres.query('SELECT 1'), timeout]);
    } catch {
      throw new AppError('service_unavailable', 'The database cannot be reached at the moment');
    } finally {
      clearTimeout(timer);
    }
    return { status: 'ok', database: 'ok' };
  }
}
