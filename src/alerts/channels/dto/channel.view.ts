import { ApiProperty } from '@nestjs/swagger';
import type { ChannelKind, Digest } from '../../entities/channel.entity';

export class ChannelView {
  id: string;
  /** @example "webhook" */
  @ApiProperty({ enum: ['email', 'webhook', 'in_app'] })
  kind: ChannelKind;
  name: string | null;
  /** Of an e-mail channel. */
  address: string | null;
  /** When the address was confirmed, by the link in the mail to it: before, nothing else is sent there. Null for other kinds. */
  @ApiProperty({ type: String, nullable: true })
  confirmedAt: string | null;
  /** What you have to do before alerts reach the channel; null when nothing. @example "Follow the link in the mail to seller@shop.example" */
  @ApiProperty({ type: String, nullable: true })
  nextStep: string | null;
  /** Of a webhook. */
  url: string | null;
  /** @example "at_once" */
  @ApiProperty({ enum: ['at_once', 'hourly', 'daily'] })
  digest: Digest;
  /** Hour of a daily digest, in `timeZone`. @example 8 */
  digestHour: number;
  /** @example "Europe/Berlin" */
  timeZone: string;
  isEnabled: boolean;
  /** Why it was disabled, where that was not the user: the receiver said 410, it failed for five days, or it unsubscribed. */
  disabledReason: string | null;
  /** Since when every attempt has failed; null when the last one did not. */
  @ApiProperty({ type: String, nullable: true })
  failingSince: string | null;
  /** Until when messages are also signed with the secret before; null when there is none. */
  @ApiProperty({ type: String, nullable: true })
  previousSecretUntil: string | null;
  createdAt: string;
  updatedAt: string;
}

export class NewChannelView extends ChannelView {
  /** Signs the webhook's messages (Standard Webhooks); shown here and never again. Null for other kinds. @example "whsec_…" */
  @ApiProperty({ type: String, nullable: true })
  secret: string | null;
}

export class ChannelList {
  data: ChannelView[];
}
