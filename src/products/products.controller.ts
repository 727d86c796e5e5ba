import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiConflictResponse,
  ApiConsumes,
  ApiExtraModels,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import { Readable } from 'node:stream';
import { CurrentUser, Identity } from '../common/access';
import { UuidPipe } from '../common/uuid.pipe';
import { JsonOrStream } from '../common/json-or-stream.pipe';
import { Limited } from '../shared/throttler/limited';
import { CreateProductDto, ImportProductsDto, ListProductsQuery, UpdateProductDto } from './dto/product.dto';
import { ImportView, ProductPage, ProductView, RefreshView } from './dto/product.view';
import { ProductImport } from './product-import';
import { ProductsService } from './products.service';

@ApiTags('products')
@ApiBearerAuth()
@Controller('products')
export class ProductsController {
  constructor(
    private readonly products: ProductsService,
    private readonly imports: ProductImport,
  ) {}

  /** Tracks a listing. */
  @Post()
  @ApiConflictResponse({ description: 'You track this listing already, or your number of products is used up' })
  createProduct(@CurrentUser() user: Identity, @Body() request: CreateProductDto): Promise<ProductView> {
    return this.products.create(user.userId, request);
  }

  /** Tracks up to 1000 listings, from JSON or from CSV with a header row. Every row has its own result. */
  @Post('import')
  @HttpCode(200)
  @ApiConsumes('application/json', 'text/csv')
  @ApiExtraModels(ImportProductsDto)
  @ApiBody({ schema: { oneOf: [{ $ref: getSchemaPath(ImportProductsDto) }, { type: 'string' }] } })
  importProducts(
    @CurrentUser() user: Identity,
    @Body(new JsonOrStream(ImportProductsDto)) body: ImportProductsDto | Readable,
  ): Promise<ImportView> {
    return body instanceof Readable
      ? this.imports.importCsv(user.userId, body)
      : this.imports.importRows(user.userId, body.products);
  }

  /** The caller's products. */
  @Limited('product-reads')
  @Get()
  listProducts(@CurrentUser() user: Identity, @Query() query: ListProductsQuery): Promise<ProductPage> {
    return this.products.list(user.userId, query);
  }

  /** A product with its current values. */
  @Limited('product-reads')
  @Get(':id')
  getProduct(@CurrentUser() user: Identity, @Param('id', UuidPipe) id: string): Promise<ProductView> {
    return this.products.get(user.userId, id);
  }

  /** Changes what is yours about a product. */
  @Patch(':id')
  updateProduct(
    @CurrentUser() user: Identity,
    @Param('id', UuidPipe) id: string,
    @Body() change: UpdateProductDto,
  ): Promise<ProductView> {
    return this.products.update(user.userId, id, change);
  }

  /** Stops tracking and removes what is yours; the listing's shared history stays for others. */
  @Delete(':id')
  @HttpCode(204)
  deleteProduct(@CurrentUser() user: Identity, @Param('id', UuidPipe) id: string): Promise<void> {
    return this.products.delete(user.userId, id);
  }

  /** Checks the listing now rather than at its next time. */
  @Post(':id/refresh')
  @HttpCode(202)
  @ApiConflictResponse({ description: 'The product is paused, or no source can read its listing' })
  refreshProduct(@CurrentUser() user: Identity, @Param('id', UuidPipe) id: string): Promise<RefreshView> {
    return this.products.refresh(user.userId, id);
  }
}
