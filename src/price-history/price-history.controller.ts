import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query, StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiConsumes, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Readable } from 'node:stream';
import { CurrentUser, Identity } from '../common/access';
import { PageQuery } from '../common/pagination';
import { UuidPipe } from '../common/uuid.pipe';
import { Limited } from '../shared/throttler/limited';
import { ExportQuery, SeriesQuery, StatsQuery } from './dto/price-history.dto';
import { CheckPage, HistoryImportView, PriceHistoryView, PriceStatsView } from './dto/price-history.view';
import { HistoryExportService } from './history-export.service';
import { HistoryImportService } from './history-import.service';
import { PriceHistoryService } from './price-history.service';

@ApiTags('price-history')
@ApiBearerAuth()
@Controller('products/:id')
export class PriceHistoryController {
  constructor(
    private readonly history: PriceHistoryService,
    private readonly exports: HistoryExportService,
    private readonly imports: HistoryImportService,
  ) {}

  /** The product's series: the last 90 days of every metric unless told otherwise. */
  @Limited('product-reads')
  @Get('price-history')
  getPriceHistory(
    @CurrentUser() user: Identity,
    @Param('id', UuidPipe) id: string,
    @Query() query: SeriesQuery,
  ): Promise<PriceHistoryView> {
    return this.history.series(user.userId, id, query);
  }

  /** Minimum, maximum, time-weighted mean, last value and coverage, over several windows or a range of your own. */
  @Limited('product-reads')
  @Get('price-history/stats')
  getPriceStats(
    @CurrentUser() user: Identity,
    @Param('id', UuidPipe) id: string,
    @Query() query: StatsQuery,
  ): Promise<PriceStatsView> {
    return this.history.stats(user.userId, id, query);
  }

  /** Streams the whole history as a file; importing the file gives the same history. */
  @Get('price-history/export')
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
  @Post('price-history/import')
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
  @Get('checks')
  listChecks(
    @CurrentUser() user: Identity,
    @Param('id', UuidPipe) id: string,
    @Query() query: PageQuery,
  ): Promise<CheckPage> {
    return this.history.checks(user.userId, id, query);
  }
}
