import { Postgres } from '../../src/shared/database/postgres';

/** How many connections to the test's database wait for a lock now. Autovacuum, which waits for its like in other databases, is none. */
export async function lockWaiters(postgres: Postgres): Promise<number> {
  const rows = await postgres.query(
    `SELECT FROM pg_stat_activity
     WHERE datname = current_database() AND backend_type = 'client backend' AND wait_event_type = 'Lock'`,
  );
  return rows.length;
}
