import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiConsumes, ApiExtraModels, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { Readable } from 'node:stream';
import { CurrentUser, Identity } from '../../common/access';
import { JsonOrStream } from '../../common/json-or-stream.pipe';
import { PageQuery } from '../../common/pagination';
import { UuidPipe } from '../../common/uuid.pipe';
import { Limited } from '../../shared/throttler/limited';
import { ImportOwnSalesDto } from './dto/sales.dto';
import { OwnSalesImportView, OwnSalesPage, SalesModelList } from './dto/sales.view';
import { OwnSalesService } from './own-sales.service';
import { SalesEstimates } from './sales-estimates.service';
import { toModelList } from './sales-model-view';

@ApiTags('analytics')
@ApiBearerAuth()
@Controller('analytics')
export class SalesController {
  constructor(
    private readonly ownSales: OwnSalesService,
    private readonly estimates: SalesEstimates,
  ) {}

  /**
   * Takes in what you sold of your products, up to 1000 rows of ASIN, period and units, from JSON or from CSV with the columns
   * asin, marketplace, from, to and units. Every row has its own result; safe to repeat. The sales models are fitted anew.
   */
  @Post('own-sales')
  @HttpCode(200)
  @ApiConsumes('application/json', 'text/csv')
  @ApiExtraModels(ImportOwnSalesDto)
  @ApiBody({ schema: { oneOf: [{ $ref: getSchemaPath(ImportOwnSalesDto) }, { type: 'string' }] } })
  importOwnSales(
    @CurrentUser() user: Identity,
    @Body(new JsonOrStream(ImportOwnSalesDto)) body: ImportOwnSalesDto | Readable,
  ): Promise<OwnSalesImportView> {
    return body instanceof Readable
      ? this.ownSales.importCsv(user.userId, body)
      : this.ownSales.importRows(user.userId, body.sales);
  }

  /** Your own sales, the latest imported first. */
  @Limited('product-reads')
  @Get('own-sales')
  listOwnSales(@CurrentUser() user: Identity, @Query() query: PageQuery): Promise<OwnSalesPage> {
    return this.ownSales.list(user.userId, query);
  }

  /** Forgets the units of a period. The sales models are fitted anew. */
  @Delete('own-sales/:id')
  @HttpCode(204)
  deleteOwnSales(@CurrentUser() user: Identity, @Param('id', UuidPipe) id: string): Promise<void> {
    return this.ownSales.delete(user.userId, id);
  }

  /**
   * How units follow from the Best Sellers Rank in each category of your own sales, with the error on periods that were left out;
   * and what is missing where there is no model.
   */
  @Limited('product-reads')
  @Get('sales-models')
  async listSalesModels(@CurrentUser() user: Identity): Promise<SalesModelList> {
    return toModelList(await this.estimates.modelsOf(user.userId));
  }
}
