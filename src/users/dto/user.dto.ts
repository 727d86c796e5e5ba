import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsEmail,
  IsIn,
  Matches,
  MaxLength,
  MinLength,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { Role } from '../../common/access';
import { Marketplace, MARKETPLACE_CODES } from '../../common/marketplace';
import { LowerCased, PlainText } from '../../common/text';
import { MayBeAbsent } from '../../common/validation';

export class OwnSellerDto {
  /** @example "US" */
  @IsIn(MARKETPLACE_CODES)
  marketplace: Marketplace;

  /** The id that Amazon gave the seller (Seller Central: merchant token), not its name. @example "A2MXXPBO8819ML" */
  @Matches(/^[A-Z0-9]{10,21}$/, {
    message: 'sellerId must be a seller id: 10 to 21 capital letters and digits, not a name',
  })
  sellerId: string;
}

export class UpdateProfileDto {
  /** @example "seller@shop.example" */
  @MayBeAbsent()
  @LowerCased()
  @IsEmail()
  @MaxLength(320)
  email?: string;

  /** Null removes it. @example "Jo Doe" */
  @ValidateIf((dto: UpdateProfileDto) => dto.fullName !== null && dto.fullName !== undefined)
  @PlainText()
  @MinLength(1)
  @MaxLength(100)
  fullName?: string | null;

  /** All sellers that are your own, instead of those before; up to 200. @example [{"marketplace": "US", "sellerId": "A2MXXPBO8819ML"}] */
  @MayBeAbsent()
  @IsArray()
  @ArrayMaxSize(200)
  @ValidateNested({ each: true })
  @Type(() => OwnSellerDto)
  sellerIds?: OwnSellerDto[];
}

export class AdminUpdateUserDto {
  /** False ends every session and API key of the user at once. @example false */
  @MayBeAbsent()
  @IsBoolean()
  isActive?: boolean;

  /** @example "admin" */
  @MayBeAbsent()
  @IsIn(['user', 'admin'])
  role?: Role;
}
