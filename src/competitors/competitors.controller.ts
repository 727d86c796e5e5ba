import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiConflictResponse, ApiTags } from '@nestjs/swagger';
import { CurrentUser, Identity } from '../common/access';
import { PageQuery } from '../common/pagination';
import { UuidPipe } from '../common/uuid.pipe';
import { Limited } from '../shared/throttler/limited';
import { AnalysisService } from './analysis.service';
import { CompetitorsService } from './competitors.service';
import {
  CompetitiveAnalysisView,
  CompetitiveSummaryView,
  CompetitorAnalysisPage,
  CompetitorAnalysisView,
} from './dto/analysis.view';
import { AddCompetitorDto, DiscoverDto, ListCompetitorsQuery, UpdateCompetitorDto } from './dto/competitor.dto';
import { CompetitorList, CompetitorView, DiscoveryQueuedView } from './dto/competitor.view';

@ApiTags('competitors')
@ApiBearerAuth()
@Controller()
export class CompetitorsController {
  constructor(
    private readonly competitors: CompetitorsService,
    private readonly analyses: AnalysisService,
  ) {}

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

  /** Compares it with the product now, and keeps what comes out. */
  @Post('competitors/:id/analyze')
  analyzeCompetitor(@CurrentUser() user: Identity, @Param('id', UuidPipe) id: string): Promise<CompetitorAnalysisView> {
    return this.analyses.analyzeCompetitor(user.userId, id);
  }

  /** What came out of each comparison with it, the latest first. */
  @Limited('product-reads')
  @Get('competitors/:id/analyses')
  listCompetitorAnalyses(
    @CurrentUser() user: Identity,
    @Param('id', UuidPipe) id: string,
    @Query() query: PageQuery,
  ): Promise<CompetitorAnalysisPage> {
    return this.analyses.analysesOf(user.userId, id, query);
  }

  /** Compares the product with all its confirmed competitors now, and keeps what comes out. It is done daily too. */
  @Post('products/:id/competitive-analysis')
  @ApiConflictResponse({ description: 'The product has no confirmed competitor' })
  analyzeCompetition(
    @CurrentUser() user: Identity,
    @Param('id', UuidPipe) id: string,
  ): Promise<CompetitiveAnalysisView> {
    return this.analyses.analyzeProduct(user.userId, id);
  }

  /** Where the product stands among its confirmed competitors: the last comparison with all of them. */
  @Limited('product-reads')
  @Get('products/:id/competitive-summary')
  getCompetitiveSummary(
    @CurrentUser() user: Identity,
    @Param('id', UuidPipe) id: string,
  ): Promise<CompetitiveSummaryView> {
    return this.analyses.summary(user.userId, id);
  }
}
