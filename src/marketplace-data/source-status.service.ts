import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock';
import { Config } from '../config/config';
import { Postgres } from '../shared/database/postgres';
import { SourceView } from './dto/source.view';
import { SourceName } from './marketplace-data';
import { dayOf } from './source-calls.service';
import { SourceErrorKind } from './source-error';
import { Sources } from './sources.service';

interface StatusRow {
  name: SourceName;
  failures: number | null;
  open_until: Date | null;
  last_ok_at: Date | null;
  last_error_at: Date | null;
  last_error_kind: SourceErrorKind | null;
  last_error: string | null;
  calls: number | null;
  failed_calls: number | null;
  units: number | null;
  units_yesterday: number | null;
  bucket: number | null;
}

/** How the configured sources are, and what is left of their budgets. */
@Injectable()
export class SourceStatus {
  constructor(
    private readonly postgres: Postgres,
    private readonly sources: Sources,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  async list(): Promise<SourceView[]> {
    const rows = await this.rows();
    const now = this.clock.now();
    return this.sources.list().map((source): SourceView => {
      const row = rows.get(source.name);
      const limit = this.config.sourceDailyLimits[source.name] ?? null;
      const used = row?.units ?? 0;
      const openUntil = row?.open_until ?? null;
      return {
        name: source.name,
        state: openUntil === null ? 'closed' : openUntil > now ? 'open' : 'trial',
        openUntil: openUntil?.toISOString() ?? null,
        failures: row?.failures ?? 0,
        lastOkAt: row?.last_ok_at?.toISOString() ?? null,
        lastError:
          row?.last_error_at && row.last_error_kind
            ? { at: row.last_error_at.toISOString(), kind: row.last_error_kind, message: row.last_error ?? '' }
            : null,
        capabilities: source.capabilities,
        budget: {
          unit: source.unit,
          day: dayOf(now),
          usedToday: used,
          limitPerDay: limit,
          leftToday: limit === null ? null : Math.max(0, limit - used),
          bucket: row?.bucket ?? null,
          callsToday: row?.calls ?? 0,
          failedCallsToday: row?.failed_calls ?? 0,
        },
      };
    });
  }

  /** Units each source took on the last whole day, in UTC. */
  async unitsYesterday(): Promise<Map<SourceName, number>> {
    const rows = await this.rows();
    return new Map([...rows].map(([name, row]) => [name, row.units_yesterday ?? 0]));
  }

  private async rows(): Promise<Map<SourceName, StatusRow>> {
    const now = this.clock.now();
    const rows = await this.postgres.query<StatusRow & { name: SourceName }>(
      `SELECT n.name, h.failures, h.open_until, h.last_ok_at, h.last_error_at, h.last_error_kind, h.last_error,
              u.calls, u.failed_calls, u.units, y.units AS units_yesterday, b.tokens AS bucket
       FROM unnest($1::text[]) AS n(name)
       LEFT JOIN source_health h ON h.source = n.name
       LEFT JOIN source_usage u ON u.source = n.name AND u.day = $2
       LEFT JOIN source_usage y ON y.source = n.name AND y.day = $3
       LEFT JOIN LATERAL (
         SELECT tokens FROM source_budget WHERE source = n.name ORDER BY answered_at DESC LIMIT 1
       ) b ON true`,
      [this.sources.list().map(({ name }) => name), dayOf(now), dayOf(new Date(now.getTime() - 86_400_000))],
    );
    return new Map(rows.map((row) => [row.name, row]));
  }
}
