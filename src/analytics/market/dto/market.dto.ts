import { IsIn, IsNotEmpty, IsOptional, IsString, MaxLength } from 'class-validator';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Marketplace, MARKETPLACE_CODES } from '../../../common/marketplace';

export class MarketOverviewQuery {
  /** Name of a category as in a listing's `categoryPath`, or of the one its rank counts in. @example "Kitchen & Dining" */
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  category: string;

  @ApiPropertyOptional({ enum: MARKETPLACE_CODES, default: 'US' })
  @IsOptional()
  @IsIn(MARKETPLACE_CODES)
  marketplace?: Marketplace;
}
