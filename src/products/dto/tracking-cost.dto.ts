import { ApiProperty, PickType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsInt, IsOptional, Max, Min, ValidateNested } from 'class-validator';
import type { SourceName } from '../../common/source-name';
import { CreateProductDto } from './product.dto';

export class ListingDto extends PickType(CreateProductDto, ['asin', 'marketplace'] as const) {}

/** What somebody thinks of tracking. Nothing is tracked by asking. */
export class TrackingCostDto {
  /** @example [{ "asin": "B0SIMA0001", "marketplace": "US" }] */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(10_000)
  @ValidateNested({ each: true })
  @Type(() => ListingDto)
  products: ListingDto[];

  /** Minutes between checks; the default where it is left out. @example 360 */
  @IsOptional()
  @IsInt()
  @Min(15)
  @Max(10_080)
  refreshIntervalMinutes?: number;
}

export class SourceCostView {
  /** @example "keepa" */
  @ApiProperty({ type: String })
  name: SourceName;
  /** What the source charges. @example "token" */
  unit: string;
  /** Of the new listings, those that this source would be asked about first. */
  listings: number;
  /** With listings of one marketplace checked together. */
  callsPerDay: number;
  unitsPerDay: number;
  /** Once, for what the source still knows of their past. */
  unitsForHistory: number;
  /** What the source took on the last whole day (UTC), measured. */
  unitsYesterday: number;
  /** From SOURCE_DAILY_BUDGET; null without. */
  limitPerDay: number | null;
  /** Whether both together fit into the day's budget; null without one. */
  fits: boolean | null;
}

export class TrackingCostView {
  /** Listings asked about, each once. */
  listings: number;
  /** Checked as often already, for somebody: these cost nothing more. */
  trackedAlready: number;
  /** No configured source can read these. */
  withoutSource: number;
  refreshIntervalMinutes: number;
  sources: SourceCostView[];
}
