import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import { Queue } from 'bullmq';
import { v4 as uuidv4 } from 'uuid';
import { ConflictError, NotFoundError } from '../../common/app-error';
import { Clock } from '../../common/clock';
import { decodeCursor, foreignCursor, toPage } from '../../common/pagination';
import { Postgres, SqlRunner } from '../../shared/database/postgres';
import { IS_CONFIRMED } from '../channels/confirmed';
import { digestTime } from '../channels/digest-time';
import { ChannelKind } from '../entities/channel.entity';
import { DeliveryPurpose, DeliveryState } from '../entities/delivery.entity';
import { ALERT_SIGNAL } from './alert-signals';
import { ChannelNotice, noticeMessage } from './channel-notice';
import { DeliveryMetrics } from './delivery-metrics';
import { DELIVERY_QUEUE } from './delivery.queue';
import { DeliveriesQuery, RedeliverQuery } from './dto/delivery.dto';
import { AttemptView, DeliveryPage, DeliveryView, QueuedDeliveryView, RedeliveryView } from './dto/delivery.view';
import { planned } from './planned';
import { wake } from '../../shared/queue/wake';

/** Redis keeps an `add` waiting for as long as it is away. */
const ENQUEUE_MS = 2000;

/**
 * A row for each alert and each enabled channel that its rule names, or else all of the user's. For an address that is
 * not confirmed nothing is planned: it would come late, and as a heap. $1 alerts, $2 now.
 */
const PLAN_STATEMENT = `
WITH planned AS (
  INSERT INTO delivery (id, user_id, channel_id, alert_id, product_id, state, next_attempt_at, created_at, finished_at)
  SELECT gen_random_uuid(), a.user_id, c.id, a.id, a.product_id,
         ${planned(digestTime('$2'), '$2')}
  FROM alert a LEFT JOIN alert_rule r ON r.id = a.rule_id
  JOIN channel c ON c.user_id = a.user_id AND c.is_enabled AND ${IS_CONFIRMED}
    AND (r.channel_ids IS NULL OR c.id = ANY (r.channel_ids))
  WHERE a.id = ANY ($1::uuid[])
  ORDER BY a.occurred_at, a.id
  ON CONFLICT (alert_id, channel_id) DO NOTHING
)
SELECT pg_notify('${ALERT_SIGNAL}', user_id::text) FROM (SELECT DISTINCT user_id FROM alert WHERE id = ANY ($1::uuid[])) told`;

/** $1 user, $2 channel or null, $3 state or null, $4 the position before which, $5 how many. */
const LIST_STATEMENT = `
SELECT d.id, d.position, d.purpose, d.notice, d.channel_id, d.alert_id, d.product_id, d.digest_id, d.state, d.next_attempt_at, d.created_at,
       d.finished_at, a.message, coalesce(t.attempts, '[]') AS attempts
FROM delivery d LEFT JOIN alert a ON a.id = d.alert_id CROSS JOIN LATERAL (
  SELECT jsonb_agg(jsonb_build_object('at', attempted_at, 'ms', ms, 'status', status, 'error', error, 'answer', answer)
                   ORDER BY id) AS attempts
  FROM (SELECT * FROM delivery_attempt WHERE delivery_id = d.id ORDER BY id DESC LIMIT 20) latest
) t
WHERE d.user_id = $1 AND ($2::uuid IS NULL OR d.channel_id = $2) AND ($3::text IS NULL OR d.state = $3)
  AND ($4::bigint IS NULL OR d.position < $4)
ORDER BY d.position DESC LIMIT $5`;

interface DeliveryRow {
  id: string;
  position: string;
  purpose: DeliveryPurpose;
  notice: ChannelNotice | null;
  channel_id: string;
  alert_id: string | null;
  product_id: string | null;
  digest_id: string | null;
  state: DeliveryState;
  next_attempt_at: Date | null;
  created_at: Date;
  finished_at: Date | null;
  message: string | null;
  attempts: AttemptView[];
}

/** Alerts on their way to channels. */
@Injectable()
export class Deliveries {
  private readonly logger = new Logger(Deliveries.name);

  constructor(
    private readonly postgres: Postgres,
    private readonly clock: Clock,
    private readonly metrics: DeliveryMetrics,
    @InjectQueue(DELIVERY_QUEUE) private readonly queue: Queue,
  ) {}

  /** In the transaction that makes the alerts: they are on their way when, and only when, they exist. */
  async plan(sql: SqlRunner, alertIds: string[]): Promise<void> {
    if (alertIds.length > 0) await sql.query(PLAN_STATEMENT, [alertIds, this.clock.now()]);
  }

  /**
   * After that transaction: delivers now. Without it, the schedule does within a minute.
   * @param made alerts, to be counted
   */
  async announce(made = 0): Promise<void> {
    this.metrics.made(made);
    const added = this.queue.add('due', {});
    await wake(added, ENQUEUE_MS, this.logger, 'deliveries wait for the schedule, as the queue cannot be reached');
  }

  /** @throws NotFoundError for a channel of somebody else */
  async listOfChannel(userId: string, channelId: string, query: DeliveriesQuery): Promise<DeliveryPage> {
    await this.ensureChannel(userId, channelId);
    return this.list(userId, query, channelId);
  }

  async list(userId: string, query: DeliveriesQuery, channelId: string | null = null): Promise<DeliveryPage> {
    const size = query['page[size]'];
    const before = decodeCursor(query['page[cursor]'], 1)?.[0] ?? null;
    if (before !== null && !/^\d{1,18}$/.test(before)) throw foreignCursor();
    const rows = await this.postgres.query<DeliveryRow>(LIST_STATEMENT, [
      userId,
      channelId,
      query.state ?? null,
      before,
      size + 1,
    ]);
    return toPage(rows, size, ({ position }) => [position], toView);
  }

  /**
   * Sends a test by the channel. It is tried once.
   * @throws NotFoundError, also for a channel of somebody else; ConflictError where nothing is sent
   */
  async test(userId: string, channelId: string): Promise<QueuedDeliveryView> {
    ensureSending(await this.ensureChannel(userId, channelId));
    const id = uuidv4();
    await this.postgres.query(
      `INSERT INTO delivery (id, user_id, channel_id, purpose, state, next_attempt_at, created_at)
       VALUES ($1, $2, $3, 'test', 'pending', $4, $4)`,
      [id, userId, channelId, this.clock.now()],
    );
    await this.announce();
    return { deliveryId: id };
  }

  /**
   * Sends one again, with all its attempts before it and under its old id; one of a digest goes out in a digest of its own.
   * @throws NotFoundError, also for one of somebody else; ConflictError where nothing is sent, or it is pending anyway
   */
  async redeliver(userId: string, id: string): Promise<QueuedDeliveryView> {
    const [delivery] = await this.postgres.query<{
      channel_id: string;
      purpose: DeliveryPurpose;
      state: DeliveryState;
    }>(`SELECT channel_id, purpose, state FROM delivery WHERE id = $1 AND user_id = $2`, [id, userId]);
    if (!delivery) throw new NotFoundError('Delivery');
    if (delivery.purpose === 'confirmation')
      throw new ConflictError('It asks for a confirmation: ask for another mail');
    ensureSending(await this.ensureChannel(userId, delivery.channel_id));
    if (delivery.state === 'pending') throw new ConflictError('The delivery is pending');
    await this.revive(`id = $3`, [userId, id]);
    return { deliveryId: id };
  }

  /** @throws NotFoundError for a channel of somebody else; ConflictError where nothing is sent */
  async redeliverSince(userId: string, channelId: string, { since, all }: RedeliverQuery): Promise<RedeliveryView> {
    ensureSending(await this.ensureChannel(userId, channelId));
    const states: DeliveryState[] = all === true ? ['dead', 'delivered'] : ['dead'];
    const deliveries = await this.revive(
      `channel_id = $3 AND ($4::timestamptz IS NULL OR created_at >= $4) AND state = ANY ($5::text[])`,
      [userId, channelId, since ?? null, states],
    );
    return { deliveries };
  }

  private async revive(
    condition: string,
    [userId, ...values]: [userId: string, ...values: unknown[]],
  ): Promise<number> {
    const rows = await this.postgres.query(
      `UPDATE delivery SET state = 'pending', failures = 0, digest_id = NULL, next_attempt_at = $1, finished_at = NULL
       WHERE user_id = $2 AND state <> 'pending' AND purpose <> 'confirmation' AND ${condition} RETURNING 1`,
      [this.clock.now(), userId, ...values],
    );
    if (rows.length > 0) await this.announce();
    return rows.length;
  }

  private async ensureChannel(userId: string, id: string): Promise<FoundChannel> {
    const [channel] = await this.postgres.query<FoundChannel>(
      `SELECT kind, is_enabled, ${IS_CONFIRMED} AS is_confirmed FROM channel c WHERE id = $1 AND user_id = $2`,
      [id, userId],
    );
    if (!channel) throw new NotFoundError('Channel');
    return channel;
  }
}

interface FoundChannel {
  kind: ChannelKind;
  is_enabled: boolean;
  is_confirmed: boolean;
}

/** @throws ConflictError */
function ensureSending({ kind, is_enabled, is_confirmed }: FoundChannel): void {
  if (kind === 'in_app')
    throw new ConflictError('Nothing is sent by this channel: alerts are in the list and the stream');
  if (!is_confirmed) throw new ConflictError('The address is not confirmed: follow the link in the mail to it');
  if (!is_enabled) throw new ConflictError('The channel is disabled: enable it first');
}

function toView(row: DeliveryRow): DeliveryView {
  return {
    id: row.id,
    purpose: row.purpose,
    channelId: row.channel_id,
    alertId: row.alert_id,
    productId: row.product_id,
    digestId: row.digest_id,
    message: row.notice ? noticeMessage(row.notice) : row.message,
    state: row.state,
    nextAttemptAt: row.next_attempt_at?.toISOString() ?? null,
    createdAt: row.created_at.toISOString(),
    finishedAt: row.finished_at?.toISOString() ?? null,
    attempts: row.attempts.map((attempt) => ({ ...attempt, at: new Date(attempt.at).toISOString() })),
  };
}
