import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query, Res, StreamableFile } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiConsumes,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Readable } from 'node:stream';
import { CurrentUser, Identity } from '../common/access';
import { Clock } from '../common/clock';
import { PageQuery } from '../common/pagination';
import { UuidPipe } from '../common/uuid.pipe';
import { Limited } from '../shared/throttler/limited';
import { CompareQuery, ExportQuery, SeriesQuery, StatsQuery } from './dto/price-history.dto';
import {
  CheckPage,
  HistoryImportView,
  PriceHistoriesView,
  PriceHistoryView,
  PriceStatsView,
} from './dto/price-history.view';
import { HistoryExportService } from './history-export.service';
import { HistoryImportService } from './history-import.service';
import { knownVersions, tagged } from './history-tag';
import { PriceHistoryService } from './price-history.service';

const TAG_HEADERS = { ETag: { description: 'To be sent as If-None-Match', schema: { type: 'string' as const } } };
/** Of answers that come as the text they are sent as. */
const JSON_TYPE = 'application/json; charset=utf-8';
const UNCHANGED = { status: 304, description: 'Nothing changed since the answer with the ETag of If-None-Match' };

@ApiTags('price-history')
@ApiBearerAuth()
@Controller()
export class PriceHistoryController {
  constructor(
    private readonly history: PriceHistoryService,
    private readonly exports: HistoryExportService,
    private readonly imports: HistoryImportService,
    private readonly clock: Clock,
  ) {}

  /** The product's series: the last 90 days of every metric unless told otherwise. */
  @Limited('product-reads')
  @Get('products/:id/price-history')
  @ApiOkResponse({ type: PriceHistoryView, headers: TAG_HEADERS })
  @ApiResponse(UNCHANGED)
  async getPriceHistory(
    @CurrentUser() user: Identity,
    @Param('id', UuidPipe) id: string,
    @Query() query: SeriesQuery,
    @Headers('if-none-match') tags: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | undefined> {
    const now = this.clock.now();
    const known = knownVersions(tags, query.to, now);
    void reply.type(JSON_TYPE);
    return tagged(reply, await this.history.series(user.userId, id, query, known), query.to, now);
  }

  /** The same series of several products, for charts that compare. */
  @Limited('product-reads')
  @Get('price-history')
  @ApiOkResponse({ type: PriceHistoriesView, headers: TAG_HEADERS })
  @ApiResponse(UNCHANGED)
  @ApiNotFoundResponse({ description: 'One of the products is not there, or not yours' })
  async comparePriceHistories(
    @CurrentUser() user: Identity,
    @Query() query: CompareQuery,
    @Headers('if-none-match') tags: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | undefined> {
    const now = this.clock.now();
    const known = knownVersions(tags, query.to, now);
    void reply.type(JSON_TYPE);
    return tagged(reply, await this.history.compare(user.userId, query, known), query.to, now);
  }

  /** Minimum, maximum, time-weighted mean, last value and coverage, over several windows or a range of your own. */
  @Limited('product-reads')
  @Get('products/:id/price-history/stats')
  @ApiOkResponse({ type: PriceStatsView, headers: TAG_HEADERS })
  @ApiResponse(UNCHANGED)
  async getPriceStats(
    @CurrentUser() user: Identity,
    @Param('id', UuidPipe) id: string,
    @Query() query: StatsQuery,
    @Headers('if-none-match') tags: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PriceStatsView | undefined> {
    const now = this.clock.now();
    const known = knownVersions(tags, query.to, now);
    return tagged(reply, await this.history.stats(user.userId, id, query, known), query.to, now);
  }

  /** Streams the whole history as a file; importing the file gives the same history. */
  @Get('products/:id/price-history/export')
  @ApiOkResponse({
    content: { 'text/csv': { schema: { type: 'string' } }, 'application/x-ndjson': { schema: { type: 'string' } } },
  })
  async exportPriceHistory(
    @CurrentUser() user: Identity,
    @Param('id', UuidPipe) id: string,
    @Query() query: ExportQuery,
  ): Promise<StreamableFile> {
    const format = query.format ?? 'csv';
    const { stream, fileName } = await this.exports.export(user.userId, id, format);
    return new StreamableFile(stream, {
      type: format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson',
      disposition: `attachment; filename="${fileName}"`,
    });
  }

  /** Adds a Keepa product answer (JSON), or our own CSV or NDJSON, to your history of this product. Safe to repeat. */
  @Post('products/:id/price-history/import')
  @HttpCode(200)
  @ApiConsumes('application/json', 'text/csv', 'application/x-ndjson')
  @ApiBody({
    schema: {
      oneOf: [
        { type: 'object', example: { products: [{ asin: 'B0SIMA0001', domainId: 1, csv: [[6311520, 1599]] }] } },
        { type: 'string', example: 'metric,time,value\nprice,2026-01-01T00:00:00Z,15.99\n' },
      ],
    },
  })
  importPriceHistory(
    @CurrentUser() user: Identity,
    @Param('id', UuidPipe) id: string,
    @Headers('content-type') contentType: string | undefined,
    @Body() body: unknown,
  ): Promise<HistoryImportView> {
    if (!(body instanceof Readable)) return this.imports.importKeepa(user.userId, id, body);
    const format = contentType?.toLowerCase().startsWith('text/csv') ? 'csv' : 'ndjson';
    return this.imports.importStream(user.userId, id, format, body);
  }

  /** How the last checks of this listing ended, the newest first. */
  @Limited('product-reads')
  @Get('products/:id/checks')
  listChecks(
    @CurrentUser() user: Identity,
    @Param('id', UuidPipe) id: string,
    @Query() query: PageQuery,
  ): Promise<CheckPage> {
    return this.history.checks(user.userId, id, query);
  }
}
