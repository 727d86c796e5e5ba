import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ArrayMinSize, IsArray, IsDate, IsIn, IsOptional } from 'class-validator';
import { IS_NO_TIME } from '../../common/iso-time';
import { PageQuery } from '../../common/pagination';
import { LISTING_FIELD_NAMES, ListingField } from '../listing-field';
import { toList, toTime } from './price-history.dto';

export class ListingChangesQuery extends PageQuery {
  /** Of the first reading to look at, ISO 8601; the first one ever when left out. @example "2026-01-01T00:00:00Z" */
  @IsOptional()
  @Transform(toTime)
  @IsDate({ message: IS_NO_TIME })
  from?: Date;

  /** Of the last one, ISO 8601; the latest when left out. @example "2026-02-01T00:00:00Z" */
  @IsOptional()
  @Transform(toTime)
  @IsDate({ message: IS_NO_TIME })
  to?: Date;

  /** Comma-separated; every field when left out. @example "title,buy_box_seller_id" */
  @ApiPropertyOptional({ type: String, enum: LISTING_FIELD_NAMES })
  @IsOptional()
  @Transform(toList)
  @IsArray()
  @ArrayMinSize(1)
  @IsIn(LISTING_FIELD_NAMES, { each: true })
  fields?: ListingField[];
}
