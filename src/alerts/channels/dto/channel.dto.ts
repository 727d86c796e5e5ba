import { OmitType, PartialType } from '@nestjs/swagger';
import {
  IsBoolean,
  IsEmail,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateIf,
} from 'class-validator';
import { LowerCased, PlainText } from '../../../common/text';
import { MayBeAbsent } from '../../../common/validation';
import type { ChannelKind, Digest } from '../../entities/channel.entity';
import { IsTimeZone } from '../time-zone-field';

export class CreateChannelDto {
  /** @example "webhook" */
  @IsIn(['email', 'webhook', 'in_app'])
  kind: ChannelKind;

  /** @example "Our chat" */
  @IsOptional()
  @PlainText()
  @IsString()
  @MinLength(1)
  @MaxLength(100)
  name?: string | null;

  /** Where mails go; of `email` only, and needed there. @example "seller@shop.example" */
  @ValidateIf(({ kind, address }: CreateChannelDto) => kind === 'email' || address !== undefined)
  @LowerCased()
  @IsEmail()
  @MaxLength(320)
  address?: string;

  /**
   * Where events are posted; of `webhook` only, and needed there. It must not lead to a private network, and is never
   * redirected.
   * @example "https://hooks.shop.example/alerts"
   */
  @ValidateIf(({ kind, url }: CreateChannelDto) => kind === 'webhook' || url !== undefined)
  @IsString()
  @MaxLength(2000)
  url?: string;

  /** `at_once`: each alert by itself. Otherwise those of an hour or a day together. @example "daily" */
  @MayBeAbsent()
  @IsIn(['at_once', 'hourly', 'daily'])
  digest?: Digest;

  /** The hour of a daily digest, in `timeZone`; 8 where it is left out. @example 8 */
  @MayBeAbsent()
  @IsInt()
  @Min(0)
  @Max(23)
  digestHour?: number;

  /** IANA name; UTC where it is left out. Times in mails are given in it too. @example "Europe/Berlin" */
  @MayBeAbsent()
  @IsTimeZone()
  timeZone?: string;
}

export class UpdateChannelDto extends PartialType(OmitType(CreateChannelDto, ['kind', 'address', 'url'] as const)) {
  /** @example "seller@shop.example" */
  @MayBeAbsent()
  @LowerCased()
  @IsEmail()
  @MaxLength(320)
  address?: string;

  /** @example "https://hooks.shop.example/alerts" */
  @MayBeAbsent()
  @IsString()
  @MaxLength(2000)
  url?: string;

  /** False: nothing is sent to it, and what was pending is dead. True enables it again, also after failures. @example true */
  @MayBeAbsent()
  @IsBoolean()
  isEnabled?: boolean;
}
