import { Logger } from '@nestjs/common';
import type { Logger as TypeOrmLogger } from 'typeorm';

/** TypeORM's log: only slow and failed statements, never their values. */
export class SlowQueryLogger implements TypeOrmLogger {
  private readonly logger = new Logger('SlowQuery');

  logQuerySlow(time: number, query: string): void {
    this.logger.warn({ elapsedMs: time, query }, 'slow query');
  }

  logQuery(): void {
    // Each statement would drown everything else.
  }

  logQueryError(): void {
    // The error itself reaches the problem filter or the job that failed.
  }

  logSchemaBuild(): void {
    // The program never builds its schema outside migrations.
  }

  logMigration(message: string): void {
    this.logger.log(message);
  }

  log(): void {
    // TypeORM's own remarks say nothing an operator could act on.
  }
}
