import { setTimeout as sleep } from 'node:timers/promises';
import { BackendFactory, PostgresConnection, PostgresQueueBackend, runMigrations } from 'bullmq';

/** Between two tries to reach the database while a queue or worker starts. */
const RETRY_MS = 500;

/**
 * BullMQ's connection with a start that can be tried again. Its own remembers a failed start for good: whoever began in
 * an outage stays broken until the process ends, and a worker asks for it without a pause, so that nothing else runs.
 */
class RestartableConnection extends PostgresConnection {
  private started: Promise<void> | undefined;

  override waitUntilReady(): Promise<void> {
    this.started ??= this.migrate().catch(async (error: unknown) => {
      await sleep(RETRY_MS);
      this.started = undefined;
      throw error;
    });
    return this.started;
  }

  private async migrate(): Promise<void> {
    const client = await this.pool.connect();
    try {
      await runMigrations(client, this.schema);
    } finally {
      client.release();
    }
    setImmediate(() => this.emit('ready'));
  }
}

/** Queues and workers on Postgres. */
export const createBackend: BackendFactory<PostgresQueueBackend> = (name, options) =>
  new PostgresQueueBackend(
    // The options type knows Redis only, although a backend of Postgres takes the settings of a pg pool.
    new RestartableConnection(options.connection as ConstructorParameters<typeof PostgresConnection>[0]),
    name,
    options as ConstructorParameters<typeof PostgresQueueBackend>[2],
  );
