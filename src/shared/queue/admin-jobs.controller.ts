import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { Roles } from '../../common/access';
import { AppError, NotFoundError } from '../../common/app-error';
import { Clock } from '../../common/clock';
import { withDeadline } from '../../common/deadline';
import { decodeCursor, toPage } from '../../common/pagination';
import { JobRun, JobRuns } from './job-runs';
import { JobRunPage, JobRunView, JobsQuery, ScheduleView } from './job-run.view';
import { Schedules } from './schedules';

/** Redis keeps an `add` waiting for as long as it is away. */
const ENQUEUE_MS = 2000;

@ApiTags('platform')
@ApiBearerAuth()
@Roles('admin')
@Controller('admin')
export class AdminJobsController {
  constructor(
    private readonly schedules: Schedules,
    private readonly runs: JobRuns,
    private readonly clock: Clock,
  ) {}

  /** Runs of the scheduled jobs, the newest first. */
  @Get('jobs')
  async listJobs(@Query() query: JobsQuery): Promise<JobRunPage> {
    const size = query['page[size]'];
    const cursor = decodeCursor(query['page[cursor]'], 1)?.[0];
    const before = cursor !== undefined && /^\d{1,18}$/.test(cursor) ? cursor : null;
    const rows = await this.runs.list(size + 1, before, query.schedule ?? null);
    return toPage(rows, size, (run) => [run.id], toView);
  }

  /** The schedules, when each is due next and how its last run went. */
  @Get('schedules')
  async listSchedules(): Promise<ScheduleView[]> {
    const latest = await this.runs.latest();
    return this.schedules.list().map((task) => {
      const run = latest.get(task.name);
      return {
        name: task.name,
        description: task.description,
        cron: task.cron,
        nextAt: this.schedules.nextAt(task).toISOString(),
        lastRun: run ? toView(run) : null,
      };
    });
  }

  /** Runs a schedule now, beside its regular slots. */
  @Post('schedules/:name/run')
  @HttpCode(202)
  async runSchedule(@Param('name') name: string): Promise<JobRunView> {
    const task = this.schedules.find(name);
    if (!task) throw new NotFoundError('Schedule');
    const slot = this.clock.now();
    const run = await this.runs.announce(name, slot);
    try {
      await withDeadline(this.schedules.enqueue(name, slot), ENQUEUE_MS);
    } catch {
      await this.runs.fail(name, slot, 'the queue could not be reached', true);
      throw new AppError('service_unavailable', 'The queue cannot be reached at the moment');
    }
    return toView(run);
  }
}

function toView(run: JobRun): JobRunView {
  return {
    id: run.id,
    schedule: run.schedule,
    trigger: run.trigger,
    slot: run.slot.toISOString(),
    startedAt: run.startedAt.toISOString(),
    finishedAt: run.finishedAt?.toISOString() ?? null,
    attempts: run.attempts,
    counts: run.counts,
    error: run.error,
  };
}
