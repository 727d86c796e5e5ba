import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../common/clock';
import { isDatabaseAway } from '../../common/database-away';
import { Config } from '../../config/config';
import { Outbound, OutboundError } from '../../shared/outbound/outbound';
import { ChannelSecrets, UnreadableSecret } from '../channels/channel-secrets';
import { AlertPictures, Picture } from './alert-picture';
import { Attempt, Message, TakenAlert } from './delivery-ledger';
import { noticeMessage } from './channel-notice';
import { groupByTag, toPayload } from './delivery-message';
import { Email, writeChannelNotice, writeConfirmation, writeEmail } from './email';
import { Mailer, MailError } from './mailer';
import { sign, toCloudEvent } from './webhook';
import { ConfirmationLinks, UnsubscribeLinks } from './mail-links';

/** As the mail says. */
const CONFIRMATION_MS = 3 * 86_400_000;

type Outcome = Omit<Attempt, 'at' | 'ms'> & { retryAfter?: string | undefined };

/** Sends one message once. What goes wrong is in what it returns. */
@Injectable()
export class Sender {
  private readonly logger = new Logger(Sender.name);

  constructor(
    private readonly outbound: Outbound,
    private readonly mailer: Mailer,
    private readonly secrets: ChannelSecrets,
    private readonly links: UnsubscribeLinks,
    private readonly confirmations: ConfirmationLinks,
    private readonly pictures: AlertPictures,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  async send(message: Message): Promise<Attempt & { retryAfter?: string | undefined }> {
    const at = this.clock.now();
    const start = performance.now();
    const outcome = await (message.channel.kind === 'email' ? this.mail(message, at) : this.post(message, at)).catch(
      toFailure,
    );
    return { at, ms: Math.round(performance.now() - start), ...outcome, answer: storable(outcome.answer) };
  }

  private async mail(message: Message, at: Date): Promise<Outcome> {
    const email = await (message.purpose === 'confirmation' ? this.askIn(message, at) : this.tellIn(message));
    return { ...(await this.mailer.send(message.id, message.channel.address ?? '', email)), error: null };
  }

  private askIn({ channelId, channel }: Message, at: Date): Email {
    const expiresAt = new Date(at.getTime() + CONFIRMATION_MS);
    return writeConfirmation(this.confirmations.to(channelId, channel.address ?? '', expiresAt), this.config.publicUrl);
  }

  private async tellIn({ channelId, channel, notice, alerts, isDigest }: Message): Promise<Email> {
    if (notice) return writeChannelNotice(notice, channel.time_zone);
    const links = {
      rule: (ruleId: string) => this.links.to('rule', ruleId),
      channel: this.links.to('channel', channelId),
    };
    const [first] = alerts;
    const picture = first && !isDigest ? await this.pictureOf(first) : null;
    return writeEmail(alerts, isDigest, channel.time_zone, links, picture);
  }

  /** What goes wrong in drawing does not keep the alert from its reader. */
  private async pictureOf(alert: TakenAlert): Promise<Picture | null> {
    try {
      return await this.pictures.of(alert);
    } catch (error) {
      if (isDatabaseAway(error)) throw error;
      this.logger.error({ err: error, alert: alert.alert_id }, 'a mail goes out without its picture');
      return null;
    }
  }

  private async post(message: Message, at: Date): Promise<Outcome> {
    const { id, channelId, channel } = message;
    const secrets = [channel.secret, channel.previous_secret]
      .filter((secret) => secret !== null)
      .map((secret) => this.secrets.open(secret, channelId));
    const { headers, body } = sign(id, at, this.toEvent(message), secrets);
    const { status, retryAfter, start } = await this.outbound.post(channel.url ?? '', headers, body);
    return { status, error: errorOf(status), answer: start, retryAfter };
  }

  private toEvent({ id, channelId, notice, alerts, isDigest, plannedAt }: Message): string {
    const source = `${this.config.publicUrl}/api/v1/alerts`;
    if (notice) {
      const facts = { type: 'amazon-insights.channel.disabled.v1', subject: notice.channelId, time: plannedAt };
      return toCloudEvent({ id, source, ...facts }, { message: noticeMessage(notice), ...notice });
    }
    const [first] = alerts;
    if (!first) {
      const facts = { id, source, type: 'amazon-insights.channel.test.v1', subject: channelId, time: plannedAt };
      return toCloudEvent(facts, { message: 'Alerts will reach you here.' });
    }
    if (!isDigest) {
      const facts = { type: 'amazon-insights.alert.v1', subject: first.product_id, time: first.occurred_at };
      return toCloudEvent({ id: first.alert_id, source, ...facts }, toPayload(first));
    }
    const facts = { id, source, type: 'amazon-insights.alert.digest.v1', subject: channelId, time: plannedAt };
    const groups = groupByTag(alerts).map((group) => ({ tag: group.tag, alerts: group.alerts.map(toPayload) }));
    return toCloudEvent(facts, { groups });
  }
}

function errorOf(status: number): Attempt['error'] {
  if (status >= 200 && status < 300) return null;
  if (status === 410) return 'gone';
  return status >= 300 && status < 400 ? 'redirect' : 'status';
}

function toFailure(error: unknown): Outcome {
  if (error instanceof OutboundError) return { status: null, error: error.kind, answer: error.message };
  if (error instanceof MailError) return { status: error.status, error: 'mail', answer: error.message };
  if (error instanceof UnreadableSecret) return { status: null, error: 'secret', answer: error.message };
  throw error;
}

/** A text of the database holds no zero byte. */
function storable(text: string | null): string | null {
  return text === null ? null : text.replaceAll('\u0000', '').slice(0, 500);
}
