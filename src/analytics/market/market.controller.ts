import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { MarketOverviewQuery } from './dto/market.dto';
import { MarketOverviewView } from './dto/market.view';
import { MarketOverview } from './market-overview.service';

@ApiTags('analytics')
@ApiBearerAuth()
@Controller('analytics')
export class MarketController {
  constructor(private readonly market: MarketOverview) {}

  /** A category over all of its listings that are known here and were read in the last 30 days: how many, quartiles, leaders, movers. */
  @Get('market-overview')
  getMarketOverview(@Query() { category, marketplace }: MarketOverviewQuery): Promise<MarketOverviewView> {
    return this.market.of(marketplace ?? 'US', category);
  }
}
