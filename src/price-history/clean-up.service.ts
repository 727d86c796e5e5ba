import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock';
import { toMinute } from '../common/minute';
import { Config } from '../config/config';
import { Postgres } from '../shared/database/postgres';

const DAY_MS = 86_400_000;
const RUN_RETENTION_DAYS = 90;
/** Rows per statement, so that a large clean-up never holds locks for long. */
const CHUNK = 10_000;

@Injectable()
export class CleanUpService {
  constructor(
    private readonly postgres: Postgres,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /**
   * Deletes what is past its retention. A point is past it when the value it holds ended before the limit;
   * the last point of a series always stays, so that a quiet listing keeps its current value.
   */
  async run(): Promise<Record<string, number>> {
    const { HISTORY_RETENTION_DAYS, CHECK_RETENTION_DAYS } = this.config.env;
    return {
      points: await this.deleteAll(
        `DELETE FROM observation WHERE ctid = ANY (ARRAY(
           SELECT o.ctid FROM observation o
           WHERE o.minute < $1 AND o.until < $1 AND EXISTS (
             SELECT 1 FROM observation n
             WHERE n.listing_id = o.listing_id AND n.metric = o.metric AND n.product_id IS NOT DISTINCT FROM o.product_id
               AND n.minute > o.minute)
           LIMIT $2)) RETURNING 1`,
        toMinute(this.daysAgo(HISTORY_RETENTION_DAYS)),
      ),
      checks: await this.deleteAll(
        `DELETE FROM listing_check WHERE ctid = ANY (ARRAY(
           SELECT ctid FROM listing_check WHERE checked_at < $1 LIMIT $2)) RETURNING 1`,
        this.daysAgo(CHECK_RETENTION_DAYS),
      ),
      runs: await this.deleteAll(
        `DELETE FROM job_run WHERE id = ANY (ARRAY(
           SELECT id FROM job_run WHERE finished_at < $1 LIMIT $2)) RETURNING 1`,
        this.daysAgo(RUN_RETENTION_DAYS),
      ),
      sessions: await this.deleteAll(
        `DELETE FROM auth_session WHERE id = ANY (ARRAY(
           SELECT id FROM auth_session WHERE expires_at < $1 LIMIT $2)) RETURNING 1`,
        this.clock.now(),
      ),
      idempotencyKeys: await this.deleteAll(
        `DELETE FROM idempotency_key WHERE ctid = ANY (ARRAY(
           SELECT ctid FROM idempotency_key WHERE created_at < $1 LIMIT $2)) RETURNING 1`,
        this.daysAgo(1),
      ),
    };
  }

  private async deleteAll(statement: string, limit: Date | number): Promise<number> {
    let total = 0;
    for (;;) {
      const rows = await this.postgres.query(statement, [limit, CHUNK]);
      total += rows.length;
      if (rows.length < CHUNK) return total;
    }
  }

  private daysAgo(days: number): Date {
    return new Date(this.clock.now().getTime() - days * DAY_MS);
  }
}
