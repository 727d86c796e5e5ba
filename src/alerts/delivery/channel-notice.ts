import { ChannelKind } from '../entities/channel.entity';

/** That a channel was disabled, as it was then: it may be another one by the time the user is told. Kept as JSON. */
export interface ChannelNotice {
  channelId: string;
  kind: ChannelKind;
  name: string | null;
  /** The address for mails, or the host of a webhook, whose whole URL may hold a secret. */
  target: string;
  reason: string;
  /** ISO 8601. */
  disabledAt: string;
}

export interface DisabledChannel {
  id: string;
  kind: ChannelKind;
  name: string | null;
  address: string | null;
  url: string | null;
}

export function toNotice(channel: DisabledChannel, reason: string, at: Date): ChannelNotice {
  const { id, kind, name, address, url } = channel;
  const target = address ?? (url === null ? '' : new URL(url).host);
  return { channelId: id, kind, name, target, reason, disabledAt: at.toISOString() };
}

/** @example Your webhook “Our chat” (hooks.shop.example) was disabled */
export function noticeTitle({ kind, name, target }: ChannelNotice): string {
  const what = kind === 'email' ? 'e-mail channel' : 'webhook';
  return `Your ${what} ${name === null ? target : `“${name}” (${target})`} was disabled`;
}

/** The title and why. */
export function noticeMessage(notice: ChannelNotice): string {
  return `${noticeTitle(notice)}. ${notice.reason}`;
}

/** What the user can do about it. */
export function howToEnable(channelId: string): string {
  return `PATCH /channels/${channelId} with isEnabled true enables it again; POST /channels/${channelId}/redeliver then sends what was given up`;
}
