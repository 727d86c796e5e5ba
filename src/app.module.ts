import { DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { AiInsightsModule } from './ai-insights/ai-insights.module';
import { AlertsModule } from './alerts/alerts.module';
import { AnalyticsModule } from './analytics/analytics.module';
import { AccessGuard } from './auth/access.guard';
import { AuthModule } from './auth/auth.module';
import { IdentityGuard } from './auth/identity.guard';
import { BodyGuard } from './common/body.guard';
import { ProblemFilter } from './common/problem.filter';
import { createValidationPipe } from './common/validation';
import { CompetitorsModule } from './competitors/competitors.module';
import { Config } from './config/config';
import { ConfigModule } from './config/config.module';
import { MarketplaceDataModule } from './marketplace-data/marketplace-data.module';
import { PriceHistoryModule } from './price-history/price-history.module';
import { ProductsModule } from './products/products.module';
import { DatabaseModule } from './shared/database/database.module';
import { HealthModule } from './shared/health/health.module';
import { IdempotencyGuard } from './shared/idempotency/idempotency.guard';
import { LoggingModule } from './shared/logging/logging.module';
import { MetricsModule } from './shared/metrics/metrics.module';
import { QueueModule } from './shared/queue/queue.module';
import { RedisModule } from './shared/redis/redis.module';
import { RequestThrottlerGuard } from './shared/throttler/request-throttler.guard';
import { ThrottlerModule } from './shared/throttler/throttler.module';
import { UsersModule } from './users/users.module';

@Module({})
export class AppModule {
  static with(config: Config): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.with(config),
        LoggingModule,
        MetricsModule,
        DatabaseModule,
        RedisModule,
        QueueModule,
        ThrottlerModule,
        HealthModule,
        UsersModule,
        AuthModule,
        MarketplaceDataModule,
        ProductsModule,
        PriceHistoryModule,
        CompetitorsModule,
        AlertsModule,
        AnalyticsModule,
        AiInsightsModule,
      ],
      providers: [
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_PIPE, useFactory: createValidationPipe },
        IdempotencyGuard,
        // In this order: who is asking, whether that caller may ask again already, whether they may ask this, in this form, and
        // whether they did before.
        { provide: APP_GUARD, useExisting: IdentityGuard },
        { provide: APP_GUARD, useClass: RequestThrottlerGuard },
        { provide: APP_GUARD, useExisting: AccessGuard },
        { provide: APP_GUARD, useClass: BodyGuard },
        { provide: APP_GUARD, useExisting: IdempotencyGuard },
      ],
    };
  }
}
