import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { ConflictError, NotFoundError, ValidationError } from '../../common/app-error';
import { Clock } from '../../common/clock';
import { Config } from '../../config/config';
import { Postgres, SqlRunner } from '../../shared/database/postgres';
import { ConditionDto, CreateAlertRuleDto, UpdateAlertRuleDto } from '../dto/alert-rule.dto';
import { AlertRuleList, AlertRuleView } from '../dto/alert-rule.view';
import { completed, defaultCooldown } from './check-condition';
import { CONCERNS } from './concerns';
import { Condition, Rearm } from './condition';

const DEFAULT_REARM: Rearm = 'cooldown_and_return';

/** Of one product, of all with a tag, or with neither of all. */
export interface RuleScope {
  productId: string | null;
  tag: string | null;
}

interface RuleRow {
  id: string;
  product_id: string | null;
  tag: string | null;
  name: string | null;
  conditions: Condition[];
  cooldown_minutes: number;
  rearm: Rearm;
  channel_ids: string[] | null;
  is_active: boolean;
  created_at: Date;
  updated_at: Date;
}

interface UpdatedRule {
  product_id: string | null;
  restarts: boolean | null;
  /** The channels that it named are deleted; null where it tells every one. */
  is_silent: boolean | null;
}

const COLUMNS =
  'r.id, r.product_id, r.tag, r.name, r.conditions, r.cooldown_minutes, r.rearm, r.channel_ids, r.is_active, r.created_at, r.updated_at';

@Injectable()
export class AlertRules {
  constructor(
    private readonly postgres: Postgres,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /** @throws NotFoundError for a product of somebody else; ValidationError; ConflictError when there are too many, or own sellers are needed and none is known */
  async create(userId: string, scope: RuleScope, given: CreateAlertRuleDto): Promise<AlertRuleView> {
    const conditions = completedAll(given.conditions);
    const id = uuidv7();
    await this.postgres.transaction(async (sql) => {
      // Two at once would each count the same free place.
      await sql.query(`SELECT 1 FROM app_user WHERE id = $1 FOR UPDATE`, [userId]);
      await this.ensureRoom(sql, userId, scope.productId);
      await this.ensureSellers(sql, userId, scope.productId, conditions);
      await this.ensureChannels(sql, userId, given.channelIds ?? []);
      await sql.query(
        `INSERT INTO alert_rule (id, user_id, product_id, tag, name, conditions, cooldown_minutes, rearm, channel_ids, is_active, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)`,
        [
          id,
          userId,
          scope.productId,
          scope.tag,
          given.name ?? null,
          JSON.stringify(conditions),
          given.cooldownMinutes ?? defaultCooldown(conditions),
          given.rearm ?? DEFAULT_REARM,
          given.channelIds ?? null,
          given.isActive ?? true,
          this.clock.now(),
        ],
      );
    });
    return this.get(userId, id);
  }

  /** Those that concern a product, whether made for it, for a tag of it, or for all. @throws NotFoundError */
  async ofProduct(userId: string, productId: string): Promise<AlertRuleList> {
    const rows = await this.postgres.query<RuleRow | { id: null }>(
      `SELECT ${COLUMNS} FROM product p
       LEFT JOIN alert_rule r ON ${CONCERNS}
       WHERE p.id = $2 AND p.user_id = $1 ORDER BY r.id`,
      [userId, productId],
    );
    if (rows.length === 0) throw new NotFoundError('Product');
    return { data: rows.flatMap((row) => (row.id === null ? [] : [toView(row)])) };
  }

  async all(userId: string): Promise<AlertRuleList> {
    const rows = await this.postgres.query<RuleRow>(
      `SELECT ${COLUMNS} FROM alert_rule r WHERE r.user_id = $1 ORDER BY r.id`,
      [userId],
    );
    return { data: rows.map(toView) };
  }

  /** @throws NotFoundError, also for one of somebody else */
  async get(userId: string, id: string): Promise<AlertRuleView> {
    const [row] = await this.postgres.query<RuleRow>(
      `SELECT ${COLUMNS} FROM alert_rule r WHERE r.id = $1 AND r.user_id = $2`,
      [id, userId],
    );
    if (!row) throw new NotFoundError('Alert rule');
    return toView(row);
  }

  /**
   * A rule that is to tell something else, or is turned on again, starts anew: nothing that was before fires.
   * @throws NotFoundError; ValidationError and ConflictError as `create`
   */
  async update(userId: string, id: string, change: UpdateAlertRuleDto): Promise<AlertRuleView> {
    const conditions = change.conditions === undefined ? null : completedAll(change.conditions);
    await this.postgres.transaction(async (sql) => {
      // First, as who deletes a channel takes it before its rules.
      await this.ensureChannels(sql, userId, change.channelIds ?? []);
      const [row] = await sql.query<UpdatedRule>(
        `UPDATE alert_rule SET name = CASE WHEN $3 THEN $4 ELSE name END, conditions = coalesce($5::jsonb, conditions),
           cooldown_minutes = coalesce($6, cooldown_minutes), rearm = coalesce($7, rearm),
           channel_ids = CASE WHEN $8 THEN $9::uuid[] ELSE channel_ids END, is_active = coalesce($10, is_active), updated_at = $11,
           restarted_at = CASE WHEN $5 <> conditions OR $6 <> cooldown_minutes OR $7 <> rearm OR $10 AND NOT is_active THEN $11 ELSE restarted_at END
         WHERE id = $1 AND user_id = $2 RETURNING product_id, restarted_at = $11 AS restarts, cardinality(channel_ids) = 0 AS is_silent`,
        [
          id,
          userId,
          change.name !== undefined,
          change.name ?? null,
          conditions && JSON.stringify(conditions),
          change.cooldownMinutes ?? null,
          change.rearm ?? null,
          change.channelIds !== undefined,
          change.channelIds ?? null,
          change.isActive ?? null,
          this.clock.now(),
        ],
      );
      if (!row) throw new NotFoundError('Alert rule');
      if (change.isActive === true && row.is_silent === true) throw namesNoChannel();
      if (conditions) await this.ensureSellers(sql, userId, row.product_id, conditions);
      if (row.restarts !== true) return;
      await sql.query(
        `DELETE FROM alert_rule_state t USING alert_rule r WHERE t.rule_id = r.id AND r.id = $1 AND r.user_id = $2`,
        [id, userId],
      );
    });
    return this.get(userId, id);
  }

  /** Its alerts stay. @throws NotFoundError */
  async remove(userId: string, id: string): Promise<void> {
    const rows = await this.postgres.query(`DELETE FROM alert_rule WHERE id = $1 AND user_id = $2 RETURNING id`, [
      id,
      userId,
    ]);
    if (rows.length === 0) throw new NotFoundError('Alert rule');
  }

  /** A rule of one product that looks for the user's own sellers could never fire without any; one of several products waits for them. */
  private async ensureSellers(
    sql: SqlRunner,
    userId: string,
    productId: string | null,
    conditions: readonly Condition[],
  ): Promise<void> {
    const kind = conditions.find((one) => one.kind === 'buy_box_lost' || one.kind === 'buy_box_won')?.kind;
    if (kind === undefined || productId === null) return;
    const [row] = await sql.query<{ marketplace: string }>(
      `SELECT l.marketplace FROM product p JOIN listing l ON l.id = p.listing_id
       WHERE p.id = $1 AND p.user_id = $2
         AND NOT EXISTS (SELECT FROM own_seller s WHERE s.user_id = $2 AND s.marketplace = l.marketplace)`,
      [productId, userId],
    );
    if (!row) return;
    throw new ConflictError(
      `${kind} needs your own seller ids in ${row.marketplace}: set sellerIds with PATCH /users/me first`,
      'no_own_sellers',
    );
  }

  /** Keeps them from being deleted before the rule is there. */
  private async ensureChannels(sql: SqlRunner, userId: string, channelIds: readonly string[]): Promise<void> {
    if (channelIds.length === 0) return;
    const rows = await sql.query<{ id: string }>(
      `SELECT id FROM channel WHERE user_id = $1 AND id = ANY ($2::uuid[]) ORDER BY id FOR KEY SHARE`,
      [userId, channelIds],
    );
    const known = new Set(rows.map(({ id }) => id));
    const unknown = channelIds.flatMap((id, place) => (known.has(id.toLowerCase()) ? [] : [place]));
    if (unknown.length === 0) return;
    throw new ValidationError(
      unknown.map((place) => ({ field: `channelIds.${String(place)}`, message: 'is no channel of yours' })),
    );
  }

  private async ensureRoom(sql: SqlRunner, userId: string, productId: string | null): Promise<void> {
    if (productId !== null) {
      const [product] = await sql.query(`SELECT FROM product WHERE id = $1 AND user_id = $2`, [productId, userId]);
      if (!product) throw new NotFoundError('Product');
    }
    const [row] = await sql.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM alert_rule WHERE user_id = $1 AND product_id IS NOT DISTINCT FROM $2`,
      [userId, productId],
    );
    const most = this.config.env.MAX_ALERT_RULES_PER_PRODUCT;
    if ((row?.count ?? 0) >= most) {
      const whose = productId === null ? 'of tags and of all products' : 'of one product';
      const why = `There are ${String(most)} rules ${whose} already (MAX_ALERT_RULES_PER_PRODUCT)`;
      throw new ConflictError(why, 'alert_rule_limit_reached');
    }
  }
}

/** @throws ValidationError that says which condition is wrong, and how */
export function completedAll(conditions: readonly ConditionDto[]): Condition[] {
  return conditions.map((given, index) => {
    const found = completed(given);
    if ('field' in found) {
      throw new ValidationError([{ field: `conditions.${String(index)}.${found.field}`, message: found.message }]);
    }
    return found;
  });
}

function namesNoChannel(): ValidationError {
  return new ValidationError([
    { field: 'channelIds', message: 'is empty, as its channels were deleted: name others, or null for every one' },
  ]);
}

function toView(row: RuleRow): AlertRuleView {
  return {
    id: row.id,
    productId: row.product_id,
    tag: row.tag,
    name: row.name,
    conditions: row.conditions,
    cooldownMinutes: row.cooldown_minutes,
    rearm: row.rearm,
    channelIds: row.channel_ids,
    isActive: row.is_active,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}
