import { BullModule } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { MarketplaceDataModule } from '../marketplace-data/marketplace-data.module';
import { AdminTrackingCostController } from './admin-tracking-cost.controller';
import { ListingStateEntity } from './entities/listing-state.entity';
import { ListingWatchEntity } from './entities/listing-watch.entity';
import { ListingEntity } from './entities/listing.entity';
import { ProductEntity } from './entities/product.entity';
import { ProductImport } from './product-import';
import { ProductsController } from './products.controller';
import { LISTINGS_DUE_QUEUE } from './products.queue';
import { ProductsService } from './products.service';
import { Tracking } from './tracking.service';
import { TrackingCost } from './tracking-cost';

@Module({
  imports: [
    MarketplaceDataModule,
    TypeOrmModule.forFeature([ListingEntity, ListingStateEntity, ListingWatchEntity, ProductEntity]),
    BullModule.registerQueue({ name: LISTINGS_DUE_QUEUE }),
  ],
  controllers: [ProductsController, AdminTrackingCostController],
  providers: [ProductsService, ProductImport, Tracking, TrackingCost],
  exports: [ProductsService, Tracking, BullModule],
})
export class ProductsModule {}
