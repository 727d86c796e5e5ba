import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Clock } from '../common/clock';
import { Config } from '../config/config';
import { parseFirecrawlSettings } from '../config/firecrawl-settings';
import { AdminSourcesController } from './admin-sources.controller';
import { SourceBudgetEntity } from './entities/source-budget.entity';
import { SourceHealthEntity } from './entities/source-health.entity';
import { SourceReservationEntity } from './entities/source-reservation.entity';
import { SourceUsageEntity } from './entities/source-usage.entity';
import { FirecrawlClient } from './firecrawl/firecrawl-client';
import { FirecrawlSource } from './firecrawl/firecrawl.source';
import { KeepaClient } from './keepa/keepa-client';
import { KeepaSource } from './keepa/keepa.source';
import { KeepaFileService } from './keepa-file.service';
import { MarketplaceData } from './marketplace-data';
import { SandboxSource } from './sandbox/sandbox.source';
import { SourceBudget } from './source-budget';
import { SourceCalls } from './source-calls.service';
import { SourceMetrics } from './source-metrics';
import { SourceStatus } from './source-status.service';
import { Sources } from './sources.service';

const FIRECRAWL_CLOUD = 'https://api.firecrawl.dev';

@Module({
  imports: [
    TypeOrmModule.forFeature([SourceBudgetEntity, SourceReservationEntity, SourceHealthEntity, SourceUsageEntity]),
  ],
  controllers: [AdminSourcesController],
  providers: [
    { provide: Sources, inject: [Config, Clock, SourceBudget], useFactory: configuredSources },
    SourceBudget,
    SourceCalls,
    SourceMetrics,
    SourceStatus,
    KeepaFileService,
  ],
  exports: [Sources, SourceCalls, SourceMetrics, SourceStatus, KeepaFileService],
})
export class MarketplaceDataModule {}

function configuredSources({ env, sandboxEnabled, sourceOrder }: Config, clock: Clock, budget: SourceBudget): Sources {
  const sources: MarketplaceData[] = [];
  if (sandboxEnabled) sources.push(new SandboxSource(env.SANDBOX_SEED, () => clock.now()));
  if (env.KEEPA_API_KEY !== undefined) {
    const client = new KeepaClient({ key: env.KEEPA_API_KEY, baseUrl: env.KEEPA_BASE_URL }, budget);
    sources.push(new KeepaSource(client, clock));
  }
  // A server of one's own may ask for no key: its address turns the source on too.
  if (env.FIRECRAWL_API_KEY !== undefined || env.FIRECRAWL_BASE_URL !== undefined) {
    const options = { key: env.FIRECRAWL_API_KEY, baseUrl: env.FIRECRAWL_BASE_URL ?? FIRECRAWL_CLOUD };
    const settings = parseFirecrawlSettings(env.FIRECRAWL_SETTINGS);
    sources.push(new FirecrawlSource(new FirecrawlClient(options, clock), settings, clock));
  }
  return new Sources(sources, sourceOrder);
}
