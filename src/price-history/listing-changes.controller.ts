import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { CurrentUser, Identity } from '../common/access';
import { UuidPipe } from '../common/uuid.pipe';
import { Limited } from '../shared/throttler/limited';
import { ListingChangesQuery } from './dto/listing-change.dto';
import { ListingChangePage } from './dto/listing-change.view';
import { ListingChanges } from './listing-changes.service';

@ApiTags('price-history')
@ApiBearerAuth()
@Controller('products/:id/changes')
export class ListingChangesController {
  constructor(private readonly changes: ListingChanges) {}

  /** What changed of the listing beside its numbers, the newest first: texts, pictures, and who has the buy box. */
  @Limited('product-reads')
  @Get()
  listChanges(
    @CurrentUser() user: Identity,
    @Param('id', UuidPipe) id: string,
    @Query() query: ListingChangesQuery,
  ): Promise<ListingChangePage> {
    return this.changes.page(user.userId, id, query);
  }
}
