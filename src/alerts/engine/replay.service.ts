import { round } from '../../common/round';
import { Injectable } from '@nestjs/common';
import { setImmediate } from 'node:timers/promises';
import { NotFoundError, ValidationError } from '../../common/app-error';
import { Clock } from '../../common/clock';
import { isoMinute, toMinute } from '../../common/minute';
import { Postgres } from '../../shared/database/postgres';
import { ReplayDto } from '../dto/alert-rule.dto';
import { ReplayedAlertView, ReplayView, ThresholdView } from '../dto/alert-rule.view';
import { completedAll } from '../rules/alert-rules.service';
import { defaultCooldown } from '../rules/check-condition';
import { CONCERNS } from '../rules/concerns';
import { Condition, MetricCondition, Rearm, Rule, UndercutCondition } from '../rules/condition';
import { Fired, FRESH_STATE, isReverted, run, Undercuts, undercutsOf } from './engine';
import { StoredPoint } from './evidence';
import { BASELINE_MINUTES } from './evaluation.service';
import { evidenceViews, isSimulated } from './evidence-view';
import { messageOf } from './message';
import { has } from './series';
import { Stream, Streams } from './streams.service';

const DEFAULT_DAYS = 90;
const DAY = 1440;
const WEEK = 7 * DAY;
/** Products that one request looks at; a year of one takes some milliseconds. */
const MOST_PRODUCTS = 25;
const MOST_SHOWN = 200;
const PERCENTAGES = [1, 2, 3, 5, 7.5, 10, 12.5, 15, 20, 25, 30, 40, 50, 60, 75, 90];

interface Subject {
  productId: string;
  stream: Stream;
  points: readonly StoredPoint[];
  undercuts: Undercuts;
}

/** Minutes. */
interface Span {
  from: number;
  to: number;
}

interface ProductRow {
  id: string;
  listing_id: number;
  created_at: Date;
}

/** What a rule, saved or not, would have told in the past: by the engine that tells it now. */
@Injectable()
export class Replay {
  constructor(
    private readonly postgres: Postgres,
    private readonly streams: Streams,
    private readonly clock: Clock,
  ) {}

  /** @throws NotFoundError, also for a rule or product of somebody else */
  async of(userId: string, request: ReplayDto): Promise<ReplayView> {
    const { rule, products } = await this.ruleOf(userId, request);
    const to = toMinute(this.clock.now());
    const from = to - (request.days ?? DEFAULT_DAYS) * DAY;
    const subjects = await this.subjects(userId, products, rule, from, to);
    const fired = await this.fire(rule, subjects, { from, to });
    const alerts = fired
      .map(({ subject, alert }) => toView(subject, alert, to))
      .sort((a, b) => (a.occurredAt < b.occurredAt ? 1 : -1));
    return {
      from: isoMinute(from),
      to: isoMinute(to),
      products: subjects.length,
      count: alerts.length,
      alertsPerWeek: perWeek(alerts, { from, to }),
      reverted: alerts.filter(({ reverted }) => reverted).length,
      simulated:
        alerts.some(({ evidence }) => isSimulated(evidence)) ||
        subjects.some(({ stream }) => isSimulated([...stream.history.series.values()])),
      alerts: alerts.slice(0, MOST_SHOWN),
      threshold:
        request.alertsPerWeek == null
          ? null
          : await this.threshold(rule, subjects, { from, to }, request.alertsPerWeek),
      competitors: has(rule.conditions, 'undercut')
        ? subjects.reduce((sum, { stream }) => sum + stream.rivals, 0)
        : null,
    };
  }

  private async fire(
    rule: Rule,
    subjects: readonly Subject[],
    { from, to }: Span,
  ): Promise<{ subject: Subject; alert: Fired }[]> {
    const all: { subject: Subject; alert: Fired }[] = [];
    for (const subject of subjects) {
      const { fired } = run(rule, subject.stream.readings, FRESH_STATE, { floor: from, now: to, replay: true });
      all.push(...fired.map((alert) => ({ subject, alert })));
      await setImmediate();
    }
    return all;
  }

  /** The first percentage, from low to high, that gives no more alerts than wanted. */
  private async threshold(
    rule: Rule,
    subjects: readonly Subject[],
    span: Span,
    wanted: number,
  ): Promise<ThresholdView | null> {
    if (!rule.conditions.some(hasPercent)) return null;
    for (const percent of PERCENTAGES) {
      const conditions = rule.conditions.map((one): Condition => (hasPercent(one) ? { ...one, percent } : one));
      const fired = await this.fire({ ...rule, conditions }, subjects, span);
      if (fired.length / weeksOf(span) <= wanted) return { percent, alertsPerWeek: perWeek(fired, span) };
    }
    return null;
  }

  private async ruleOf(userId: string, request: ReplayDto): Promise<{ rule: Rule; products: ProductRow[] }> {
    const { ruleId, rule: given } = request;
    if ((ruleId === undefined) === (given === undefined)) {
      throw new ValidationError([{ field: 'rule', message: 'either a rule or a ruleId is needed, and not both' }]);
    }
    if (given !== undefined) {
      const products = await this.postgres.query<ProductRow>(
        `SELECT p.id, p.listing_id, p.created_at FROM product p
         WHERE p.user_id = $1 AND ($2::uuid IS NULL OR p.id = $2) AND ($3::text IS NULL OR $3 = ANY (p.tags)) ORDER BY p.id LIMIT $4`,
        [userId, request.productId ?? null, given.tag ?? null, MOST_PRODUCTS],
      );
      if (request.productId !== undefined && products.length === 0) throw new NotFoundError('Product');
      const conditions = completedAll(given.conditions);
      const rule: Rule = {
        conditions,
        cooldownMinutes: given.cooldownMinutes ?? defaultCooldown(conditions),
        rearm: given.rearm ?? 'cooldown_and_return',
      };
      return { rule, products };
    }
    const rows = await this.postgres.query<
      { conditions: Condition[]; cooldown_minutes: number; rearm: Rearm } & (ProductRow | { id: null })
    >(
      `SELECT r.conditions, r.cooldown_minutes, r.rearm, p.id, p.listing_id, p.created_at
       FROM alert_rule r LEFT JOIN product p ON ${CONCERNS} WHERE r.id = $2 AND r.user_id = $1 ORDER BY p.id LIMIT $3`,
      [userId, ruleId, MOST_PRODUCTS],
    );
    const [first] = rows;
    if (!first) throw new NotFoundError('Alert rule');
    const { conditions, cooldown_minutes: cooldownMinutes, rearm } = first;
    const products = rows.flatMap((row) => (row.id === null ? [] : [row]));
    return { rule: { conditions, cooldownMinutes, rearm }, products };
  }

  private async subjects(
    userId: string,
    products: readonly ProductRow[],
    { conditions }: Rule,
    from: number,
    to: number,
  ): Promise<Subject[]> {
    const { streams } = await this.streams.of(
      products.map(({ id, listing_id, created_at }) => ({
        userId,
        productId: id,
        listingId: listing_id,
        conditions,
        since: created_at,
      })),
      { from: from - BASELINE_MINUTES, to, replay: true },
      this.postgres,
    );
    return products.flatMap(({ id }, index) => {
      const stream = streams[index];
      if (!stream) return [];
      const { readings } = stream;
      const undercuts = has(conditions, 'undercut') ? undercutsOf(readings) : [];
      return [{ productId: id, stream, points: readings.flat(), undercuts }];
    });
  }
}

function weeksOf({ from, to }: Span): number {
  return (to - from) / WEEK;
}

function perWeek(fired: readonly unknown[], span: Span): number {
  return round(fired.length / weeksOf(span), 2);
}

function hasPercent(condition: Condition): condition is (MetricCondition | UndercutCondition) & { percent: number } {
  return 'percent' in condition && condition.percent !== undefined;
}

function toView(
  { productId, stream: { history }, points, undercuts }: Subject,
  { occurredAt, evidence }: Fired,
  now: number,
): ReplayedAlertView {
  return {
    productId,
    asin: history.asin,
    marketplace: history.marketplace,
    occurredAt: isoMinute(occurredAt),
    message: messageOf(evidence, history.marketplace),
    reverted:
      now - occurredAt < DAY ? null : evidence.every((one) => isReverted(one, occurredAt, { points, undercuts }, DAY)),
    evidence: evidenceViews(evidence, history),
  };
}
