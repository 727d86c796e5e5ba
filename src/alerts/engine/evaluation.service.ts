import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Clock } from '../../common/clock';
import { Marketplace } from '../../common/marketplace';
import { fromMinute, toMinute } from '../../common/minute';
import { ListingHistory, PriceHistoryService } from '../../price-history/price-history.service';
import { Postgres, SqlRunner } from '../../shared/database/postgres';
import { Deliveries } from '../delivery/deliveries.service';
import { CONCERNS } from '../rules/concerns';
import { Condition, Rearm } from '../rules/condition';
import { readingsOf, RuleState, run } from './engine';
import { StoredPoint } from './evidence';
import { evidenceViews } from './evidence-view';
import { messageOf, severityOf } from './message';

/** The longest that a baseline looks back, and a day for what became known late. */
export const BASELINE_MINUTES = 32 * 1440;

/** Each rule with each active product that it concerns, of the listings $1: locked in one order, so that two workers take turns. */
const PAIRS_STATEMENT = `
SELECT t.rule_id, t.product_id, t.seen, t.fired_at, t.is_armed, r.user_id, r.conditions, r.cooldown_minutes, r.rearm,
       p.listing_id, l.marketplace, greatest(r.updated_at, p.created_at) AS floor, s.checked_at
FROM alert_rule_state t JOIN alert_rule r ON r.id = t.rule_id JOIN product p ON p.id = t.product_id AND p.user_id = r.user_id
JOIN listing l ON l.id = p.listing_id JOIN listing_state s ON s.listing_id = l.id
WHERE p.listing_id = ANY ($1::int[]) AND p.is_active AND r.is_active AND ${CONCERNS}
ORDER BY t.rule_id, t.product_id FOR UPDATE OF t`;

interface PairRow {
  rule_id: string;
  product_id: string;
  seen: RuleState['seen'];
  fired_at: number | null;
  is_armed: boolean;
  user_id: string;
  conditions: Condition[];
  cooldown_minutes: number;
  rearm: Rearm;
  listing_id: number;
  marketplace: Marketplace;
  floor: Date;
  checked_at: Date | null;
}

/** Looks at what was recorded, by all rules that it concerns. */
@Injectable()
export class Evaluation {
  constructor(
    private readonly postgres: Postgres,
    private readonly history: PriceHistoryService,
    private readonly deliveries: Deliveries,
    private readonly clock: Clock,
  ) {}

  /**
   * States and alerts are written together: however often, and by however many workers, a reading is looked at, it is told once.
   * @returns how many alerts were made
   */
  async evaluate(listingIds: readonly number[]): Promise<number> {
    if (listingIds.length === 0) return 0;
    const made = await this.postgres.transaction(async (sql) => {
      await sql.query(
        `INSERT INTO alert_rule_state (rule_id, product_id, seen, fired_at, is_armed, checked_at)
         SELECT r.id, p.id, '{}', NULL, true, '-infinity'
         FROM product p JOIN alert_rule r ON ${CONCERNS} WHERE p.listing_id = ANY ($1::int[]) AND p.is_active AND r.is_active
         ORDER BY r.id, p.id ON CONFLICT DO NOTHING`,
        [listingIds],
      );
      const pairs = await sql.query<PairRow>(PAIRS_STATEMENT, [listingIds]);
      if (pairs.length === 0) return 0;
      return this.look(sql, pairs);
    });
    if (made > 0) await this.deliveries.announce(made);
    return made;
  }

  /** Listings that were checked since a rule last looked at them. */
  async overdue(limit: number): Promise<number[]> {
    const rows = await this.postgres.query<{ listing_id: number }>(
      `SELECT DISTINCT p.listing_id FROM alert_rule r JOIN product p ON ${CONCERNS} AND p.is_active
       JOIN listing_state s ON s.listing_id = p.listing_id
       LEFT JOIN alert_rule_state t ON t.rule_id = r.id AND t.product_id = p.id
       WHERE r.is_active AND s.observed_at IS NOT NULL AND s.checked_at > coalesce(t.checked_at, '-infinity') LIMIT $1`,
      [limit],
    );
    return rows.map(({ listing_id }) => listing_id);
  }

  private async look(sql: SqlRunner, pairs: readonly PairRow[]): Promise<number> {
    const now = this.clock.now();
    const listingIds = [...new Set(pairs.map(({ listing_id }) => listing_id))];
    const metrics = [...new Set(pairs.flatMap(({ conditions }) => conditions.map(({ metric }) => metric)))];
    const at = toMinute(now);
    const histories = await this.history.recordedShared(listingIds, metrics, at - BASELINE_MINUTES, at + 1440);
    const readings = new Map([...histories].map(([id, history]) => [id, readingsOf(pointsOf(history))]));
    const states: object[] = [];
    const alerts: object[] = [];
    for (const pair of pairs) {
      const history = histories.get(pair.listing_id);
      const { fired, state } = run(
        { conditions: pair.conditions, cooldownMinutes: pair.cooldown_minutes, rearm: pair.rearm },
        readings.get(pair.listing_id) ?? [],
        { seen: pair.seen, firedAt: pair.fired_at, isArmed: pair.is_armed },
        { floor: toMinute(pair.floor), replay: false },
      );
      states.push({
        rule_id: pair.rule_id,
        product_id: pair.product_id,
        seen: state.seen,
        fired_at: state.firedAt,
        is_armed: state.isArmed,
        checked_at: pair.checked_at,
      });
      for (const { occurredAt, evidence } of fired) {
        alerts.push({
          id: uuidv7(),
          user_id: pair.user_id,
          product_id: pair.product_id,
          rule_id: pair.rule_id,
          severity: severityOf(evidence),
          message: messageOf(evidence, pair.marketplace),
          evidence: history ? evidenceViews(evidence, history) : [],
          occurred_at: fromMinute(occurredAt),
          created_at: now,
        });
      }
    }
    await sql.query(
      `UPDATE alert_rule_state t SET seen = n.seen, fired_at = n.fired_at, is_armed = n.is_armed,
         checked_at = coalesce(n.checked_at, t.checked_at)
       FROM jsonb_to_recordset($1::jsonb) AS n(rule_id uuid, product_id uuid, seen jsonb, fired_at int, is_armed boolean, checked_at timestamptz)
       WHERE t.rule_id = n.rule_id AND t.product_id = n.product_id`,
      [JSON.stringify(states)],
    );
    if (alerts.length === 0) return 0;
    const made = await sql.query<{ id: string }>(
      `INSERT INTO alert (id, user_id, product_id, rule_id, severity, message, evidence, occurred_at, created_at)
       SELECT * FROM jsonb_to_recordset($1::jsonb) AS n(id uuid, user_id uuid, product_id uuid, rule_id uuid, severity text, message text,
                                                       evidence jsonb, occurred_at timestamptz, created_at timestamptz)
       ON CONFLICT (rule_id, product_id, occurred_at) DO NOTHING RETURNING id`,
      [JSON.stringify(alerts)],
    );
    if (made.length > 0)
      await this.deliveries.plan(
        sql,
        made.map(({ id }) => id),
      );
    return made.length;
  }
}

/** All change points of a listing, with when each became known. */
export function pointsOf({ series }: ListingHistory): StoredPoint[] {
  return [...series].flatMap(([metric, { points, recorded }]) =>
    points.map((point, index) => ({ ...point, metric, recorded: recorded[index] ?? point.minute })),
  );
}
