import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { CurrentUser, Identity } from '../../common/access';
import { OpportunitiesQuery } from './dto/portfolio.dto';
import { OpportunityList, OverviewView } from './dto/portfolio.view';
import { Portfolio } from './portfolio.service';

@ApiTags('analytics')
@ApiBearerAuth()
@Controller('analytics')
export class PortfolioController {
  constructor(private readonly portfolio: Portfolio) {}

  /** All your products at once: how many are in stock, where prices and ranks go, where they stand, what changed lately. */
  @Get('overview')
  getOverview(@CurrentUser() user: Identity): Promise<OverviewView> {
    return this.portfolio.overview(user.userId);
  }

  /** Where there is something to gain among your products: a score of named parts, each with the numbers behind it. */
  @Get('opportunities')
  listOpportunities(@CurrentUser() user: Identity, @Query() { limit }: OpportunitiesQuery): Promise<OpportunityList> {
    return this.portfolio.opportunities(user.userId, limit);
  }
}
