import { BullModule } from '@nestjs/bullmq';
import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ScheduleModule } from '@nestjs/schedule';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { ConnectionOptions, PostgresConnectionOptions, QueueOptions } from 'bullmq';
import { setDefaultBackendFactory } from 'bullmq';
import { Config } from '../../config/config';
import { LossTolerantClient } from '../database/loss-tolerant-client';
import { AdminJobsController } from './admin-jobs.controller';
import { JobRunEntity } from './entities/job-run.entity';
import { JobRuns } from './job-runs';
import { createBackend } from './postgres-backend';
import { QueueErrors } from './queue-errors';
import { RunScheduleProcessor } from './run-schedule.processor';
import { Schedules } from './schedules';
import { SCHEDULE_QUEUE } from './schedule.queue';
import { Workers } from './workers';

/** Queues on Redis when REDIS_URL is set, else on Postgres: the same code on both. */
@Global()
@Module({
  imports: [
    DiscoveryModule,
    ScheduleModule.forRoot(),
    TypeOrmModule.forFeature([JobRunEntity]),
    BullModule.forRootAsync({
      inject: [Config],
      useFactory: queueOptions,
      // Workers start by role, and again when the database comes back: see workers.ts.
      extraOptions: { manualRegistration: true },
    }),
    BullModule.registerQueue({ name: SCHEDULE_QUEUE }),
  ],
  controllers: [AdminJobsController],
  providers: [Schedules, JobRuns, RunScheduleProcessor, Workers, QueueErrors],
  exports: [Schedules],
})
export class QueueModule {}

function queueOptions(config: Config): QueueOptions {
  const redis = config.env.REDIS_URL;
  setDefaultBackendFactory(redis === undefined ? createBackend : undefined);
  return {
    connection: redis === undefined ? postgresConnection(config) : { url: redis, maxRetriesPerRequest: null },
    prefix: 'aip',
    defaultJobOptions: {
      attempts: 3,
      backoff: { type: 'exponential', delay: config.env.RETRY_DELAY_SECONDS * 1000, jitter: 0.5 },
      // A job kept under its id would make the next add of that id vanish; what happened is in the job_run and listing rows.
      removeOnComplete: true,
      removeOnFail: true,
    },
  };
}

/** A pg pool of its own: BullMQ migrates its schema on it and pins the search path. */
function postgresConnection(config: Config): ConnectionOptions {
  const pool: PostgresConnectionOptions = {
    connectionString: config.databaseUrl,
    max: 3,
    Client: LossTolerantClient,
    keepAlive: true,
  };
  // The options type knows Redis only, although the factory set above takes this.
  return pool;
}
