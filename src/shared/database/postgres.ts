import { Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { Pool, PoolClient, QueryResultRow } from 'pg';
import { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver';
import { Config } from '../../config/config';

/** A statement with a name is prepared once per connection: what hot paths use. */
export interface Statement {
  name?: string;
  text: string;
}

/** Runs plain SQL inside or outside a transaction. */
export interface SqlRunner {
  query<Row extends QueryResultRow>(statement: Statement | string, values?: unknown[]): Promise<Row[]>;
}

/**
 * Plain SQL on TypeORM's own pool, for what a repository cannot say in one statement.
 * Statements over SLOW_QUERY_MS are logged with their text and without their values.
 */
@Injectable()
export class Postgres implements SqlRunner {
  private readonly logger = new Logger('SlowQuery');
  private readonly pool: Pool;

  constructor(
    @InjectDataSource() dataSource: DataSource,
    private readonly config: Config,
  ) {
    this.pool = (dataSource.driver as PostgresDriver).master as Pool;
  }

  async query<Row extends QueryResultRow>(statement: Statement | string, values: unknown[] = []): Promise<Row[]> {
    return this.timed(this.pool, statement, values);
  }

  /** A connection of one's own, for a cursor. Whoever takes it releases it. */
  connect(): Promise<PoolClient> {
    return this.pool.connect();
  }

  /** Commits what `work` did, or nothing of it. */
  async transaction<T>(work: (sql: SqlRunner) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    let broken: Error | undefined;
    try {
      await client.query('BEGIN');
      const result = await work({ query: (statement, values = []) => this.timed(client, statement, values) });
      await client.query('COMMIT');
      return result;
    } catch (error) {
      // A connection that cannot even roll back is thrown away rather than handed to the next request.
      await client.query('ROLLBACK').catch((failure: unknown) => {
        broken = failure as Error;
      });
      throw error;
    } finally {
      client.release(broken);
    }
  }

  private async timed<Row extends QueryResultRow>(
    runner: Pick<Pool, 'query'>,
    statement: Statement | string,
    values: unknown[],
  ): Promise<Row[]> {
    const query = typeof statement === 'string' ? { text: statement, values } : { ...statement, values };
    const start = performance.now();
    const result = await runner.query<Row>(query);
    const elapsed = performance.now() - start;
    if (elapsed > this.config.env.SLOW_QUERY_MS) {
      this.logger.warn(
        {
          elapsedMs: Math.round(elapsed),
          query: 'name' in query ? query.name : query.text.replace(/\s+/g, ' ').trim(),
        },
        'slow query',
      );
    }
    return result.rows;
  }
}
