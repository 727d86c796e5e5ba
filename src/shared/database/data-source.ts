import { join } from 'node:path';
import { DataSource, DataSourceOptions } from 'typeorm';
import { useFastIntegerArrays } from './integer-arrays';
import { LossTolerantClient } from './loss-tolerant-client';
import { SnakeNaming } from './snake-naming';

const SOURCE_ROOT = join(__dirname, '..', '..');

/** How long a request waits for a connection: short enough that a database that is away is a quick 503. */
const CONNECT_TIMEOUT_MS = 3000;

/**
 * The one description of the database, for the program, its migrations and the tests.
 * Entities and migrations are found by name, as this room may not import from the domains that own them.
 */
export function dataSourceOptions(url: string, poolSize = 10): DataSourceOptions {
  useFastIntegerArrays();
  return {
    type: 'postgres',
    url,
    entities: [join(SOURCE_ROOT, '**', '*.entity.{js,ts}')],
    migrations: [join(SOURCE_ROOT, '..', 'migrations', '*.{js,ts}')],
    migrationsTransactionMode: 'each',
    namingStrategy: new SnakeNaming(),
    synchronize: false,
    poolSize,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    extra: { Client: LossTolerantClient, keepAlive: true, idleTimeoutMillis: 30_000 },
    applicationName: 'amazon-insights',
  };
}

export function createDataSource(url: string): DataSource {
  return new DataSource(dataSourceOptions(url));
}
