import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, IsUUID, Max, Min } from 'class-validator';
import { PageQuery } from '../../common/pagination';
import { Severity } from '../entities/alert.entity';

const SEVERITIES: readonly Severity[] = ['info', 'warning', 'critical'];

export class ListAlertsQuery extends PageQuery {
  @ApiPropertyOptional()
  @IsOptional()
  @IsUUID()
  productId?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsUUID()
  ruleId?: string;

  @ApiPropertyOptional({ enum: SEVERITIES })
  @IsOptional()
  @IsIn(SEVERITIES)
  severity?: Severity;

  /** `open`: neither acknowledged nor snoozed now. */
  @ApiPropertyOptional({ enum: ['open', 'acknowledged', 'snoozed'] })
  @IsOptional()
  @IsIn(['open', 'acknowledged', 'snoozed'])
  state?: 'open' | 'acknowledged' | 'snoozed';
}

export class SnoozeDto {
  /** From now. @example 240 */
  @IsInt()
  @Min(1)
  @Max(43_200)
  minutes: number;
}
