import { BullModule } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { PriceHistoryModule } from '../price-history/price-history.module';
import { MarketplaceDataModule } from '../marketplace-data/marketplace-data.module';
import { ProductsModule } from '../products/products.module';
import { AnalysisProcessor } from './analysis.processor';
import { AnalysisScheduler } from './analysis.scheduler';
import { AnalysisService } from './analysis.service';
import { CompetitorsController } from './competitors.controller';
import { ANALYSIS_QUEUE, DISCOVERY_QUEUE } from './competitors.queue';
import { CompetitorsService } from './competitors.service';
import { DiscoveryLog } from './discovery-log';
import { DiscoveryProcessor } from './discovery.processor';
import { DiscoveryScheduler } from './discovery.scheduler';
import { DiscoveryService } from './discovery.service';
import { CompetitiveAnalysisEntity } from './entities/competitive-analysis.entity';
import { CompetitorDiscoveryEntity } from './entities/competitor-discovery.entity';
import { CompetitorFoundEntity } from './entities/competitor-found.entity';
import { CompetitorEntity } from './entities/competitor.entity';
import { RivalNews } from './rival-news.service';
import { RivalSearch } from './rival-search.service';

@Module({
  imports: [
    PriceHistoryModule,
    MarketplaceDataModule,
    ProductsModule,
    TypeOrmModule.forFeature([
      CompetitiveAnalysisEntity,
      CompetitorDiscoveryEntity,
      CompetitorEntity,
      CompetitorFoundEntity,
    ]),
    BullModule.registerQueue({ name: ANALYSIS_QUEUE }, { name: DISCOVERY_QUEUE }),
  ],
  controllers: [CompetitorsController],
  providers: [
    AnalysisProcessor,
    AnalysisScheduler,
    AnalysisService,
    CompetitorsService,
    DiscoveryLog,
    DiscoveryProcessor,
    DiscoveryScheduler,
    DiscoveryService,
    RivalNews,
    RivalSearch,
  ],
  exports: [AnalysisService, RivalNews],
})
export class CompetitorsModule {}
