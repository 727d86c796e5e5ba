import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock';
import { Config } from '../config/config';
import { Postgres } from '../shared/database/postgres';
import { SourceName } from './marketplace-data';
import { SourceError, SourceErrorKind } from './source-error';
import { SourceMetrics } from './source-metrics';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Failed calls in a row after which a source is left alone for a while. */
const FAILURES_TO_OPEN = 5;
/** The first pause; it doubles with each failed trial. */
const FIRST_PAUSE_MINUTES = 1;
const LONGEST_PAUSE_MINUTES = 60;

/** Failures that say something of the source, and not of one call or of our own budget. */
const COUNTED: ReadonlySet<SourceErrorKind> = new Set([
  'auth_failed',
  'blocked',
  'quota_exhausted',
  'timeout',
  'unparseable',
  'upstream_error',
]);

/** Why a source cannot be asked now, and from when it can. */
export interface Closure {
  kind: 'unavailable' | 'quota_exhausted';
  until: Date;
}

/**
 * Every call to a source goes through here: it is counted against the source's budget of the day, and not made while the
 * source's circuit breaker is open. Both lie in the database, so that all workers of all processes share them.
 */
@Injectable()
export class SourceCalls {
  constructor(
    private readonly postgres: Postgres,
    private readonly clock: Clock,
    private readonly metrics: SourceMetrics,
    private readonly config: Config,
  ) {}

  /**
   * @param units what the call costs at most, in the unit the source charges
   * @param hasFailed whether an answer that came is a failure of the source all the same: every page was blocked
   * @throws SourceError `unavailable` or `quota_exhausted` when the call was not made, else what `work` threw
   */
  async make<T>(
    source: SourceName,
    units: number,
    work: () => Promise<T>,
    hasFailed: (answer: T) => SourceErrorKind | undefined = () => undefined,
  ): Promise<T> {
    const closure = await this.admit(source, units);
    if (closure) {
      const wait = Math.max(1, closure.until.getTime() - this.clock.now().getTime());
      const reason = closure.kind === 'unavailable' ? 'left alone after failures' : 'the budget of the day is used up';
      throw new SourceError(closure.kind, `${source}: ${reason}`, wait);
    }
    const stop = this.metrics.start(source);
    try {
      const answer = await work();
      const failure = hasFailed(answer);
      stop(failure ?? 'ok');
      await this.note(source, failure, failure === undefined ? '' : 'every listing of the last call failed so');
      return answer;
    } catch (error) {
      const kind = error instanceof SourceError ? error.kind : 'upstream_error';
      stop(error instanceof SourceError ? kind : 'error');
      await this.note(source, kind, error instanceof SourceError ? error.message : 'a fault of ours');
      throw error;
    }
  }

  /** The sources that cannot be asked now. */
  async closures(): Promise<Map<string, Closure>> {
    const now = this.clock.now();
    const rows = await this.postgres.query<{ source: string; open_until: Date | null; units: number | null }>(
      {
        name: 'source-closures',
        text: `SELECT coalesce(h.source, u.source) AS source, h.open_until, u.units
               FROM (SELECT * FROM source_health WHERE open_until > $1) h
               FULL JOIN (SELECT * FROM source_usage WHERE day = $2) u USING (source)`,
      },
      [now, dayOf(now)],
    );
    const closures = new Map<string, Closure>();
    for (const { source, open_until, units } of rows) {
      const limit = this.config.sourceDailyLimits[source as SourceName];
      if (open_until) closures.set(source, { kind: 'unavailable', until: open_until });
      else if (limit !== undefined && (units ?? 0) >= limit) {
        closures.set(source, { kind: 'quota_exhausted', until: tomorrow(now) });
      }
    }
    return closures;
  }

  /** Takes the units, unless the breaker is open or the day's budget does not hold them. */
  private async admit(source: SourceName, units: number): Promise<Closure | undefined> {
    const now = this.clock.now();
    // Whoever makes the trial keeps the others out until it is answered, or a minute is over.
    const [health] = await this.postgres.query<{ open_until: Date; trial: boolean }>(
      `WITH found AS (SELECT source, open_until FROM source_health WHERE source = $1 AND open_until IS NOT NULL FOR UPDATE),
       trial AS (
         UPDATE source_health h SET open_until = $3 FROM found f WHERE h.source = f.source AND f.open_until <= $2 RETURNING h.source
       )
       SELECT f.open_until, t.source IS NOT NULL AS trial FROM found f LEFT JOIN trial t USING (source)`,
      [source, now, new Date(now.getTime() + MINUTE_MS)],
    );
    if (health && !health.trial) return { kind: 'unavailable', until: health.open_until };
    const limit = this.config.sourceDailyLimits[source] ?? null;
    const taken = await this.postgres.query(
      `INSERT INTO source_usage AS u (source, day, calls, units) SELECT $1, $2, 1, $3::int WHERE $4::int IS NULL OR $3 <= $4
       ON CONFLICT (source, day) DO UPDATE SET calls = u.calls + 1, units = u.units + $3
       WHERE $4::int IS NULL OR u.units + $3 <= $4
       RETURNING u.source`,
      [source, dayOf(now), units, limit],
    );
    return taken.length > 0 ? undefined : { kind: 'quota_exhausted', until: tomorrow(now) };
  }

  private async note(source: SourceName, failure: SourceErrorKind | undefined, message: string): Promise<void> {
    const now = this.clock.now();
    if (failure === undefined) {
      await this.postgres.query(
        `INSERT INTO source_health (source, last_ok_at) VALUES ($1, $2)
         ON CONFLICT (source) DO UPDATE SET failures = 0, open_until = NULL, last_ok_at = $2`,
        [source, now],
      );
      return;
    }
    const counts = COUNTED.has(failure);
    // A refused key does not mend itself by asking again.
    const final = failure === 'auth_failed' || failure === 'quota_exhausted';
    await this.postgres.query(
      `WITH usage AS (UPDATE source_usage SET failed_calls = failed_calls + 1 WHERE source = $1 AND day = $5)
       INSERT INTO source_health AS h (source, failures, open_until, last_error_at, last_error_kind, last_error)
       VALUES ($1, $6::int, CASE WHEN $7 THEN $2::timestamptz + interval '${FIRST_PAUSE_MINUTES} min' END, $2, $3, $4)
       ON CONFLICT (source) DO UPDATE SET last_error_at = $2, last_error_kind = $3, last_error = $4,
         failures = h.failures + $6,
         open_until = CASE WHEN $6 = 0 THEN h.open_until
           WHEN h.failures + 1 >= ${FAILURES_TO_OPEN} OR $7 THEN $2::timestamptz + make_interval(mins =>
             least(${LONGEST_PAUSE_MINUTES}, ${FIRST_PAUSE_MINUTES} * 2 ^ least(10, greatest(0, h.failures + 1 - ${FAILURES_TO_OPEN})))::int) END`,
      [source, now, failure, message.slice(0, 500), dayOf(now), counts ? 1 : 0, final],
    );
  }
}

/** The day in UTC, as `source_usage` counts. */
export function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}

function tomorrow(now: Date): Date {
  return new Date((Math.floor(now.getTime() / DAY_MS) + 1) * DAY_MS);
}
