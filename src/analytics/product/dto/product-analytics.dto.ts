import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';

export class ProductAnalyticsQuery {
  /** Days that are forecast. */
  @ApiPropertyOptional({ minimum: 7, maximum: 28, default: 28 })
  @Type(() => Number)
  @IsInt()
  @Min(7)
  @Max(28)
  horizon: number = 28;
}
