import { BullModule } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AlertsModule } from '../alerts/alerts.module';
import { AnalyticsModule } from '../analytics/analytics.module';
import { CompetitorsModule } from '../competitors/competitors.module';
import { PriceHistoryModule } from '../price-history/price-history.module';
import { ProductsModule } from '../products/products.module';
import { UsersModule } from '../users/users.module';
import { EvidenceReader } from './evidence/evidence-reader';
import { InsightEntity } from './insights/entities/insight.entity';
import { InsightsController } from './insights/insights.controller';
import { InsightsProcessor } from './insights/insights.processor';
import { INSIGHTS_QUEUE } from './insights/insights.queue';
import { InsightsScheduler } from './insights/insights.scheduler';
import { Insights } from './insights/insights.service';
import { WORDING_PROVIDERS } from './wording/wording.providers';

@Module({
  imports: [
    AlertsModule,
    AnalyticsModule,
    CompetitorsModule,
    PriceHistoryModule,
    ProductsModule,
    UsersModule,
    TypeOrmModule.forFeature([InsightEntity]),
    BullModule.registerQueue({ name: INSIGHTS_QUEUE }),
  ],
  controllers: [InsightsController],
  providers: [EvidenceReader, Insights, InsightsProcessor, InsightsScheduler, ...WORDING_PROVIDERS],
})
export class AiInsightsModule {}
