import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { Roles } from '../common/access';
import { TrackingCostDto, TrackingCostView } from './dto/tracking-cost.dto';
import { TrackingCost } from './tracking-cost';

@ApiTags('platform')
@ApiBearerAuth()
@Roles('admin')
@Controller('admin/sources')
export class AdminTrackingCostController {
  constructor(private readonly cost: TrackingCost) {}

  /** What tracking these listings would take of each source's budget. Asks nobody and tracks nothing. */
  @Post('estimate')
  @HttpCode(200)
  estimateTrackingCost(@Body() request: TrackingCostDto): Promise<TrackingCostView> {
    return this.cost.estimate(request);
  }
}
