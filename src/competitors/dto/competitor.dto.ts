import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsOptional } from 'class-validator';
import { IsAsin, UpperCased } from '../../common/asin-field';

export class AddCompetitorDto {
  /** Of a listing in the product's marketplace. Any case. @example "B0SIMA0002" */
  @UpperCased()
  @IsAsin()
  asin: string;
}

export class UpdateCompetitorDto {
  /** `confirmed`: checked along with the product. `dismissed`: not shown, and not suggested again. @example "confirmed" */
  @IsOptional()
  @IsIn(['confirmed', 'dismissed'])
  status?: 'confirmed' | 'dismissed';

  /** Shown first, and confirmed: a suggestion may go with the next discovery. @example true */
  @IsOptional()
  @IsBoolean()
  isPinned?: boolean;
}

export class ListCompetitorsQuery {
  /** Without it, those that are suggested or confirmed. */
  @ApiPropertyOptional()
  @IsOptional()
  @IsIn(['suggested', 'confirmed', 'dismissed'])
  status?: 'suggested' | 'confirmed' | 'dismissed';
}

export class DiscoverDto {
  /** Leaves out listings of the product's own brand, also in the daily discoveries that follow. @example true */
  @IsOptional()
  @IsBoolean()
  excludeOwnBrand?: boolean;
}
