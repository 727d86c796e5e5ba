import { PartialType, PickType } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  MaxLength,
  Max,
  Min,
  MinLength,
} from 'class-validator';
import { IsAsin, UpperCased } from '../../common/asin-field';
import { MAX_ROWS } from '../../common/csv-rows';
import { Marketplace, MARKETPLACE_CODES } from '../../common/marketplace';
import { PageQuery } from '../../common/pagination';
import { PlainText, toPlainText } from '../../common/text';

const plainTags = ({ value }: { value: unknown }) =>
  Array.isArray(value) ? value.map((tag: unknown) => (typeof tag === 'string' ? toPlainText(tag) : tag)) : value;

export class CreateProductDto {
  /** `B0` and eight letters or digits, or an ISBN-10. Any case. @example "B0SIMA0001" */
  @UpperCased()
  @IsAsin()
  asin: string;

  /** @example "US" */
  @IsOptional()
  @UpperCased()
  @IsIn(MARKETPLACE_CODES)
  marketplace?: Marketplace;

  /** Your own title; markup is stripped. Without one the listing's is shown. @example "Steel bottle, 1 l" */
  @IsOptional()
  @PlainText()
  @IsString()
  @MinLength(1)
  @MaxLength(500)
  title?: string | null;

  /** @example "Acme" */
  @IsOptional()
  @PlainText()
  @IsString()
  @MinLength(1)
  @MaxLength(100)
  brand?: string | null;

  /** @example "Kitchen" */
  @IsOptional()
  @PlainText()
  @IsString()
  @MinLength(1)
  @MaxLength(100)
  category?: string | null;

  /** @example "Our best seller of last year" */
  @IsOptional()
  @PlainText()
  @IsString()
  @MaxLength(2000)
  description?: string | null;

  /** @example ["own", "kitchen"] */
  @IsOptional()
  @Transform(plainTags)
  @IsArray()
  @ArrayMaxSize(20)
  @ArrayUnique()
  @IsString({ each: true })
  @MinLength(1, { each: true })
  @MaxLength(50, { each: true })
  tags?: string[];

  /** Minutes between checks; null for the default. @example 360 */
  @IsOptional()
  @IsInt()
  @Min(15)
  @Max(10_080)
  refreshIntervalMinutes?: number | null;

  /** What one unit costs you, in the marketplace's minor unit. @example 450 */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(2_147_483_647)
  costOfGoods?: number | null;
}

/** A field that is null goes back to its default. */
export class UpdateProductDto extends PartialType(
  PickType(CreateProductDto, [
    'title',
    'brand',
    'category',
    'description',
    'tags',
    'refreshIntervalMinutes',
    'costOfGoods',
  ] as const),
) {
  /** False pauses checking; the history stays. @example false */
  @IsOptional()
  @IsBoolean()
  isActive?: boolean;
}

/** Rows are checked one by one, so that a bad one is a result and not a refusal of all. */
export class ImportProductsDto {
  /** Up to 1000 objects with the fields of POST /products. @example [{ "asin": "B0SIMA0001", "marketplace": "US" }] */
  @IsArray()
  @ArrayMaxSize(MAX_ROWS)
  products: unknown[];
}

export class ListProductsQuery extends PageQuery {
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean()
  isActive?: boolean;

  /** Your category, or any level of the listing's category path. */
  @IsOptional()
  @IsString()
  @MaxLength(100)
  category?: string;

  @IsOptional()
  @IsString()
  @MaxLength(50)
  tag?: string;

  /** Part of the title, or an ASIN. */
  @IsOptional()
  @Type(() => String)
  @IsString()
  @MaxLength(200)
  q?: string;

  /** @example "-createdAt" */
  @IsOptional()
  @IsIn(['createdAt', '-createdAt', 'title', '-title'])
  sort?: 'createdAt' | '-createdAt' | 'title' | '-title';
}
