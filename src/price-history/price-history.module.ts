import { BullModule } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { MarketplaceDataModule } from '../marketplace-data/marketplace-data.module';
import { ProductsModule } from '../products/products.module';
import { CaptureProcessor } from './capture.processor';
import { CaptureScheduler } from './capture.scheduler';
import { CaptureService } from './capture.service';
import { CheckLog } from './check-log.service';
import { CleanUpService } from './clean-up.service';
import { DueProcessor } from './due.processor';
import { DueService } from './due.service';
import { ListingChangeEntity } from './entities/listing-change.entity';
import { ListingCheckEntity } from './entities/listing-check.entity';
import { ObservationMonthEntity } from './entities/observation-month.entity';
import { ObservationEntity } from './entities/observation.entity';
import { FileImportController } from './file-import.controller';
import { FileImportService } from './file-import.service';
import { HistoryExportService } from './history-export.service';
import { HistoryImportService } from './history-import.service';
import { HistoryPacker } from './history-packer';
import { HistoryReader } from './history-reader';
import { ListingChangesController } from './listing-changes.controller';
import { ListingChanges } from './listing-changes.service';
import { ListingMetrics } from './listing-metrics';
import { PointWriter } from './point-writer';
import { PriceHistoryController } from './price-history.controller';
import { CAPTURE_QUEUE, RECORDED_QUEUE } from './price-history.queue';
import { PriceHistoryService } from './price-history.service';
import { Recorder } from './recorder';

@Module({
  imports: [
    ProductsModule,
    MarketplaceDataModule,
    TypeOrmModule.forFeature([ObservationEntity, ObservationMonthEntity, ListingCheckEntity, ListingChangeEntity]),
    BullModule.registerQueue({ name: CAPTURE_QUEUE }, { name: RECORDED_QUEUE }),
  ],
  controllers: [PriceHistoryController, ListingChangesController, FileImportController],
  providers: [
    CaptureProcessor,
    CaptureScheduler,
    CaptureService,
    CheckLog,
    CleanUpService,
    DueProcessor,
    DueService,
    FileImportService,
    HistoryExportService,
    HistoryImportService,
    HistoryPacker,
    HistoryReader,
    ListingChanges,
    ListingMetrics,
    PointWriter,
    PriceHistoryService,
    Recorder,
  ],
  exports: [CheckLog, ListingChanges, PriceHistoryService],
})
export class PriceHistoryModule {}
