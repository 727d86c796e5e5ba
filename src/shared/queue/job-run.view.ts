import { ApiProperty } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import { PageQuery, PageView } from '../../common/pagination';

export class JobsQuery extends PageQuery {
  /** Only runs of this schedule. */
  @IsOptional()
  @IsString()
  @MaxLength(100)
  schedule?: string;
}

export class JobRunView {
  id: string;
  schedule: string;
  trigger: 'schedule' | 'manual';
  /** The time the run stands for. */
  slot: string;
  startedAt: string;
  finishedAt: string | null;
  attempts: number;
  /** What was done, by name. */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'number' }, nullable: true })
  counts: Record<string, number> | null;
  error: string | null;
}

export class JobRunPage {
  data: JobRunView[];
  page: PageView;
}

export class ScheduleView {
  name: string;
  description: string;
  /** UTC. */
  cron: string;
  nextAt: string;
  lastRun: JobRunView | null;
}
