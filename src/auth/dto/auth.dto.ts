import { ApiProperty } from '@nestjs/swagger';
import {
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsEmail,
  IsIn,
  IsNotEmpty,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  MinLength,
} from 'class-validator';
import { Scope } from '../../common/access';
import { LowerCased, PlainText } from '../../common/text';

export class RegisterDto {
  /** @example "seller@shop.example" */
  @LowerCased()
  @IsEmail()
  @MaxLength(320)
  email: string;

  /** Letters, digits, dot, dash and underscore. @example "seller" */
  @LowerCased()
  @Matches(/^[a-z0-9][a-z0-9._-]{2,29}$/, {
    message: 'username must be 3 to 30 letters, digits, dots, dashes or underscores',
  })
  username: string;

  /** @example "correct horse battery" */
  @IsString()
  @MinLength(8)
  @MaxLength(128)
  password: string;

  /** @example "Jo Doe" */
  @IsOptional()
  @PlainText()
  @MinLength(1)
  @MaxLength(100)
  fullName?: string;
}

export class TokenDto {
  /** User name or e-mail address. @example "demo" */
  @IsString()
  @IsNotEmpty()
  @MaxLength(320)
  username: string;

  /** @example "demo-password" */
  @IsString()
  @IsNotEmpty()
  @MaxLength(128)
  password: string;

  /** Sent by OAuth 2 password clients; `password` or nothing. @example "password" */
  @IsOptional()
  @IsIn(['password', ''])
  grant_type?: string;

  /** Sent by OAuth 2 clients; not used. @example "" */
  @IsOptional()
  @IsString()
  @MaxLength(500)
  scope?: string;

  /** Sent by OAuth 2 clients; not used. @example "" */
  @IsOptional()
  @IsString()
  @MaxLength(200)
  client_id?: string;

  /** Sent by OAuth 2 clients; not used. @example "" */
  @IsOptional()
  @IsString()
  @MaxLength(200)
  client_secret?: string;
}

export class RefreshDto {
  /** From the last answer that held one. @example "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzaWQiOiIwMTkyIn0.c2lnbmF0dXJl" */
  @IsString()
  @IsNotEmpty()
  @MaxLength(2000)
  refreshToken: string;
}

export class ChangePasswordDto {
  /** @example "correct horse battery" */
  @IsString()
  @IsNotEmpty()
  @MaxLength(128)
  currentPassword: string;

  /** @example "staple in a new place" */
  @IsString()
  @MinLength(8)
  @MaxLength(128)
  newPassword: string;
}

export class CreateApiKeyDto {
  /** @example "nightly export" */
  @PlainText()
  @IsString()
  @MinLength(1)
  @MaxLength(100)
  name: string;

  /** `write` includes `read`. @example ["read"] */
  @ApiProperty({ enum: ['read', 'write'], isArray: true, default: ['read'] })
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayUnique()
  @IsIn(['read', 'write'], { each: true })
  scopes?: Scope[];
}
