import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';

export class OpportunitiesQuery {
  /** How many, the best first. */
  @ApiPropertyOptional({ minimum: 1, maximum: 200, default: 20 })
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(200)
  limit: number = 20;
}
