import { Processor, WorkerHost } from '@nestjs/bullmq';
import { Logger } from '@nestjs/common';
import { Job } from 'bullmq';
import { JobRuns } from './job-runs';
import { SCHEDULE_QUEUE, ScheduleJob } from './schedule.queue';
import { Schedules } from './schedules';

/** Runs the task of a tick, once per slot, and writes down how it went. */
@Processor(SCHEDULE_QUEUE)
export class RunScheduleProcessor extends WorkerHost {
  private readonly logger = new Logger(RunScheduleProcessor.name);

  constructor(
    private readonly schedules: Schedules,
    private readonly runs: JobRuns,
  ) {
    super();
  }

  async process(job: Job<ScheduleJob>): Promise<void> {
    const { schedule } = job.data;
    const slot = new Date(job.data.slot);
    const task = this.schedules.find(schedule);
    if (!task) {
      this.logger.warn({ schedule }, 'tick of a schedule this version does not have');
      return;
    }
    if (!(await this.runs.begin(schedule, slot))) return;
    try {
      await this.runs.succeed(schedule, slot, await task.run(slot));
    } catch (error) {
      const final = job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
      await this.runs.fail(schedule, slot, error instanceof Error ? error.message : String(error), final);
      throw error;
    }
  }
}
