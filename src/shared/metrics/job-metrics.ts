import { Injectable } from '@nestjs/common';
import { Histogram } from 'prom-client';
import { Metrics } from './metrics.service';

@Injectable()
export class JobMetrics {
  private readonly jobs: Histogram<'queue' | 'outcome'>;

  constructor(metrics: Metrics) {
    this.jobs = new Histogram({
      name: 'aip_job_duration_seconds',
      help: 'Time a job took, by queue and outcome',
      labelNames: ['queue', 'outcome'],
      buckets: [0.01, 0.05, 0.25, 1, 5, 30, 120],
      registers: [metrics.registry],
    });
  }

  finished(queue: string, outcome: 'completed' | 'failed', seconds: number): void {
    this.jobs.observe({ queue, outcome }, seconds);
  }
}
