import { Injectable } from '@nestjs/common';
import { Gauge, Histogram } from 'prom-client';
import { Postgres } from '../shared/database/postgres';
import { Metrics } from '../shared/metrics/metrics.service';
import { SourceName } from './marketplace-data';
import { SourceErrorKind } from './source-error';

@Injectable()
export class SourceMetrics {
  private readonly calls: Histogram<'source' | 'outcome'>;

  constructor(metrics: Metrics, postgres: Postgres) {
    this.calls = new Histogram({
      name: 'aip_source_call_duration_seconds',
      help: 'Time a call to a source took, by source and outcome',
      labelNames: ['source', 'outcome'],
      buckets: [0.05, 0.25, 1, 2.5, 5, 15, 60, 120],
      registers: [metrics.registry],
    });
    new Gauge({
      name: 'aip_source_budget_tokens',
      help: 'Tokens left at a source after the last call, less what calls under way may take; below zero is a debt',
      labelNames: ['source'],
      registers: [metrics.registry],
      async collect() {
        const rows = await postgres
          .query<{ source: string; tokens: number }>(
            `SELECT DISTINCT ON (source) source, tokens FROM source_budget ORDER BY source, answered_reservation DESC`,
          )
          // The other metrics are wanted most when the database is away.
          .catch(() => []);
        this.reset();
        for (const { source, tokens } of rows) this.set({ source }, tokens);
      },
    });
  }

  /** Starts the clock of a call; the returned function stops it. */
  start(source: SourceName): (outcome: 'ok' | 'error' | SourceErrorKind) => void {
    const end = this.calls.startTimer({ source });
    return (outcome) => {
      end({ outcome });
    };
  }
}
