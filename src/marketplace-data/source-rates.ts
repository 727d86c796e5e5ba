import { Clock } from '../common/clock';
import { Postgres } from '../shared/database/postgres';
import { SourceName } from './marketplace-data';

export interface RateLimit {
  /** Calls a second, until the source says otherwise. */
  rate: number;
  /** Calls that may come at once after a rest. */
  burst: number;
}

/**
 * Limits in calls a second, shared by all workers of all processes. The method is the generic cell rate algorithm (ITU-T
 * I.371): one time per operation says when the next call would be due if calls came evenly, and a call may be early by as
 * much as the burst allows.
 */
export class SourceRates {
  constructor(
    private readonly postgres: Postgres,
    private readonly clock: Clock,
  ) {}

  /** Takes a place. @returns 0, or the milliseconds until there is one */
  async take(source: SourceName, operation: string, { rate, burst }: RateLimit): Promise<number> {
    const now = this.clock.now();
    const [taken] = await this.postgres.query(
      {
        name: 'take-source-rate',
        text: `INSERT INTO source_rate AS r (source, operation, rate, arrival_at)
               VALUES ($1, $2, $3, $4::timestamptz + make_interval(secs => 1 / $3::double precision))
               ON CONFLICT (source, operation) DO UPDATE
               SET arrival_at = greatest(r.arrival_at, $4) + make_interval(secs => 1 / r.rate)
               WHERE r.arrival_at - make_interval(secs => ($5 - 1) / r.rate) <= $4
               RETURNING r.source`,
      },
      [source, operation, rate, now, burst],
    );
    if (taken) return 0;
    const [limit] = await this.postgres.query<{ rate: number; arrival_at: Date }>(
      `SELECT rate, arrival_at FROM source_rate WHERE source = $1 AND operation = $2`,
      [source, operation],
    );
    if (!limit) return 0;
    return Math.max(1, limit.arrival_at.getTime() - ((burst - 1) * 1000) / limit.rate - now.getTime());
  }

  /** What the source says its limit is: the calls made so far take their time at that rate. */
  async learn(source: SourceName, operation: string, rate: number): Promise<void> {
    await this.postgres.query(
      `UPDATE source_rate SET rate = $3, arrival_at = $4::timestamptz + greatest(arrival_at - $4, interval '0') * (rate / $3)
       WHERE source = $1 AND operation = $2 AND rate <> $3`,
      [source, operation, rate, this.clock.now()],
    );
  }
}
