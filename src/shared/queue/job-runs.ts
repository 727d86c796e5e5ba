import { Injectable } from '@nestjs/common';
import { Clock } from '../../common/clock';
import { Postgres } from '../database/postgres';

export interface JobRun {
  id: string;
  schedule: string;
  slot: Date;
  trigger: 'schedule' | 'manual';
  startedAt: Date;
  finishedAt: Date | null;
  attempts: number;
  counts: Record<string, number> | null;
  error: string | null;
}

const RUN_COLUMNS = `id, schedule, slot, trigger, started_at AS "startedAt", finished_at AS "finishedAt", attempts, counts, error`;

/** The rows that say which slot ran, when, and how it ended. */
@Injectable()
export class JobRuns {
  constructor(
    private readonly postgres: Postgres,
    private readonly clock: Clock,
  ) {}

  /**
   * Takes a slot. A slot that finished is never taken again; one that did not (its worker died, or it is tried again) is.
   * @returns false when the slot has run
   */
  async begin(schedule: string, slot: Date): Promise<boolean> {
    const rows = await this.postgres.query(
      `INSERT INTO job_run (schedule, slot, trigger, started_at, attempts) VALUES ($1, $2, 'schedule', $3, 1)
       ON CONFLICT (schedule, slot) DO UPDATE
         SET started_at = $3, attempts = job_run.attempts + 1, error = NULL
         WHERE job_run.finished_at IS NULL
       RETURNING id`,
      [schedule, slot, this.clock.now()],
    );
    return rows.length > 0;
  }

  /** Marks a slot that a person asked for, before its job exists. */
  async announce(schedule: string, slot: Date): Promise<JobRun> {
    const [run] = await this.postgres.query<JobRun>(
      `INSERT INTO job_run (schedule, slot, trigger, started_at, attempts) VALUES ($1, $2, 'manual', $2, 0)
       RETURNING ${RUN_COLUMNS}`,
      [schedule, slot],
    );
    if (!run) throw new Error('job_run returned no row');
    return run;
  }

  async succeed(schedule: string, slot: Date, counts: Record<string, number>): Promise<void> {
    await this.postgres.query(
      `UPDATE job_run SET finished_at = $3, counts = $4, error = NULL WHERE schedule = $1 AND slot = $2`,
      [schedule, slot, this.clock.now(), counts],
    );
  }

  /** `final` ends the run; otherwise it will be tried again. */
  async fail(schedule: string, slot: Date, error: string, final: boolean): Promise<void> {
    await this.postgres.query(`UPDATE job_run SET finished_at = $3, error = $4 WHERE schedule = $1 AND slot = $2`, [
      schedule,
      slot,
      final ? this.clock.now() : null,
      error.slice(0, 1000),
    ]);
  }

  async list(limit: number, beforeId: string | null, schedule: string | null): Promise<JobRun[]> {
    return this.postgres.query<JobRun>(
      `SELECT ${RUN_COLUMNS} FROM job_run
       WHERE ($2::bigint IS NULL OR id < $2) AND ($3::text IS NULL OR schedule = $3)
       ORDER BY id DESC LIMIT $1`,
      [limit, beforeId, schedule],
    );
  }

  /** The latest run of each schedule. */
  async latest(): Promise<Map<string, JobRun>> {
    const rows = await this.postgres.query<JobRun>(
      `SELECT DISTINCT ON (schedule) ${RUN_COLUMNS} FROM job_run ORDER BY schedule, slot DESC`,
    );
    return new Map(rows.map((run) => [run.schedule, run]));
  }
}
