import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { ConflictError, NotFoundError, ValidationError } from '../../common/app-error';
import { Clock } from '../../common/clock';
import { Config } from '../../config/config';
import { Postgres, SqlRunner } from '../../shared/database/postgres';
import { Outbound } from '../../shared/outbound/outbound';
import { ForbiddenAddress } from '../../shared/outbound/outbound-url';
import { Deliveries } from '../delivery/deliveries.service';
import { howToEnable } from '../delivery/channel-notice';
import { BURY_STATEMENT } from '../delivery/delivery-ledger';
import { ChannelKind, Digest } from '../entities/channel.entity';
import { ChannelSecrets } from './channel-secrets';
import { Confirmations } from './confirmations.service';
import { digestTime } from './digest-time';
import { CreateChannelDto, UpdateChannelDto } from './dto/channel.dto';
import { ChannelList, ChannelView, NewChannelView } from './dto/channel.view';

const MAX_CHANNELS = 20;

/** Rules that an error names. */
const MOST_NAMED = 5;

/** How long messages are signed with the secret before as well. */
const OVERLAP_MS = 24 * 3_600_000;

interface ChannelRow {
  id: string;
  kind: ChannelKind;
  name: string | null;
  address: string | null;
  confirmed_at: Date | null;
  url: string | null;
  digest: Digest;
  digest_hour: number;
  time_zone: string;
  is_enabled: boolean;
  disabled_reason: string | null;
  failing_since: Date | null;
  previous_secret_until: Date | null;
  created_at: Date;
  updated_at: Date;
}

const COLUMNS = `id, kind, name, address, confirmed_at, url, digest, digest_hour, time_zone, is_enabled, disabled_reason, failing_since,
  previous_secret_until, created_at, updated_at`;

/** Where a user wants to be told. */
@Injectable()
export class ChannelsService {
  constructor(
    private readonly postgres: Postgres,
    private readonly outbound: Outbound,
    private readonly secrets: ChannelSecrets,
    private readonly confirmations: Confirmations,
    private readonly deliveries: Deliveries,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /**
   * An address for mails is asked for a confirmation.
   * @throws ValidationError for an address that is not called; ConflictError when there are too many; AppError `rate_limited` for
   * too many mails
   */
  async create(userId: string, request: CreateChannelDto): Promise<NewChannelView> {
    refuseForeignFields(request.kind, request);
    const url = await this.callable(request.url);
    await this.ensureKnownZone(request.timeZone);
    const id = uuidv7();
    const secret = request.kind === 'webhook' ? this.secrets.create(id) : null;
    const row = await this.postgres.transaction(async (sql) => {
      // Two at once would both find room for one.
      await sql.query(`SELECT FROM app_user WHERE id = $1 FOR NO KEY UPDATE`, [userId]);
      const [created] = await sql.query<ChannelRow>(
        `INSERT INTO channel (id, user_id, kind, name, address, url, secret, digest, digest_hour, time_zone, created_at, updated_at)
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11
         WHERE (SELECT count(*) FROM channel WHERE user_id = $2) < $12
         RETURNING ${COLUMNS}`,
        [
          id,
          userId,
          request.kind,
          request.name ?? null,
          request.address ?? null,
          url,
          secret?.stored ?? null,
          request.digest ?? 'at_once',
          request.digestHour ?? 8,
          request.timeZone ?? 'UTC',
          this.clock.now(),
          MAX_CHANNELS,
        ],
      );
      if (!created) throw new ConflictError(`You have ${MAX_CHANNELS} channels already`);
      if (created.address !== null) await this.confirmations.plan(sql, userId, id, created.address);
      return created;
    });
    if (row.address !== null) await this.deliveries.announce();
    return { ...this.toView(row), secret: secret?.shown ?? null };
  }

  async list(userId: string): Promise<ChannelList> {
    const rows = await this.postgres.query<ChannelRow>(
      `SELECT ${COLUMNS} FROM channel WHERE user_id = $1 ORDER BY id`,
      [userId],
    );
    return { data: rows.map((row) => this.toView(row)) };
  }

  /**
   * Another address is asked for a confirmation, and what waited for the old one is dead.
   * @throws NotFoundError, also for one of somebody else; ValidationError; AppError `rate_limited` for too many mails
   */
  async update(userId: string, id: string, change: UpdateChannelDto): Promise<ChannelView> {
    const url = await this.callable(change.url);
    await this.ensureKnownZone(change.timeZone);
    const { row, asked } = await this.postgres.transaction(async (sql) => {
      const [before] = await sql.query<ChannelRow>(
        `SELECT ${COLUMNS} FROM channel WHERE id = $1 AND user_id = $2 FOR UPDATE`,
        [id, userId],
      );
      if (!before) throw new NotFoundError('Channel');
      refuseForeignFields(before.kind, change);
      const [row] = await sql.query<ChannelRow>(
        `UPDATE channel SET name = CASE WHEN $3 THEN $4 ELSE name END, address = coalesce($5, address),
           confirmed_at = CASE WHEN $5 <> address THEN NULL ELSE confirmed_at END, url = coalesce($6, url),
           digest = coalesce($7, digest), digest_hour = coalesce($8, digest_hour), time_zone = coalesce($9, time_zone),
           is_enabled = coalesce($10, is_enabled), disabled_reason = CASE WHEN $10 THEN NULL ELSE disabled_reason END,
           failing_since = CASE WHEN $10 OR $6 IS NOT NULL OR $5 IS NOT NULL THEN NULL ELSE failing_since END,
           not_before = CASE WHEN $6 IS NOT NULL THEN NULL ELSE not_before END, updated_at = $11
         WHERE id = $1 AND user_id = $2 RETURNING ${COLUMNS}`,
        [
          id,
          userId,
          change.name !== undefined,
          change.name ?? null,
          change.address ?? null,
          url,
          change.digest ?? null,
          change.digestHour ?? null,
          change.timeZone ?? null,
          change.isEnabled ?? null,
          this.clock.now(),
        ],
      );
      if (!row) throw new NotFoundError('Channel');
      const isMoved = row.address !== before.address;
      if (isMoved || change.isEnabled === false) await sql.query(BURY_STATEMENT, [id, userId, this.clock.now()]);
      else if (goesOutAnotherTime(before, row)) await this.reschedule(sql, userId, id);
      const asked = row.is_enabled && !row.confirmed_at && (isMoved || !before.is_enabled) ? row.address : null;
      if (asked !== null) await this.confirmations.plan(sql, userId, id, asked);
      return { row, asked };
    });
    if (asked !== null) await this.deliveries.announce();
    return this.toView(row);
  }

  /**
   * With all its deliveries. Rules that name it go on with the others that they name; one that is turned off may be left with none.
   * @throws NotFoundError, also for one of somebody else; ConflictError where active rules would tell nobody any more
   */
  async delete(userId: string, id: string): Promise<void> {
    await this.postgres.transaction(async (sql) => {
      const deleted = await sql.query(`DELETE FROM channel WHERE id = $1 AND user_id = $2 RETURNING 1`, [id, userId]);
      if (deleted.length === 0) throw new NotFoundError('Channel');
      // A rule that names it from now on finds that it is gone, one that did so before has been waited for.
      const rules = await sql.query<{ id: string; is_silenced: boolean }>(
        `UPDATE alert_rule SET channel_ids = array_remove(channel_ids, $2) WHERE user_id = $1 AND $2 = ANY (channel_ids)
         RETURNING id, is_active AND cardinality(channel_ids) = 0 AS is_silenced`,
        [userId, id],
      );
      const silenced = rules.filter(({ is_silenced }) => is_silenced).map((rule) => rule.id);
      if (silenced.length === 0) return;
      const [few, more] = [silenced.slice(0, MOST_NAMED), silenced.length - MOST_NAMED];
      throw new ConflictError(
        `Rules that name no other channel would tell nobody: ${few.join(', ')}${more > 0 ? ` and ${more} more` : ''}. Change or delete them first`,
      );
    });
  }

  /**
   * A new secret; for a day messages are signed with the old one too.
   * @throws NotFoundError, also for one of somebody else; ConflictError for what is no webhook
   */
  async rotateSecret(userId: string, id: string): Promise<NewChannelView> {
    const now = this.clock.now();
    const secret = this.secrets.create(id);
    const [row] = await this.postgres.query<ChannelRow>(
      `UPDATE channel SET previous_secret = secret, previous_secret_until = $4, secret = $3, updated_at = $5
       WHERE id = $1 AND user_id = $2 AND kind = 'webhook' RETURNING ${COLUMNS}`,
      [id, userId, secret.stored, new Date(now.getTime() + OVERLAP_MS), now],
    );
    if (row) return { ...this.toView(row), secret: secret.shown };
    const { length } = await this.postgres.query(`SELECT FROM channel WHERE id = $1 AND user_id = $2`, [id, userId]);
    if (length === 0) throw new NotFoundError('Channel');
    throw new ConflictError('Only a webhook has a secret');
  }

  /** What waits for a digest that was not begun goes out when the channel now says. What is due is on its way. */
  private async reschedule(sql: SqlRunner, userId: string, id: string): Promise<void> {
    await sql.query(
      `UPDATE delivery d SET next_attempt_at = ${digestTime('$2')} FROM channel c
       WHERE c.id = $1 AND c.user_id = $3 AND d.channel_id = c.id AND d.user_id = $3 AND d.state = 'pending' AND d.failures = 0
         AND d.digest_id IS NULL AND d.alert_id IS NOT NULL AND d.next_attempt_at > $2`,
      [id, this.clock.now(), userId],
    );
  }

  private async callable(url: string | undefined): Promise<string | null> {
    if (url === undefined) return null;
    try {
      return await this.outbound.check(url);
    } catch (error) {
      if (!(error instanceof ForbiddenAddress)) throw error;
      throw new ValidationError([{ field: 'url', message: error.message }]);
    }
  }

  /** The database has names of its own, and a zone that it lacks would stop every alert of the user. */
  private async ensureKnownZone(timeZone: string | undefined): Promise<void> {
    if (timeZone === undefined) return;
    const [zone] = await this.postgres.query(`SELECT FROM pg_timezone_names WHERE lower(name) = lower($1)`, [timeZone]);
    if (!zone) throw new ValidationError([{ field: 'timeZone', message: 'is not known to the database' }]);
  }

  private toView(row: ChannelRow): ChannelView {
    return {
      id: row.id,
      kind: row.kind,
      name: row.name,
      address: row.address,
      confirmedAt: row.confirmed_at?.toISOString() ?? null,
      nextStep: this.nextStep(row),
      url: row.url,
      digest: row.digest,
      digestHour: row.digest_hour,
      timeZone: row.time_zone,
      isEnabled: row.is_enabled,
      disabledReason: row.disabled_reason,
      failingSince: row.failing_since?.toISOString() ?? null,
      previousSecretUntil: row.previous_secret_until?.toISOString() ?? null,
      createdAt: row.created_at.toISOString(),
      updatedAt: row.updated_at.toISOString(),
    };
  }

  private nextStep(row: ChannelRow): string | null {
    if (!row.is_enabled) return row.disabled_reason === null ? null : howToEnable(row.id);
    if (row.address === null || row.confirmed_at) return null;
    if (this.config.env.SMTP_URL === undefined)
      return `No SMTP_URL is set, and mails are files: open the one to ${row.address} in the folder mail of the data folder, and follow its link`;
    return `Follow the link in the mail to ${row.address}; POST /channels/${row.id}/confirmation sends another one`;
  }
}

function goesOutAnotherTime(before: ChannelRow, after: ChannelRow): boolean {
  return (['digest', 'digest_hour', 'time_zone'] as const).some((field) => before[field] !== after[field]);
}

/** @throws ValidationError for an address of a channel of another kind */
function refuseForeignFields(kind: ChannelKind, given: { address?: string; url?: string }): void {
  const foreign = [
    ...(kind !== 'email' && given.address !== undefined
      ? [{ field: 'address', message: 'is of an e-mail channel' }]
      : []),
    ...(kind !== 'webhook' && given.url !== undefined ? [{ field: 'url', message: 'is of a webhook' }] : []),
  ];
  if (foreign.length > 0) throw new ValidationError(foreign);
}
