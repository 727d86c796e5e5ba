import { InjectQueue } from '@nestjs/bullmq';
import { BeforeApplicationShutdown, Injectable, Logger, OnApplicationBootstrap } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Queue } from 'bullmq';
import { CronJob, CronTime } from 'cron';
import { Clock } from '../../common/clock';
import { Config } from '../../config/config';
import { SCHEDULE_QUEUE, ScheduleJob } from './schedule.queue';

/** A piece of regular work, as a value. `run` may be called twice for one slot and must not mind. */
export interface ScheduledTask {
  name: string;
  description: string;
  /** Cron expression in UTC; six fields when it starts with seconds. */
  cron: string;
  /** @returns what was done, as numbers for the run's row */
  run(slot: Date): Promise<Record<string, number>>;
}

/** The tasks of this program and their clocks. A tick only enqueues: the slot in the job's id makes many schedulers one. */
@Injectable()
export class Schedules implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(Schedules.name);
  private readonly tasks = new Map<string, ScheduledTask>();

  constructor(
    @InjectQueue(SCHEDULE_QUEUE) private readonly queue: Queue<ScheduleJob>,
    private readonly registry: SchedulerRegistry,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /** Called by a domain while the program starts. */
  add(task: ScheduledTask): void {
    if (this.tasks.has(task.name)) throw new Error(`schedule ${task.name} exists already`);
    this.tasks.set(task.name, task);
  }

  list(): ScheduledTask[] {
    return [...this.tasks.values()];
  }

  find(name: string): ScheduledTask | undefined {
    return this.tasks.get(name);
  }

  nextAt(task: ScheduledTask): Date {
    return new CronTime(task.cron, 'UTC').getNextDateFrom(this.clock.now(), 'UTC').toJSDate();
  }

  async enqueue(name: string, slot: Date): Promise<void> {
    await this.queue.add(name, { schedule: name, slot: slot.getTime() }, { jobId: `${name}.${slot.getTime()}` });
  }

  onApplicationBootstrap(): void {
    if (!this.config.has('scheduler')) return;
    for (const task of this.tasks.values()) this.start(task);
  }

  beforeApplicationShutdown(): void {
    for (const job of this.registry.getCronJobs().values()) void job.stop();
  }

  /** The slot is the time the tick was due, not the time it came, so that processes with late timers still agree. */
  private start(task: ScheduledTask): void {
    let due = this.nextAt(task);
    const job = new CronJob(
      task.cron,
      () => {
        const slot = due;
        due = this.nextAt(task);
        this.enqueue(task.name, slot).catch((error: unknown) => {
          this.logger.error({ err: error, schedule: task.name }, 'tick could not be enqueued');
        });
      },
      null,
      true,
      'UTC',
    );
    this.registry.addCronJob(task.name, job);
  }
}
