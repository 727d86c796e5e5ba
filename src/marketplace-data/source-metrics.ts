import { Injectable } from '@nestjs/common';
import { Histogram } from 'prom-client';
import { Metrics } from '../shared/metrics/metrics.service';
import { SourceName } from './marketplace-data';
import { SourceErrorKind } from './source-error';

@Injectable()
export class SourceMetrics {
  private readonly calls: Histogram<'source' | 'outcome'>;

  constructor(metrics: Metrics) {
    this.calls = new Histogram({
      name: 'aip_source_call_duration_seconds',
      help: 'Time a call to a source took, by source and outcome',
      labelNames: ['source', 'outcome'],
      buckets: [0.05, 0.25, 1, 2.5, 5, 15, 60, 120],
      registers: [metrics.registry],
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
