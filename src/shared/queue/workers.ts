import { BullRegistrar, WorkerHost } from '@nestjs/bullmq';
import { BeforeApplicationShutdown, Injectable, Logger, OnApplicationBootstrap } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { Job, Worker } from 'bullmq';
import { isDatabaseAway } from '../../common/database-away';
import { Config } from '../../config/config';
import { JobMetrics } from '../metrics/job-metrics';
import { Postgres } from '../database/postgres';

const WATCH_MS = 1000;

/**
 * The workers of this process: started by role, closed in order (a job in hand is finished first),
 * and made anew when the database returns, as BullMQ's Postgres backend goes on with one job at a time after an outage.
 */
@Injectable()
export class Workers implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(Workers.name);
  private hosts: { host: WorkerHost; worker: Worker }[] = [];
  private watch: NodeJS.Timeout | undefined;
  private away = false;

  constructor(
    private readonly registrar: BullRegistrar,
    private readonly discovery: DiscoveryService,
    private readonly postgres: Postgres,
    private readonly config: Config,
    private readonly metrics: JobMetrics,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.config.has('worker')) return;
    this.registrar.register();
    this.hosts = this.discovery
      .getProviders()
      .map((provider) => provider.instance as unknown)
      .filter((instance): instance is WorkerHost => instance instanceof WorkerHost)
      .map((host) => {
        host.worker.concurrency = this.config.env.WORKER_CONCURRENCY;
        return { host, worker: this.observe(host.worker) };
      });
    if (this.config.env.REDIS_URL === undefined) this.scheduleWatch();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearTimeout(this.watch);
    this.watch = undefined;
    await Promise.all(this.hosts.map(({ worker }) => worker.close()));
    this.hosts = [];
  }

  private scheduleWatch(): void {
    this.watch = setTimeout(() => {
      void this.look().finally(() => {
        if (this.watch) this.scheduleWatch();
      });
    }, WATCH_MS);
    this.watch.unref();
  }

  private async look(): Promise<void> {
    try {
      await this.postgres.query('SELECT 1');
    } catch (error) {
      if (isDatabaseAway(error) && !this.away) this.logger.warn('the database is away');
      this.away ||= isDatabaseAway(error);
      return;
    }
    if (!this.away) return;
    this.away = false;
    this.logger.log('the database is back: starting the workers again');
    this.renew();
  }

  private renew(): void {
    this.hosts = this.hosts.map(({ host, worker }) => {
      // What it still complains of is about the outage that is over.
      worker.removeAllListeners('error').on('error', () => undefined);
      // Forced, as its jobs lost their locks with the outage; they are picked up again as stalled.
      worker.close(true).catch((error: unknown) => {
        this.logger.warn({ err: error }, 'a worker of before the outage did not close cleanly');
      });
      const options = { ...worker.opts, concurrency: worker.concurrency };
      return { host, worker: this.observe(new Worker(worker.name, (job, token) => host.process(job, token), options)) };
    });
  }

  private observe(worker: Worker): Worker {
    worker.on('completed', (job) => {
      this.metrics.finished(worker.name, 'completed', elapsed(job));
    });
    worker.on('failed', (job, error) => {
      this.metrics.finished(worker.name, 'failed', job ? elapsed(job) : 0);
      const facts = { queue: worker.name, job: job?.id, attempt: job?.attemptsMade };
      const isLast = !job || job.attemptsMade >= (job.opts.attempts ?? 1);
      if (isLast) this.logger.error({ ...facts, err: error }, 'job failed');
      else this.logger.warn({ ...facts, reason: error.message }, 'job failed and is tried again');
    });
    // Without a listener an outage of the database would end the process.
    worker.on('error', (error) => {
      // An outage shorter than the time between two looks is only noticed here.
      if (isDatabaseAway(error)) this.away = true;
      else this.logger.error({ err: error, queue: worker.name }, 'worker error');
    });
    return worker;
  }
}

function elapsed(job: Job): number {
  return job.processedOn === undefined ? 0 : (Date.now() - job.processedOn) / 1000;
}
