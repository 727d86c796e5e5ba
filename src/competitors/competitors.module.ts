import { BullModule } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ProductsModule } from '../products/products.module';
import { CompetitorsController } from './competitors.controller';
import { DISCOVERY_QUEUE } from './competitors.queue';
import { CompetitorsService } from './competitors.service';
import { DiscoveryProcessor } from './discovery.processor';
import { DiscoveryScheduler } from './discovery.scheduler';
import { DiscoveryService } from './discovery.service';
import { CompetitorEntity } from './entities/competitor.entity';

@Module({
  imports: [
    ProductsModule,
    TypeOrmModule.forFeature([CompetitorEntity]),
    BullModule.registerQueue({ name: DISCOVERY_QUEUE }),
  ],
  controllers: [CompetitorsController],
  providers: [CompetitorsService, DiscoveryProcessor, DiscoveryScheduler, DiscoveryService],
})
export class CompetitorsModule {}
