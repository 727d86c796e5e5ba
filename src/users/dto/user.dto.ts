import { IsBoolean, IsEmail, IsIn, MaxLength, MinLength, ValidateIf } from 'class-validator';
import { Role } from '../../common/access';
import { LowerCased, PlainText } from '../../common/text';
import { MayBeAbsent } from '../../common/validation';

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
