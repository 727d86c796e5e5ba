import { BullModule } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { PriceHistoryModule } from '../price-history/price-history.module';
import { MarketController } from './market/market.controller';
import { MarketOverview } from './market/market-overview.service';
import { OwnSalesEntity } from './sales/entities/own-sales.entity';
import { SalesModelEntity } from './sales/entities/sales-model.entity';
import { OwnSalesService } from './sales/own-sales.service';
import { SalesEstimates } from './sales/sales-estimates.service';
import { SalesFitProcessor } from './sales/sales-fit.processor';
import { SalesFitScheduler } from './sales/sales-fit.scheduler';
import { SalesFitService } from './sales/sales-fit.service';
import { SALES_FIT_QUEUE } from './sales/sales.queue';
import { SalesController } from './sales/sales.controller';

@Module({
  imports: [
    PriceHistoryModule,
    TypeOrmModule.forFeature([OwnSalesEntity, SalesModelEntity]),
    BullModule.registerQueue({ name: SALES_FIT_QUEUE }),
  ],
  controllers: [MarketController, SalesController],
  providers: [MarketOverview, OwnSalesService, SalesEstimates, SalesFitProcessor, SalesFitScheduler, SalesFitService],
})
export class AnalyticsModule {}
