import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Clock } from '../common/clock';
import { Config } from '../config/config';
import { Environment } from '../config/environment';
import { parseFirecrawlSettings } from '../config/firecrawl-settings';
import { Postgres } from '../shared/database/postgres';
import { AdminSourcesController } from './admin-sources.controller';
import { SourceBudgetEntity } from './entities/source-budget.entity';
import { SourceHealthEntity } from './entities/source-health.entity';
import { SourceReservationEntity } from './entities/source-reservation.entity';
import { SourceRateEntity } from './entities/source-rate.entity';
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
import { SourceRates } from './source-rates';
import { SourceStatus } from './source-status.service';
import { Sources } from './sources.service';
import { LwaTokens } from './sp-api/lwa-tokens';
import { SpApiClient } from './sp-api/sp-api-client';
import { SpApiSource } from './sp-api/sp-api.source';

const FIRECRAWL_CLOUD = 'https://api.firecrawl.dev';

@Module({
  imports: [
    TypeOrmModule.forFeature([
      SourceBudgetEntity,
      SourceReservationEntity,
      SourceHealthEntity,
      SourceUsageEntity,
      SourceRateEntity,
    ]),
  ],
  controllers: [AdminSourcesController],
  providers: [
    { provide: Sources, inject: [Config, Clock, SourceBudget, Postgres], useFactory: configuredSources },
    SourceBudget,
    SourceCalls,
    SourceMetrics,
    SourceStatus,
    KeepaFileService,
  ],
  exports: [Sources, SourceCalls, SourceMetrics, SourceStatus, KeepaFileService],
})
export class MarketplaceDataModule {}

function configuredSources(config: Config, clock: Clock, budget: SourceBudget, postgres: Postgres): Sources {
  const { env, sandboxEnabled, sourceOrder } = config;
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
  const spApi = spApiSource(env, clock, new SourceRates(postgres, clock));
  if (spApi) sources.push(spApi);
  return new Sources(sources, sourceOrder);
}

/** Of the regions for which there is a refresh token. */
function spApiSource(env: Environment, clock: Clock, rates: SourceRates): SpApiSource | undefined {
  const { SP_API_CLIENT_ID: clientId, SP_API_CLIENT_SECRET: clientSecret, SP_API_LWA_URL: url } = env;
  if (clientId === undefined || clientSecret === undefined) return undefined;
  const tokensOf = (refreshToken: string | undefined) =>
    refreshToken === undefined ? undefined : new LwaTokens({ url, clientId, clientSecret, refreshToken }, clock);
  const tokens = {
    na: tokensOf(env.SP_API_REFRESH_TOKEN_NA),
    eu: tokensOf(env.SP_API_REFRESH_TOKEN_EU),
    fe: tokensOf(env.SP_API_REFRESH_TOKEN_FE),
  };
  const client = new SpApiClient({ tokens, sandbox: env.SP_API_SANDBOX, baseUrl: env.SP_API_BASE_URL }, rates);
  return new SpApiSource(client, clock);
}
