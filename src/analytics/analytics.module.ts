import { BullModule } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CompetitorsModule } from '../competitors/competitors.module';
import { PriceHistoryModule } from '../price-history/price-history.module';
import { MarketController } from './market/market.controller';
import { MarketOverview } from './market/market-overview.service';
import { ProductsModule } from '../products/products.module';
import { PortfolioController } from './portfolio/portfolio.controller';
import { Portfolio } from './portfolio/portfolio.service';
import { ANALYTICS_QUEUE } from './product/analytics.queue';
import { ProductAnalyticsEntity } from './product/entities/product-analytics.entity';
import { ProductAnalyticsController } from './product/product-analytics.controller';
import { ProductAnalyticsProcessor } from './product/product-analytics.processor';
import { ProductAnalyticsScheduler } from './product/product-analytics.scheduler';
import { ProductAnalytics } from './product/product-analytics.service';
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
    CompetitorsModule,
    PriceHistoryModule,
    ProductsModule,
    TypeOrmModule.forFeature([OwnSalesEntity, ProductAnalyticsEntity, SalesModelEntity]),
    BullModule.registerQueue({ name: ANALYTICS_QUEUE }, { name: SALES_FIT_QUEUE }),
  ],
  controllers: [MarketController, PortfolioController, ProductAnalyticsController, SalesController],
  providers: [
    MarketOverview,
    OwnSalesService,
    Portfolio,
    ProductAnalytics,
    ProductAnalyticsProcessor,
    ProductAnalyticsScheduler,
    SalesEstimates,
    SalesFitProcessor,
    SalesFitScheduler,
    SalesFitService,
  ],
  exports: [SalesEstimates],
})
export class AnalyticsModule {}
