import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { CurrentUser, Identity } from '../../common/access';
import { UuidPipe } from '../../common/uuid.pipe';
import { Limited } from '../../shared/throttler/limited';
import { ProductAnalyticsQuery } from './dto/product-analytics.dto';
import { ProductAnalyticsView } from './dto/product-analytics.view';
import { ProductAnalytics } from './product-analytics.service';

@ApiTags('analytics')
@ApiBearerAuth()
@Controller()
export class ProductAnalyticsController {
  constructor(private readonly analytics: ProductAnalytics) {}

  /**
   * What the product's series say: statistics, trends, changes of level, weekdays, price and rank, time in stock, units and forecasts, each
   * with its interval, and of each part that is not there what is missing. Computed in the background when a reading has come since.
   */
  @Limited('product-reads')
  @Get('products/:id/analytics')
  getProductAnalytics(
    @CurrentUser() user: Identity,
    @Param('id', UuidPipe) id: string,
    @Query() { horizon }: ProductAnalyticsQuery,
  ): Promise<ProductAnalyticsView> {
    return this.analytics.show(user.userId, id, horizon);
  }
}
