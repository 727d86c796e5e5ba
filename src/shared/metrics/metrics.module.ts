import { Global, Module } from '@nestjs/common';
import { JobMetrics } from './job-metrics';
import { MetricsController } from './metrics.controller';
import { Metrics } from './metrics.service';
import { RequestMetrics } from './request-metrics';

@Global()
@Module({
  controllers: [MetricsController],
  providers: [Metrics, JobMetrics, RequestMetrics],
  exports: [Metrics, JobMetrics, RequestMetrics],
})
export class MetricsModule {}
