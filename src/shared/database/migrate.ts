import { DataSource } from 'typeorm';

/** Any constant of ours: one migrating process at a time, whoever starts first. */
const MIGRATION_LOCK = 4_711_001;

/** Runs what is pending and returns the names. Several processes may start at once: the others wait, then find nothing to do. */
export async function migrate(dataSource: DataSource): Promise<string[]> {
  const lock = dataSource.createQueryRunner();
  await lock.connect();
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const done = await dataSource.runMigrations();
    return done.map((migration) => migration.name);
  } finally {
    await lock.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
    await lock.release();
  }
}
