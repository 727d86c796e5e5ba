import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiConflictResponse, ApiTags } from '@nestjs/swagger';
import { CurrentUser, Identity } from '../../common/access';
import { PageQuery } from '../../common/pagination';
import { UuidPipe } from '../../common/uuid.pipe';
import { Limited } from '../../shared/throttler/limited';
import { ClaimReceiptView, InsightPage, InsightQueuedView, InsightView } from './dto/insight.view';
import { Insights } from './insights.service';

@ApiTags('ai-insights')
@ApiBearerAuth()
@Controller()
export class InsightsController {
  constructor(private readonly insights: Insights) {}

  /** Asks for an insight of the product as it is now. There is one every day too. */
  @Post('products/:id/insights')
  @HttpCode(202)
  requestInsight(@CurrentUser() user: Identity, @Param('id', UuidPipe) id: string): Promise<InsightQueuedView> {
    return this.insights.request(user.userId, id);
  }

  /** The product's insights, the latest first. */
  @Limited('product-reads')
  @Get('products/:id/insights')
  listInsights(
    @CurrentUser() user: Identity,
    @Param('id', UuidPipe) id: string,
    @Query() query: PageQuery,
  ): Promise<InsightPage> {
    return this.insights.list(user.userId, id, query);
  }

  /** What was told, as it was then: each claim with its method, interval, confidence and what it rests on, and what could not be claimed. */
  @Limited('product-reads')
  @Get('insights/:id')
  getInsight(@CurrentUser() user: Identity, @Param('id', UuidPipe) id: string): Promise<InsightView> {
    return this.insights.get(user.userId, id);
  }

  /** The receipt of a claim: the readings that it rests on as they were then, and whether it follows from them once more. */
  @Limited('product-reads')
  @Get('insights/:id/claims/:key')
  @ApiConflictResponse({ description: 'The insight is not ready' })
  getClaim(
    @CurrentUser() user: Identity,
    @Param('id', UuidPipe) id: string,
    @Param('key') key: string,
  ): Promise<ClaimReceiptView> {
    return this.insights.receipt(user.userId, id, key);
  }
}
