import { BullModule } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { MarketplaceDataModule } from '../marketplace-data/marketplace-data.module';
import { ProductsModule } from '../products/products.module';
import { CompetitorsController } from './competitors.controller';
import { DISCOVERY_QUEUE } from './competitors.queue';
import { CompetitorsService } from './competitors.service';
import { DiscoveryLog } from './discovery-log';
import { DiscoveryProcessor } from './discovery.processor';
import { DiscoveryScheduler } from './discovery.scheduler';
import { DiscoveryService } from './discovery.service';
import { CompetitorDiscoveryEntity } from './entities/competitor-discovery.entity';
import { CompetitorEntity } from './entities/competitor.entity';
import { RivalSearch } from './rival-search.service';

@Module({
  imports: [
    MarketplaceDataModule,
    ProductsModule,
    TypeOrmModule.forFeature([CompetitorEntity, CompetitorDiscoveryEntity]),
    BullModule.registerQueue({ name: DISCOVERY_QUEUE }),
  ],
  controllers: [CompetitorsController],
  providers: [CompetitorsService, DiscoveryProcessor, DiscoveryLog, DiscoveryScheduler, DiscoveryService, RivalSearch],
})
export class CompetitorsModule {}
