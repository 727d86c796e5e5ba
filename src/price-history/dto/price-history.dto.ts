import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsDate,
  IsIn,
  IsInt,
  IsOptional,
  IsUUID,
  Max,
  Min,
} from 'class-validator';
import { IS_NO_TIME, parseIsoTime } from '../../common/iso-time';
import { Marketplace, MARKETPLACE_CODES } from '../../common/marketplace';
import { Metric, METRIC_NAMES } from '../../common/metric';
import { Resolution } from '../../common/series';

export const toList = ({ value }: { value: unknown }) => (typeof value === 'string' ? value.split(',') : value);
const toIds = ({ value }: { value: unknown }) => (typeof value === 'string' ? value.toLowerCase().split(',') : value);
export const toTime = ({ value }: { value: unknown }) =>
  typeof value === 'string' ? (parseIsoTime(value) ?? value) : value;
const toNumbers = ({ value }: { value: unknown }) => (typeof value === 'string' ? value.split(',').map(Number) : value);

class RangeQuery {
  /** Start, ISO 8601. @example "2026-01-01T00:00:00Z" */
  @IsOptional()
  @Transform(toTime)
  @IsDate({ message: IS_NO_TIME })
  from?: Date;

  /** End, ISO 8601; now when left out. @example "2026-02-01T00:00:00Z" */
  @IsOptional()
  @Transform(toTime)
  @IsDate({ message: IS_NO_TIME })
  to?: Date;

  @ApiPropertyOptional({
    type: String,
    description: `Comma-separated; every metric when left out: ${METRIC_NAMES.join(', ')}.`,
    example: 'price,bsr',
  })
  @IsOptional()
  @Transform(toList)
  @IsArray()
  @ArrayMinSize(1)
  @IsIn(METRIC_NAMES, { each: true })
  metrics?: Metric[];
}

export class SeriesQuery extends RangeQuery {
  /** `raw` gives change points; the others time-weighted means, at most 250,000 of all series together. */
  @IsOptional()
  @IsIn(['raw', 'hour', 'day', 'week'])
  resolution?: Resolution;

  /** Thins each series to so many points and keeps its extremes. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(10)
  @Max(10_000)
  maxPoints?: number;
}

export class CompareQuery extends SeriesQuery {
  /** Comma-separated ids of up to 20 of your products. @example "0192f3c4-5d6e-7f80-9a1b-2c3d4e5f6071" */
  @ApiProperty({ type: String })
  @Transform(toIds)
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(20)
  @ArrayUnique()
  @IsUUID(undefined, { each: true })
  productIds: string[];
}

export class StatsQuery extends RangeQuery {
  /** Days up to now, comma-separated; not together with from and to. @example "7,30,90" */
  @ApiPropertyOptional({ type: String, default: '7,30,90,180,365' })
  @IsOptional()
  @Transform(toNumbers)
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(10)
  @IsInt({ each: true })
  @Min(1, { each: true })
  @Max(3650, { each: true })
  windows?: number[];
}

export class ExportQuery {
  @IsOptional()
  @IsIn(['csv', 'ndjson'])
  format?: 'csv' | 'ndjson';
}

export class FileImportQuery {
  /** Where a row does not say it. @example "US" */
  @IsOptional()
  @IsIn(MARKETPLACE_CODES)
  marketplace?: Marketplace;

  /** When a file of Keepa's web site was made, as nothing in it says so. @example "2026-11-24T12:00:00Z" */
  @IsOptional()
  @Transform(toTime)
  @IsDate({ message: 'observedAt must be an ISO 8601 time' })
  observedAt?: Date;

  /** True tracks the listings that you do not track yet. */
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean()
  track?: boolean;

  /** `summary` is one JSON object with the first rejected rows; `rows` is NDJSON with a line for each row, then the summary. */
  @IsOptional()
  @IsIn(['summary', 'rows'])
  report?: 'summary' | 'rows';
}
