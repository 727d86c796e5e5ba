import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Clock } from '../../common/clock';
import { Marketplace } from '../../common/marketplace';
import { Postgres, SqlRunner } from '../../shared/database/postgres';
import { IS_CONFIRMED } from '../channels/confirmed';
import { AlertEvidenceView } from '../dto/alert.view';
import { Severity } from '../entities/alert.entity';
import { ChannelKind } from '../entities/channel.entity';
import { AttemptError } from '../entities/delivery-attempt.entity';
import { DeliveryPurpose, DeliveryState } from '../entities/delivery.entity';
import { ChannelNotice, DisabledChannel, toNotice } from './channel-notice';
import { planned } from './planned';

/** Longer than the longest attempt: whoever holds a lease beyond it is taken for lost, and another worker goes on. */
export const LEASE_MS = 60_000;

/** Receivers whose last attempt took longer get some of the places only, so that they never take all. */
const SLOW_MS = 2000;

const MAX_DIGEST = 200;

/** Due, allowed by channel `c`, and nothing of its product before it still waits for a later time. `d` is the delivery, $1 now. */
const READY = `d.state = 'pending' AND d.next_attempt_at <= $1 AND (d.purpose = 'confirmation' OR ${IS_CONFIRMED}) AND NOT EXISTS (
  SELECT FROM delivery e WHERE e.channel_id = d.channel_id AND e.product_id = d.product_id AND e.state = 'pending'
    AND e.position < d.position AND e.next_attempt_at > $1)`;

/** Leases channels of active users for which something is ready: $1 now, $2 until when, $3 how many, $4 whether slow ones too. */
const CLAIM_STATEMENT = `
WITH due AS MATERIALIZED (
  SELECT DISTINCT channel_id FROM delivery WHERE state = 'pending' AND next_attempt_at <= $1
), chosen AS MATERIALIZED (
  SELECT c.id FROM due JOIN channel c ON c.id = due.channel_id JOIN app_user u ON u.id = c.user_id AND u.is_active
  WHERE c.is_enabled AND (c.leased_until IS NULL OR c.leased_until <= $1) AND (c.not_before IS NULL OR c.not_before <= $1)
    AND ($4 OR c.last_ms IS NULL OR c.last_ms < ${SLOW_MS})
    AND EXISTS (SELECT FROM delivery d WHERE d.channel_id = c.id AND ${READY})
  ORDER BY c.last_attempt_at NULLS FIRST LIMIT $3 FOR UPDATE OF c SKIP LOCKED
)
UPDATE channel c SET lease_id = gen_random_uuid(), leased_until = $2 FROM chosen WHERE c.id = chosen.id
RETURNING c.id, c.lease_id, c.last_ms >= ${SLOW_MS} AS slow`;

/**
 * What goes out next by a leased channel, and goes on with the lease: $1 now, $2 channel, $3 lease, $4 until when, $5 the name
 * of a digest that begins. A digest that was begun stays as it is.
 */
const TAKE_STATEMENT = `
WITH held AS (
  UPDATE channel SET leased_until = $4
  WHERE id = $2 AND lease_id = $3 AND is_enabled AND (not_before IS NULL OR not_before <= $1)
  RETURNING *
), ready AS MATERIALIZED (
  SELECT d.id, d.position, d.digest_id, d.alert_id FROM held c JOIN delivery d ON d.channel_id = c.id
  WHERE ${READY}
  ORDER BY d.position LIMIT (SELECT CASE digest WHEN 'at_once' THEN 1 ELSE ${MAX_DIGEST} END FROM held)
), first AS (
  SELECT ready.*, held.digest <> 'at_once' AND ready.alert_id IS NOT NULL AND ready.digest_id IS NULL AS begins
  FROM ready, held ORDER BY position LIMIT 1
), chosen AS (
  SELECT id FROM first
  UNION SELECT d.id FROM first JOIN delivery d ON d.digest_id = first.digest_id AND d.state = 'pending'
  UNION SELECT ready.id FROM first, ready WHERE first.begins AND ready.digest_id IS NULL AND ready.alert_id IS NOT NULL
), named AS (
  UPDATE delivery d SET digest_id = $5 FROM chosen, first WHERE d.id = chosen.id AND first.begins
)
SELECT d.id, d.purpose, d.notice, d.failures, coalesce(d.digest_id, CASE WHEN first.begins THEN $5::uuid END) AS digest_id, d.created_at AS planned_at,
       h.user_id AS owner_id, h.kind, h.address, h.url, h.secret, h.time_zone, h.failing_since,
       CASE WHEN h.previous_secret_until > $1 THEN h.previous_secret END AS previous_secret,
       a.id AS alert_id, a.severity, a.message, a.evidence, a.occurred_at, a.created_at, a.rule_id, a.user_id, r.name AS rule_name,
       p.id AS product_id, p.tags, coalesce(p.title, l.title) AS title, l.asin, l.marketplace
FROM chosen JOIN delivery d ON d.id = chosen.id CROSS JOIN first CROSS JOIN held h
LEFT JOIN alert a ON a.id = d.alert_id LEFT JOIN alert_rule r ON r.id = a.rule_id
LEFT JOIN product p ON p.id = a.product_id LEFT JOIN listing l ON l.id = p.listing_id
ORDER BY d.position`;

/**
 * Writes down an attempt and what it means, once however often it is tried: $1 deliveries, $2 channel, $3 to $7 the attempt, $8 to $10 the verdict. What waits
 * behind it is due no earlier, so that looking for what is due does not find a backlog over and over.
 */
const FINISH_STATEMENT = `
WITH logged AS (
  INSERT INTO delivery_attempt (delivery_id, attempted_at, ms, status, error, answer)
  SELECT id, $3, $4, $5, $6, $7 FROM delivery d WHERE id = ANY ($1::uuid[])
    AND NOT EXISTS (SELECT FROM delivery_attempt t WHERE t.delivery_id = d.id AND t.attempted_at = $3)
), ended AS (
  UPDATE delivery SET state = $8, next_attempt_at = $9, failures = failures + CASE WHEN $6::text IS NULL THEN 0 ELSE 1 END,
    finished_at = CASE WHEN $8 = 'pending' THEN NULL ELSE $3::timestamptz END
  WHERE id = ANY ($1::uuid[]) AND state = 'pending'
), put_off AS (
  UPDATE delivery SET next_attempt_at = $9
  WHERE channel_id = $2 AND state = 'pending' AND next_attempt_at < $9::timestamptz AND id <> ALL ($1::uuid[])
    AND product_id IN (SELECT product_id FROM delivery WHERE id = ANY ($1::uuid[]))
)
UPDATE channel SET failing_since = CASE WHEN $6::text IS NULL THEN NULL ELSE coalesce(failing_since, $3) END, last_ms = $4,
  last_attempt_at = $3, not_before = $10
WHERE id = $2`;

/** $1 channel, $2 its user, $3 why. Finds none where it is disabled already: its user is told once. */
const DISABLE_STATEMENT = `
UPDATE channel SET is_enabled = false, disabled_reason = $3 WHERE id = $1 AND user_id = $2 AND is_enabled
RETURNING id, kind, name, address, url`;

/** The user's other channels tell of it at once, digests or not. $1 user, $2 the disabled channel, $3 what is told, $4 now. */
const TELL_STATEMENT = `
INSERT INTO delivery (id, user_id, channel_id, purpose, notice, state, next_attempt_at, created_at, finished_at)
SELECT gen_random_uuid(), c.user_id, c.id, 'channel_disabled', $3::jsonb,
       ${planned('$4::timestamptz', '$4')}
FROM channel c WHERE c.user_id = $1 AND c.id <> $2 AND c.is_enabled AND ${IS_CONFIRMED}`;

/** What waits for a channel that sends no more will not go out late and as a heap; it can be redelivered. $1 channel, $2 its user, $3 now. */
export const BURY_STATEMENT = `
UPDATE delivery SET state = 'dead', next_attempt_at = NULL, finished_at = $3
WHERE channel_id = $1 AND user_id = $2 AND state = 'pending' RETURNING 1`;

export interface Lease {
  id: string;
  lease_id: string;
  slow: boolean | null;
}

/** An alert on its way, with what is told of it. */
export interface TakenAlert {
  alert_id: string;
  user_id: string;
  severity: Severity;
  message: string;
  evidence: AlertEvidenceView[];
  occurred_at: Date;
  created_at: Date;
  rule_id: string | null;
  rule_name: string | null;
  product_id: string;
  tags: string[];
  title: string | null;
  asin: string;
  marketplace: Marketplace;
}

interface TakenChannel {
  owner_id: string;
  kind: Exclude<ChannelKind, 'in_app'>;
  address: string | null;
  url: string | null;
  secret: Buffer | null;
  previous_secret: Buffer | null;
  time_zone: string;
  failing_since: Date | null;
}

type TakenRow = TakenChannel & {
  id: string;
  purpose: DeliveryPurpose;
  notice: ChannelNotice | null;
  failures: number;
  digest_id: string | null;
  planned_at: Date;
} & (TakenAlert | { alert_id: null });

/** One message to send now. */
export interface Message {
  /** The same in each attempt. */
  id: string;
  channelId: string;
  channel: TakenChannel;
  deliveryIds: string[];
  /** Failed attempts so far. */
  failures: number;
  plannedAt: Date;
  purpose: DeliveryPurpose;
  /** Of `channel_disabled`. */
  notice: ChannelNotice | null;
  /** None where it is no alert. */
  alerts: TakenAlert[];
  isDigest: boolean;
}

export interface Attempt {
  at: Date;
  ms: number;
  status: number | null;
  error: AttemptError | null;
  answer: string | null;
}

export interface Verdict {
  state: DeliveryState;
  nextAttemptAt: Date | null;
  /** The receiver is not to be called before. */
  notBefore: Date | null;
  /** Why the channel is disabled now. */
  disabledReason: string | null;
}

/** Who delivers what, in rows: leases, what is next, and how it went. */
@Injectable()
export class DeliveryLedger {
  constructor(
    private readonly postgres: Postgres,
    private readonly clock: Clock,
  ) {}

  claim(places: number, withSlow: boolean): Promise<Lease[]> {
    const now = this.clock.now();
    return this.postgres.query<Lease>({ name: 'claim-channels', text: CLAIM_STATEMENT }, [
      now,
      leaseEnd(now),
      places,
      withSlow,
    ]);
  }

  /** @returns null when nothing is ready, or the lease is another's by now */
  async take({ id: channelId, lease_id }: Lease): Promise<Message | null> {
    const now = this.clock.now();
    const rows = await this.postgres.query<TakenRow>({ name: 'take-delivery', text: TAKE_STATEMENT }, [
      now,
      channelId,
      lease_id,
      leaseEnd(now),
      uuidv7(),
    ]);
    const [first] = rows;
    if (!first) return null;
    return {
      id: first.digest_id ?? first.id,
      channelId,
      channel: first,
      deliveryIds: rows.map(({ id }) => id),
      failures: first.failures,
      plannedAt: first.planned_at,
      purpose: first.purpose,
      notice: first.notice,
      alerts: rows.filter((row): row is TakenRow & TakenAlert => row.alert_id !== null),
      isDigest: first.digest_id !== null,
    };
  }

  /** @returns how many others the channel's end has given up */
  async finish({ channelId, channel, deliveryIds }: Message, attempt: Attempt, verdict: Verdict): Promise<number> {
    return this.postgres.transaction(async (sql) => {
      await sql.query({ name: 'finish-delivery', text: FINISH_STATEMENT }, [
        deliveryIds,
        channelId,
        attempt.at,
        attempt.ms,
        attempt.status,
        attempt.error,
        attempt.answer,
        verdict.state,
        verdict.nextAttemptAt,
        verdict.notBefore,
      ]);
      if (verdict.disabledReason === null) return 0;
      await this.disable(sql, channelId, channel.owner_id, verdict.disabledReason, attempt.at);
      return (await sql.query(BURY_STATEMENT, [channelId, channel.owner_id, attempt.at])).length;
    });
  }

  private async disable(sql: SqlRunner, channelId: string, userId: string, reason: string, at: Date): Promise<void> {
    const [disabled] = await sql.query<DisabledChannel>(DISABLE_STATEMENT, [channelId, userId, reason]);
    if (!disabled) return;
    await sql.query(TELL_STATEMENT, [userId, channelId, JSON.stringify(toNotice(disabled, reason, at)), at]);
  }

  async release({ id, lease_id }: Lease): Promise<void> {
    await this.postgres.query(
      `UPDATE channel SET lease_id = NULL, leased_until = NULL WHERE id = $1 AND lease_id = $2`,
      [id, lease_id],
    );
  }

  /**
   * Gives up what was planned in the very moment in which its channel was disabled, and so did not see that.
   * @returns how many
   */
  async buryMissed(): Promise<number> {
    const rows = await this.postgres.query(
      `UPDATE delivery d SET state = 'dead', next_attempt_at = NULL, finished_at = $1
       FROM channel c WHERE c.id = d.channel_id AND NOT c.is_enabled AND d.state = 'pending' RETURNING 1`,
      [this.clock.now()],
    );
    return rows.length;
  }

  /** Deletes those that were over before. @returns how many */
  async deleteBefore(time: Date): Promise<number> {
    const rows = await this.postgres.query(`DELETE FROM delivery WHERE finished_at < $1 RETURNING 1`, [time]);
    return rows.length;
  }
}

function leaseEnd(now: Date): Date {
  return new Date(now.getTime() + LEASE_MS);
}
