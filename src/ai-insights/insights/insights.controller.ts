import { Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiConflictResponse,
  ApiExtraModels,
  ApiOkResponse,
  ApiParam,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentUser, Identity } from '../../common/access';
import { PageQuery } from '../../common/pagination';
import { UuidPipe } from '../../common/uuid.pipe';
import { Limited } from '../../shared/throttler/limited';
import { ReportQuery } from './dto/insight.dto';
import {
  ClaimReceiptView,
  InsightPage,
  InsightQueuedView,
  InsightView,
  ReportQueuedView,
  ReportView,
} from './dto/insight.view';
import { Insights } from './insights.service';

@ApiTags('ai-insights')
@ApiBearerAuth()
@Controller()
export class InsightsController {
  constructor(private readonly insights: Insights) {}

  /**
   * Asks for an insight of the product as it is now; a worker makes it, mostly within seconds: GET /insights/{id} is `queued` until then. There is one
   * every day too.
   */
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

  /**
   * Asks for the report of the product as it is now: position, competitors, changes, causes, forecast, recommendations and risks.
   * It is an insight, of which GET /insights/{id}/report gives the whole.
   */
  @Post('products/:id/intelligence-report')
  @HttpCode(202)
  async requestReport(@CurrentUser() user: Identity, @Param('id', UuidPipe) id: string): Promise<ReportQueuedView> {
    const queued = await this.insights.request(user.userId, id);
    return { ...queued, report: `/api/v1/insights/${queued.id}/report` };
  }

  /** The report of an insight, also of an old one: as JSON, as Markdown, or as one page of HTML with charts. */
  @Limited('product-reads')
  @Get('insights/:id/report')
  @ApiOkResponse({
    content: {
      'application/json': { schema: { $ref: getSchemaPath(ReportView) } },
      'text/markdown': { schema: { type: 'string' } },
      'text/html': { schema: { type: 'string' } },
    },
  })
  @ApiExtraModels(ReportView)
  @ApiConflictResponse({ description: 'The insight is not ready' })
  async getReport(
    @CurrentUser() user: Identity,
    @Param('id', UuidPipe) id: string,
    @Query() { format }: ReportQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ReportView | string> {
    if (format === 'json') return this.insights.report(user.userId, id);
    reply.header('content-type', `text/${format}; charset=utf-8`);
    // What is in it is text of vendors: nothing of it may run or be loaded.
    reply.header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox");
    return this.insights.reportText(user.userId, id, format);
  }

  /** The receipt of a claim: the readings that it rests on as they were then, and whether it follows from them once more. */
  @Limited('product-reads')
  @Get('insights/:id/claims/:key')
  @ApiParam({ name: 'key', description: 'Of a claim of the insight', example: 'trend:bsr:90d' })
  @ApiConflictResponse({ description: 'The insight is not ready' })
  getClaim(
    @CurrentUser() user: Identity,
    @Param('id', UuidPipe) id: string,
    @Param('key') key: string,
  ): Promise<ClaimReceiptView> {
    return this.insights.receipt(user.userId, id, key);
  }
}
