import { Injectable } from '@nestjs/common';
import { setImmediate } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import { Clock } from '../../common/clock';
import { groupBy } from '../../common/group-by';
import { Marketplace } from '../../common/marketplace';
import { exactMinute, fromMinute, toMinute } from '../../common/minute';
import { RIVALLED, RIVALS_NOW } from '../../competitors/rival-news.service';
import { LAST_GOOD_CHECK } from '../../price-history/check-log.service';
import { Postgres, SqlRunner } from '../../shared/database/postgres';
import { Deliveries } from '../delivery/deliveries.service';
import { CONCERNS, TRACKED_SINCE } from '../rules/concerns';
import { Condition, Rearm } from '../rules/condition';
import { RuleState, run, seenOf } from './engine';
import { evidenceViews } from './evidence-view';
import { messageOf, severityOf } from './message';
import { ReadingOrders } from './reading-orders.service';
import { Streams, Subject } from './streams.service';

/** The longest that a baseline looks back, and a day for what became known late. */
export const BASELINE_MINUTES = 32 * 1440;

/** Products that are looked at in one transaction. */
export const PRODUCTS_AT_ONCE = 100;
const NO_ID = '00000000-0000-0000-0000-000000000000';

const isAbout = (...kinds: Condition['kind'][]) =>
  `r.conditions @? '$[*] ? (${kinds.map((kind) => `@.kind == "${kind}"`).join(' || ')})'`;

/** SQL for whether a rule `r` looks at rivals, or at failed checks. */
const ABOUT_RIVALS = isAbout('undercut', 'new_competitor');
const ABOUT_FAILING = isAbout('source_failing');

/** Active products with rules that readings of the listings $1 matter to: their own, or those of rivals. */
const CONCERNED_STATEMENT = `
SELECT p.id FROM product p WHERE p.listing_id = ANY ($1::int[]) AND p.is_active
  AND EXISTS (SELECT FROM alert_rule r WHERE r.is_active AND ${CONCERNS})
UNION
SELECT p.id FROM product p WHERE ${RIVALLED} AND p.is_active
  AND EXISTS (SELECT FROM alert_rule r WHERE r.is_active AND ${isAbout('undercut')} AND ${CONCERNS})
ORDER BY id`;

/** The products $1 and the rules that concern them stay until what is made of them is written: a deletion that had begun meanwhile would wait for that, and that for it. */
const HOLD_STATEMENT = `
SELECT FROM product p JOIN alert_rule r ON ${CONCERNS} WHERE p.id = ANY ($1::uuid[]) AND p.is_active AND r.is_active
ORDER BY p.id, r.id FOR KEY SHARE OF p, r`;

/** Those who look at a product take turns, as its readings have one order. */
const LOCK_STATES_STATEMENT = `
SELECT FROM alert_rule_state WHERE product_id = ANY ($1::uuid[]) ORDER BY rule_id, product_id FOR UPDATE`;

/** SQL for whether what the cooldown of rule `r` held back in state `t` is to be told in this minute. */
const HELD_LONG_ENOUGH = (minute: string) => `t.held IS NOT NULL AND t.fired_at + r.cooldown_minutes <= ${minute}`;

/** Each rule with each of the products $1 that it concerns, and whether there is news for it in minute $2. */
const PAIRS_STATEMENT = `
SELECT t.rule_id, t.product_id, t.seen, t.fired_at, t.is_armed, t.held, r.user_id, r.conditions, r.cooldown_minutes, r.rearm,
       p.listing_id, l.marketplace, greatest(r.created_at, r.restarted_at, ${TRACKED_SINCE}) AS floor, p.created_at, s.checked_at,
       rivals.version AS rivals_version, rivals.latest AS rivals_latest,
       t.checked_at IS DISTINCT FROM s.checked_at OR ${HELD_LONG_ENOUGH('$2')} OR ${ABOUT_FAILING} OR ${ABOUT_RIVALS} AND t.rivals_version IS DISTINCT FROM rivals.version AS has_news
FROM alert_rule_state t JOIN alert_rule r ON r.id = t.rule_id JOIN product p ON p.id = t.product_id AND p.user_id = r.user_id
JOIN listing l ON l.id = p.listing_id JOIN listing_state s ON s.listing_id = l.id
LEFT JOIN LATERAL ${RIVALS_NOW} rivals ON ${ABOUT_RIVALS}
WHERE p.id = ANY ($1::uuid[]) AND p.is_active AND r.is_active AND ${CONCERNS}
ORDER BY t.rule_id, t.product_id`;

/**
 * $1 limit, $2 the last product of the page before, $3 the current minute. Rivals are looked up once for all rules of a product. Clocks of processes differ: the last check may be the earlier one. A listing that was never
 * read can only fail; its outage counts, at the earliest, once the last good check is as many hours ago as the rule says.
 */
const OVERDUE_STATEMENT = `
SELECT p.id FROM product p JOIN listing_state s ON s.listing_id = p.listing_id
LEFT JOIN LATERAL ${RIVALS_NOW} rivals ON EXISTS (SELECT FROM alert_rule r WHERE r.is_active AND ${ABOUT_RIVALS} AND ${CONCERNS})
WHERE p.is_active AND p.id > $2 AND EXISTS (
  SELECT FROM alert_rule r LEFT JOIN alert_rule_state t ON t.rule_id = r.id AND t.product_id = p.id
  WHERE r.is_active AND ${CONCERNS} AND (
    s.checked_at <> coalesce(t.checked_at, '-infinity') AND (s.observed_at IS NOT NULL OR ${ABOUT_FAILING})
    OR ${ABOUT_RIVALS} AND t.rivals_version IS DISTINCT FROM rivals.version
    OR ${HELD_LONG_ENOUGH('$3')}
    OR s.failures > 0 AND ${ABOUT_FAILING} AND EXISTS (
      SELECT FROM jsonb_to_recordset(r.conditions) AS c(kind text, hours int),
        LATERAL (SELECT floor(extract(epoch FROM coalesce(${LAST_GOOD_CHECK}, p.created_at)) / 60)::int + c.hours * 60 AS minute) reached
      WHERE c.kind = 'source_failing' AND reached.minute <= $3 AND coalesce((t.seen->>('source_failing:' || c.hours))::int, 0) < reached.minute
    )
  )
)
ORDER BY p.id LIMIT $1`;

interface PairRow {
  rule_id: string;
  product_id: string;
  seen: RuleState['seen'];
  fired_at: number | null;
  is_armed: boolean;
  held: RuleState['held'];
  user_id: string;
  conditions: Condition[];
  cooldown_minutes: number;
  rearm: Rearm;
  listing_id: number;
  marketplace: Marketplace;
  floor: Date;
  created_at: Date;
  checked_at: Date | null;
  rivals_version: string | null;
  /** Minute. */
  rivals_latest: number | null;
  has_news: boolean;
}

/** Looks at what was recorded, by all rules that it concerns. */
@Injectable()
export class Evaluation {
  constructor(
    private readonly postgres: Postgres,
    private readonly streams: Streams,
    private readonly orders: ReadingOrders,
    private readonly deliveries: Deliveries,
    private readonly clock: Clock,
  ) {}

  /**
   * Looks at all that readings of listings matter to.
   * @returns how many alerts were made
   */
  async evaluate(listingIds: readonly number[]): Promise<number> {
    const products = await this.postgres.query<{ id: string }>({ name: 'concerned', text: CONCERNED_STATEMENT }, [
      listingIds,
    ]);
    let made = 0;
    for (let start = 0; start < products.length; start += PRODUCTS_AT_ONCE) {
      made += await this.lookAt(products.slice(start, start + PRODUCTS_AT_ONCE).map(({ id }) => id));
    }
    return made;
  }

  /**
   * States and alerts are written together: however often, and by however many workers, a reading is looked at, it is told once.
   * @returns how many alerts were made
   */
  async lookAt(productIds: readonly string[]): Promise<number> {
    if (productIds.length === 0) return 0;
    const made = await this.postgres.transaction(async (sql) => {
      await sql.query(HOLD_STATEMENT, [productIds]);
      await sql.query(
        `INSERT INTO alert_rule_state (rule_id, product_id, seen, fired_at, is_armed, checked_at)
         SELECT r.id, p.id, '{}', NULL, true, '-infinity'
         FROM product p JOIN alert_rule r ON ${CONCERNS} WHERE p.id = ANY ($1::uuid[]) AND p.is_active AND r.is_active
         ORDER BY r.id, p.id ON CONFLICT DO NOTHING`,
        [productIds],
      );
      await sql.query(LOCK_STATES_STATEMENT, [productIds]);
      const now = this.clock.now();
      const pairs = await sql.query<PairRow>(PAIRS_STATEMENT, [productIds, toMinute(now)]);
      // All rules of a product look at once: one that did so later would find readings in an order that is not its own.
      const products = [...groupBy(pairs, (pair) => pair.product_id).values()];
      return this.look(
        sql,
        products.filter((rules) => rules.some(({ has_news }) => has_news)),
        now,
      );
    });
    if (made > 0) await this.deliveries.announce(made);
    return made;
  }

  /**
   * Products of which there is something that a rule has not looked at: a check, something about its rivals, that it has been failing for long, or
   * that a cooldown is over that held something back.
   * @param after ids above this one
   */
  async overdue(limit: number, after = NO_ID): Promise<string[]> {
    const rows = await this.postgres.query<{ id: string }>({ name: 'overdue-rules', text: OVERDUE_STATEMENT }, [
      limit,
      after,
      toMinute(this.clock.now()),
    ]);
    return rows.map(({ id }) => id);
  }

  /** @param products each with its rules */
  private async look(sql: SqlRunner, products: readonly (readonly PairRow[])[], now: Date): Promise<number> {
    if (products.length === 0) return 0;
    const at = toMinute(now);
    const { streams, stragglers } = await this.streams.of(
      products.flatMap((rules): Subject[] => {
        const [first] = rules;
        if (!first) return [];
        return [
          {
            userId: first.user_id,
            productId: first.product_id,
            listingId: first.listing_id,
            conditions: rules.flatMap(({ conditions }) => conditions),
            since: first.created_at,
            seen: seenOf(rules),
          },
        ];
      }),
      { from: at - BASELINE_MINUTES, to: at, replay: false },
      sql,
    );
    const states: object[] = [];
    const alerts: object[] = [];
    for (const [pair, stream] of products.flatMap((rules, index) =>
      rules.map((rule) => [rule, streams[index]] as const),
    )) {
      if (!stream) continue;
      const { fired, state } = run(
        { conditions: pair.conditions, cooldownMinutes: pair.cooldown_minutes, rearm: pair.rearm },
        stream.readings,
        { seen: pair.seen, firedAt: pair.fired_at, isArmed: pair.is_armed, held: pair.held },
        { floor: exactMinute(pair.floor), now: at, replay: false },
      );
      // What is confirmed or found counts from the next minute on, and is looked at then.
      const isAll = (pair.rivals_latest ?? 0) <= at;
      states.push({
        rule_id: pair.rule_id,
        product_id: pair.product_id,
        seen: state.seen,
        fired_at: state.firedAt,
        is_armed: state.isArmed,
        held: state.held,
        checked_at: pair.checked_at,
        rivals_version: isAll ? pair.rivals_version : null,
      });
      for (const { occurredAt, evidence } of fired) {
        alerts.push({
          id: uuidv7(),
          user_id: pair.user_id,
          product_id: pair.product_id,
          rule_id: pair.rule_id,
          severity: severityOf(evidence),
          message: messageOf(evidence, pair.marketplace),
          evidence: evidenceViews(evidence, stream.history),
          occurred_at: fromMinute(occurredAt),
          created_at: now,
        });
      }
      await setImmediate();
    }
    await this.orders.keep(stragglers, sql);
    await sql.query(
      `UPDATE alert_rule_state t SET seen = n.seen, fired_at = n.fired_at, is_armed = n.is_armed, held = n.held,
         checked_at = coalesce(n.checked_at, t.checked_at), rivals_version = n.rivals_version
       FROM jsonb_to_recordset($1::jsonb)
         AS n(rule_id uuid, product_id uuid, seen jsonb, fired_at int, is_armed boolean, held jsonb, checked_at timestamptz, rivals_version text)
       WHERE t.rule_id = n.rule_id AND t.product_id = n.product_id
         AND (t.seen, t.fired_at, t.is_armed, t.held, t.checked_at, t.rivals_version)
           IS DISTINCT FROM (n.seen, n.fired_at, n.is_armed, n.held, coalesce(n.checked_at, t.checked_at), n.rivals_version)`,
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
