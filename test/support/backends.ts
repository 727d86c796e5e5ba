import { Redis } from 'ioredis';
import { createTestDatabase, TestDatabase } from './database';

/** A database and the queues beside it, for one program or for several. */
export interface World {
  database: TestDatabase;
  /** What a program needs to find the queues. */
  env: Record<string, string>;
  /** Forgets every job, as a store that was lost. */
  loseQueues(): Promise<void>;
  remove(): Promise<void>;
}

export type WorldMaker = () => Promise<World>;

/** The same tests on both backends. Redis is reported as skipped where TEST_REDIS_URL does not name one. */
export function describeOnEachBackend(title: string, tests: (newWorld: WorldMaker) => void): void {
  describe(`${title} on Postgres`, () => {
    tests(postgresWorld);
  });
  const server = process.env['TEST_REDIS_URL'];
  (server ? describe : describe.skip)(`${title} on Redis`, () => {
    // The prefix of our keys is the same in every program: worlds are told apart by the number of the database.
    let number = 0;
    tests(() => redisWorld(`${server ?? ''}/${++number}`));
  });
}

async function postgresWorld(): Promise<World> {
  const database = await createTestDatabase();
  return {
    database,
    env: {},
    loseQueues: async () => {
      await database.dataSource.query('DELETE FROM bullmq.job');
    },
    remove: database.drop,
  };
}

async function redisWorld(url: string): Promise<World> {
  const database = await createTestDatabase();
  const redis = new Redis(url);
  await redis.flushdb();
  return {
    database,
    env: { REDIS_URL: url },
    loseQueues: async () => {
      await redis.flushdb();
    },
    remove: async () => {
      await redis.flushdb();
      redis.disconnect();
      await database.drop();
    },
  };
}
