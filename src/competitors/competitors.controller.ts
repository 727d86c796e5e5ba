import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiConflictResponse, ApiTags } from '@nestjs/swagger';
import { CurrentUser, Identity } from '../common/access';
import { UuidPipe } from '../common/uuid.pipe';
import { Limited } from '../shared/throttler/limited';
import { CompetitorsService } from './competitors.service';
import { AddCompetitorDto, DiscoverDto, ListCompetitorsQuery, UpdateCompetitorDto } from './dto/competitor.dto';
import { CompetitorList, CompetitorView, DiscoveryQueuedView } from './dto/competitor.view';

@ApiTags('competitors')
@ApiBearerAuth()
@Controller()
export class CompetitorsController {
  constructor(private readonly competitors: CompetitorsService) {}

  /** Looks for rivals among the listings that are known here and by the sources. What is similar enough is suggested. */
  @Post('products/:id/competitors/discover')
  @HttpCode(202)
  discoverCompetitors(
    @CurrentUser() user: Identity,
    @Param('id', UuidPipe) id: string,
    @Body() request: DiscoverDto,
  ): Promise<DiscoveryQueuedView> {
    return this.competitors.discover(user.userId, id, request.excludeOwnBrand ?? false);
  }

  /** The product's competitors with their current values, and how the last discovery went. */
  @Limited('product-reads')
  @Get('products/:id/competitors')
  listCompetitors(
    @CurrentUser() user: Identity,
    @Param('id', UuidPipe) id: string,
    @Query() query: ListCompetitorsQuery,
  ): Promise<CompetitorList> {
    return this.competitors.list(user.userId, id, query);
  }

  /** Names a competitor. It is confirmed, and checked as often as the product. */
  @Post('products/:id/competitors')
  @ApiConflictResponse({ description: 'It is a competitor already, or the product has 20' })
  addCompetitor(
    @CurrentUser() user: Identity,
    @Param('id', UuidPipe) id: string,
    @Body() request: AddCompetitorDto,
  ): Promise<CompetitorView> {
    return this.competitors.add(user.userId, id, request.asin);
  }

  /** A competitor with its current values. */
  @Limited('product-reads')
  @Get('competitors/:id')
  getCompetitor(@CurrentUser() user: Identity, @Param('id', UuidPipe) id: string): Promise<CompetitorView> {
    return this.competitors.get(user.userId, id);
  }

  /** Confirms, dismisses or pins it. */
  @Patch('competitors/:id')
  @ApiConflictResponse({ description: 'The product has 20 competitors' })
  updateCompetitor(
    @CurrentUser() user: Identity,
    @Param('id', UuidPipe) id: string,
    @Body() change: UpdateCompetitorDto,
  ): Promise<CompetitorView> {
    return this.competitors.update(user.userId, id, change);
  }

  /** Dismisses it: it is checked no more for this product, and not suggested again. */
  @Delete('competitors/:id')
  @HttpCode(204)
  deleteCompetitor(@CurrentUser() user: Identity, @Param('id', UuidPipe) id: string): Promise<void> {
    return this.competitors.dismiss(user.userId, id);
  }
}
