import { Config } from './config/config';
import { createDataSource } from './shared/database/data-source';
import { migrate } from './shared/database/migrate';
import { EmbeddedPostgres } from './shared/embedded/embedded-postgres';

export interface OpenedDatabase {
  /** With the address of the database in it. */
  config: Config;
  release(): Promise<void>;
}

/** Gets at the database of DATABASE_URL or at the embedded one, and brings its schema up to date where that is wanted. */
export async function openDatabase(settings: Config, say: (message: string) => void): Promise<OpenedDatabase> {
  const opened = await connect(settings, say);
  try {
    await prepareSchema(opened.config, say);
    return opened;
  } catch (error) {
    await opened.release();
    throw error;
  }
}

/** As `openDatabase`, with the schema left as it stands. */
export async function connect(settings: Config, say: (message: string) => void): Promise<OpenedDatabase> {
  if (settings.databaseUrl !== undefined) return { config: settings, release: () => Promise.resolve() };
  const embedded = await EmbeddedPostgres.acquire({ dataDir: settings.dataDir, log: say });
  return { config: settings.withDatabaseUrl(embedded.url), release: () => embedded.release() };
}

async function prepareSchema(config: Config, say: (message: string) => void): Promise<void> {
  if (config.databaseUrl === undefined) throw new Error('the database has no address');
  const dataSource = await createDataSource(config.databaseUrl).initialize();
  try {
    if (config.migrateOnStart) {
      const done = await migrate(dataSource);
      if (done.length > 0) say(`migrated: ${done.join(', ')}`);
    } else if (await dataSource.showMigrations()) {
      throw new Error(
        'The database has pending migrations: run `npm run migration:run` first, or set MIGRATE_ON_START=true',
      );
    }
  } finally {
    await dataSource.destroy();
  }
}
