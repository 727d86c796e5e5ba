import { IsBoolean, IsEmail, IsIn, IsOptional, MaxLength, MinLength, ValidateIf } from 'class-validator';
import { Role } from '../../common/access';
import { LowerCased, PlainText } from '../../common/text';

export class UpdateProfileDto {
  /** @example "seller@shop.example" */
  @IsOptional()
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
  /** False ends every session and API key of the user at once. */
  @IsOptional()
  @IsBoolean()
  isActive?: boolean;

  @IsOptional()
  @IsIn(['user', 'admin'])
  role?: Role;
}
