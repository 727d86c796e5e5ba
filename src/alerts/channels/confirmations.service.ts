import { Injectable } from '@nestjs/common';
import { InjectThrottlerStorage, ThrottlerStorage } from '@nestjs/throttler';
import { v4 as uuidv4 } from 'uuid';
import { AppError, ConflictError, NotFoundError } from '../../common/app-error';
import { Clock } from '../../common/clock';
import { Postgres, SqlRunner } from '../../shared/database/postgres';
import { Deliveries } from '../delivery/deliveries.service';
import { ConfirmationClaim, ConfirmationLinks } from '../delivery/mail-links';

const HOUR_MS = 3_600_000;

/** Mails an hour. The others keep a user from having strangers mailed by channels that come and go. */
const MAX_OF_CHANNEL = 3;
const MAX_OF_USER = 20;
const MAX_TO_ADDRESS = 5;

/** Whether the address of an e-mail channel is the user's: asked by a mail, which is a delivery like others. */
@Injectable()
export class Confirmations {
  constructor(
    private readonly postgres: Postgres,
    private readonly deliveries: Deliveries,
    private readonly links: ConfirmationLinks,
    private readonly clock: Clock,
    @InjectThrottlerStorage() private readonly counts: ThrottlerStorage,
  ) {}

  /**
   * In the transaction that makes, changes or locks the channel; announced after it.
   * @throws AppError `rate_limited`
   */
  async plan(sql: SqlRunner, userId: string, channelId: string, address: string): Promise<string> {
    const now = this.clock.now();
    const planned = await sql.query<{ id: string }>(
      `INSERT INTO delivery (id, user_id, channel_id, purpose, state, next_attempt_at, created_at)
       SELECT $1, $2, $3, 'confirmation', 'pending', $4, $4
       WHERE (SELECT count(*) FROM delivery WHERE user_id = $2 AND channel_id = $3 AND purpose = 'confirmation' AND created_at > $5) < $6
       RETURNING id`,
      [uuidv4(), userId, channelId, now, new Date(now.getTime() - HOUR_MS), MAX_OF_CHANNEL],
    );
    const [delivery] = planned;
    if (!delivery) throw tooMany();
    await this.count(userId, address);
    return delivery.id;
  }

  /**
   * Another mail to the channel's address.
   * @returns the delivery
   * @throws NotFoundError, also for a channel of somebody else; ConflictError where there is nothing to confirm; AppError `rate_limited`
   */
  async resend(userId: string, channelId: string): Promise<string> {
    const id = await this.postgres.transaction(async (sql) => {
      const [locked] = await sql.query<{ address: string | null; is_enabled: boolean; confirmed_at: Date | null }>(
        `SELECT address, is_enabled, confirmed_at FROM channel WHERE id = $1 AND user_id = $2 FOR UPDATE`,
        [channelId, userId],
      );
      if (!locked) throw new NotFoundError('Channel');
      if (locked.address === null) throw new ConflictError('Only an address for mails is confirmed');
      if (locked.confirmed_at) throw new ConflictError('The address is confirmed');
      if (!locked.is_enabled) throw new ConflictError('The channel is disabled: enable it first');
      return this.plan(sql, userId, channelId, locked.address);
    });
    await this.deliveries.announce();
    return id;
  }

  /**
   * What a link would confirm.
   * @throws NotFoundError for a token that is not ours, or of an address that the channel no longer has; ConflictError when it has expired
   */
  async addressOf(token: string): Promise<string> {
    const [found] = await this.postgres.query<{ address: string }>(
      `SELECT address FROM channel WHERE ${IS_CLAIMED}`,
      valuesOf(this.read(token)),
    );
    if (!found) throw new NotFoundError('Channel');
    return found.address;
  }

  /** Follows the link; once more changes nothing. @throws as `addressOf` */
  async confirm(token: string): Promise<void> {
    const confirmed = await this.postgres.query(
      `UPDATE channel SET confirmed_at = coalesce(confirmed_at, $3), updated_at = $3 WHERE ${IS_CLAIMED} RETURNING 1`,
      [...valuesOf(this.read(token)), this.clock.now()],
    );
    if (confirmed.length === 0) throw new NotFoundError('Channel');
  }

  private async count(userId: string, address: string): Promise<void> {
    for (const [key, limit] of [
      [`user:${userId}`, MAX_OF_USER],
      [`address:${address}`, MAX_TO_ADDRESS],
    ] as const) {
      const name = 'confirmation-mails';
      const hits = await this.counts.increment(`${name}:${key}`, HOUR_MS, limit, HOUR_MS, name);
      if (hits.isBlocked) throw tooMany();
    }
  }

  private read(token: string): ConfirmationClaim {
    const claim = this.links.read(token);
    if (!claim) throw new NotFoundError('Link');
    if (claim.expiresAt <= this.clock.now()) throw new ConflictError('The link has expired: ask for another mail');
    return claim;
  }
}

/** $1 channel, $2 hash of its address. */
const IS_CLAIMED = `id = $1 AND substring(sha256(convert_to(address, 'UTF8')), 1, 16) = $2`;

function valuesOf({ channelId, addressHash }: ConfirmationClaim): unknown[] {
  return [channelId, addressHash];
}

function tooMany(): AppError {
  return new AppError('rate_limited', 'Too many mails that ask for a confirmation; try again in an hour');
}
