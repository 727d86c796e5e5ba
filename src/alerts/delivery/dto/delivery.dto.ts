import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsDate, IsIn, IsOptional } from 'class-validator';
import { parseIsoTime } from '../../../common/iso-time';
import { PageQuery } from '../../../common/pagination';
import type { DeliveryState } from '../../entities/delivery.entity';

export class DeliveriesQuery extends PageQuery {
  /** Without it, all. @example "dead" */
  @ApiPropertyOptional({ enum: ['pending', 'delivered', 'dead'] })
  @IsOptional()
  @IsIn(['pending', 'delivered', 'dead'])
  state?: DeliveryState;
}

export class RedeliverQuery {
  /** Those that were planned at or after; without it, all. @example "2026-11-24T00:00:00Z" */
  @ApiPropertyOptional({ type: String, format: 'date-time' })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? (parseIsoTime(value) ?? value) : value))
  @IsDate({ message: '$property must be a time in ISO 8601' })
  since?: Date;

  /** True: also those that were delivered, for a receiver that lost what it had. Otherwise those that are dead. @example false */
  @ApiPropertyOptional({ type: Boolean, default: false })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean()
  all?: boolean;
}
