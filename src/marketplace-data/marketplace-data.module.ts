import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Clock } from '../common/clock';
import { Config } from '../config/config';
import { SourceBudgetEntity } from './entities/source-budget.entity';
import { SourceReservationEntity } from './entities/source-reservation.entity';
import { KeepaClient } from './keepa/keepa-client';
import { KeepaSource } from './keepa/keepa.source';
import { KeepaFileService } from './keepa-file.service';
import { MarketplaceData } from './marketplace-data';
import { SandboxSource } from './sandbox/sandbox.source';
import { SourceBudget } from './source-budget';
import { SourceMetrics } from './source-metrics';
import { Sources } from './sources.service';

@Module({
  imports: [TypeOrmModule.forFeature([SourceBudgetEntity, SourceReservationEntity])],
  providers: [
    { provide: Sources, inject: [Config, Clock, SourceBudget], useFactory: configuredSources },
    SourceBudget,
    SourceMetrics,
    KeepaFileService,
  ],
  exports: [Sources, SourceMetrics, KeepaFileService],
})
export class MarketplaceDataModule {}

/** The sandbox comes first: it knows no ASIN but its own, and nobody else has to be asked about those. */
function configuredSources({ env, sandboxEnabled }: Config, clock: Clock, budget: SourceBudget): Sources {
  const sources: MarketplaceData[] = [];
  if (sandboxEnabled) sources.push(new SandboxSource(env.SANDBOX_SEED, () => clock.now()));
  if (env.KEEPA_API_KEY !== undefined) {
    const client = new KeepaClient({ key: env.KEEPA_API_KEY, baseUrl: env.KEEPA_BASE_URL }, budget);
    sources.push(new KeepaSource(client, clock));
  }
  return new Sources(sources);
}
