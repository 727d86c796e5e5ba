import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram } from 'prom-client';
import { Postgres } from '../shared/database/postgres';
import { Metrics } from '../shared/metrics/metrics.service';
import { FailureResult, SourceName } from './marketplace-data';
import { SourceErrorKind } from './source-error';

@Injectable()
export class SourceMetrics {
  private readonly calls: Histogram<'source' | 'outcome'>;
  private readonly failures: Counter<'source' | 'result'>;

  constructor(metrics: Metrics, postgres: Postgres) {
    this.calls = new Histogram({
      name: 'aip_source_call_duration_seconds',
      help: 'Time a call to a source took, by source and outcome',
      labelNames: ['source', 'outcome'],
      buckets: [0.05, 0.25, 1, 2.5, 5, 15, 60, 120],
      registers: [metrics.registry],
    });
    this.failures = new Counter({
      name: 'aip_source_failed_listings_total',
      help: 'Listings of answered calls that gave no reading, by source and result',
      labelNames: ['source', 'result'],
      registers: [metrics.registry],
    });
    const gauge = (name: string, help: string, sql: string) =>
      new Gauge({
        name,
        help,
        labelNames: ['source'],
        registers: [metrics.registry],
        async collect() {
          // The other metrics are wanted most when the database is away.
          const rows = await postgres.query<{ source: string; value: number }>(sql).catch(() => []);
          this.reset();
          for (const { source, value } of rows) this.set({ source }, value);
        },
      });
    gauge(
      'aip_source_budget_tokens',
      'Tokens left at a source after the last call, less what calls under way may take; below zero is a debt',
      `SELECT DISTINCT ON (source) source, tokens AS value FROM source_budget ORDER BY source, answered_at DESC`,
    );
    gauge(
      'aip_source_units_today',
      'Units (tokens, credits, requests) taken of a source since midnight UTC',
      `SELECT source, units AS value FROM source_usage WHERE day = (now() AT TIME ZONE 'UTC')::date`,
    );
    gauge(
      'aip_source_open',
      'Whether the circuit breaker of a source is open: 1 while it is not asked',
      `SELECT source, (coalesce(open_until > now(), false))::int AS value FROM source_health`,
    );
  }

  /** Starts the clock of a call; the returned function stops it. */
  start(source: SourceName): (outcome: 'ok' | 'error' | SourceErrorKind) => void {
    const end = this.calls.startTimer({ source });
    return (outcome) => {
      end({ outcome });
    };
  }

  countFailure(source: SourceName, result: FailureResult): void {
    this.failures.inc({ source, result });
  }
}
