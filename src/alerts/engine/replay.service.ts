import { round } from '../../common/round';
import { Injectable } from '@nestjs/common';
import { setImmediate } from 'node:timers/promises';
import { NotFoundError, ValidationError } from '../../common/app-error';
import { Clock } from '../../common/clock';
import { isoMinute, toMinute } from '../../common/minute';
import { ListingHistory, PriceHistoryService } from '../../price-history/price-history.service';
import { Postgres } from '../../shared/database/postgres';
import { ReplayDto } from '../dto/alert-rule.dto';
import { ReplayedAlertView, ReplayView, ThresholdView } from '../dto/alert-rule.view';
import { completedAll } from '../rules/alert-rules.service';
import { CONCERNS } from '../rules/concerns';
import { Condition, Rearm, Rule } from '../rules/condition';
import { Fired, FRESH_STATE, isReverted, readingsOf, run } from './engine';
import { StoredPoint } from './evidence';
import { BASELINE_MINUTES, pointsOf } from './evaluation.service';
import { evidenceViews } from './evidence-view';
import { messageOf } from './message';

const DEFAULT_DAYS = 90;
const DAY = 1440;
const WEEK = 7 * DAY;
/** Products that one request looks at; a year of one takes some milliseconds. */
const MOST_PRODUCTS = 25;
const MOST_SHOWN = 200;
const PERCENTAGES = [1, 2, 3, 5, 7.5, 10, 12.5, 15, 20, 25, 30, 40, 50, 60, 75, 90];

interface Subject {
  productId: string;
  history: ListingHistory;
  points: StoredPoint[];
  readings: StoredPoint[][];
}

/** What a rule, saved or not, would have told in the past: by the engine that tells it now. */
@Injectable()
export class Replay {
  constructor(
    private readonly postgres: Postgres,
    private readonly history: PriceHistoryService,
    private readonly clock: Clock,
  ) {}

  /** @throws NotFoundError, also for a rule or product of somebody else */
  async of(userId: string, request: ReplayDto): Promise<ReplayView> {
    const { rule, productIds } = await this.ruleOf(userId, request);
    const to = toMinute(this.clock.now());
    const from = to - (request.days ?? DEFAULT_DAYS) * DAY;
    const subjects = await this.subjects(productIds, rule, from, to);
    const weeks = (to - from) / WEEK;
    const fired = await this.fire(rule, subjects, from);
    const alerts = fired
      .map(({ subject, alert }) => toView(subject, alert, to))
      .sort((a, b) => (a.occurredAt < b.occurredAt ? 1 : -1));
    return {
      from: isoMinute(from),
      to: isoMinute(to),
      products: subjects.length,
      count: alerts.length,
      alertsPerWeek: round(alerts.length / weeks, 2),
      reverted: alerts.filter(({ reverted }) => reverted).length,
      simulated: alerts.some(({ evidence }) => evidence.some(({ sources }) => sources.includes('sandbox'))),
      alerts: alerts.slice(0, MOST_SHOWN),
      threshold:
        request.alertsPerWeek === undefined
          ? null
          : await this.threshold(rule, subjects, from, weeks, request.alertsPerWeek),
    };
  }

  private async fire(
    rule: Rule,
    subjects: readonly Subject[],
    from: number,
  ): Promise<{ subject: Subject; alert: Fired }[]> {
    const all: { subject: Subject; alert: Fired }[] = [];
    for (const subject of subjects) {
      const { fired } = run(rule, subject.readings, FRESH_STATE, { floor: from, replay: true });
      all.push(...fired.map((alert) => ({ subject, alert })));
      await setImmediate();
    }
    return all;
  }

  /** The first percentage, from low to high, that gives no more alerts than wanted. */
  private async threshold(
    rule: Rule,
    subjects: readonly Subject[],
    from: number,
    weeks: number,
    wanted: number,
  ): Promise<ThresholdView | null> {
    if (!rule.conditions.some(({ percent }) => percent !== undefined)) return null;
    for (const percent of PERCENTAGES) {
      const conditions = rule.conditions.map((one): Condition =>
        one.percent === undefined ? one : { ...one, percent },
      );
      const fired = await this.fire({ ...rule, conditions }, subjects, from);
      if (fired.length / weeks <= wanted) return { percent, alertsPerWeek: round(fired.length / weeks, 2) };
    }
    return null;
  }

  private async ruleOf(
    userId: string,
    request: ReplayDto,
  ): Promise<{ rule: Rule; productIds: { id: string; listing_id: number }[] }> {
    const { ruleId, rule: given } = request;
    if ((ruleId === undefined) === (given === undefined)) {
      throw new ValidationError([{ field: 'rule', message: 'either a rule or a ruleId is needed, and not both' }]);
    }
    if (given !== undefined) {
      const products = await this.postgres.query<{ id: string; listing_id: number }>(
        `SELECT p.id, p.listing_id FROM product p
         WHERE p.user_id = $1 AND ($2::uuid IS NULL OR p.id = $2) AND ($3::text IS NULL OR $3 = ANY (p.tags)) ORDER BY p.id LIMIT $4`,
        [userId, request.productId ?? null, given.tag ?? null, MOST_PRODUCTS],
      );
      if (request.productId !== undefined && products.length === 0) throw new NotFoundError('Product');
      const rule: Rule = {
        conditions: completedAll(given.conditions),
        cooldownMinutes: given.cooldownMinutes ?? DAY,
        rearm: given.rearm ?? 'cooldown_and_return',
      };
      return { rule, productIds: products };
    }
    const rows = await this.postgres.query<{
      conditions: Condition[];
      cooldown_minutes: number;
      rearm: Rearm;
      id: string | null;
      listing_id: number;
    }>(
      `SELECT r.conditions, r.cooldown_minutes, r.rearm, p.id, p.listing_id
       FROM alert_rule r LEFT JOIN product p ON ${CONCERNS} WHERE r.id = $2 AND r.user_id = $1 ORDER BY p.id LIMIT $3`,
      [userId, ruleId, MOST_PRODUCTS],
    );
    const [first] = rows;
    if (!first) throw new NotFoundError('Alert rule');
    const { conditions, cooldown_minutes: cooldownMinutes, rearm } = first;
    const productIds = rows.flatMap(({ id, listing_id }) => (id === null ? [] : [{ id, listing_id }]));
    return { rule: { conditions, cooldownMinutes, rearm }, productIds };
  }

  private async subjects(
    products: readonly { id: string; listing_id: number }[],
    rule: Rule,
    from: number,
    to: number,
  ): Promise<Subject[]> {
    const metrics = [...new Set(rule.conditions.map(({ metric }) => metric))];
    const histories = await this.history.recordedShared(
      products.map(({ listing_id }) => listing_id),
      metrics,
      from - BASELINE_MINUTES,
      to,
    );
    return products.flatMap(({ id, listing_id }) => {
      const history = histories.get(listing_id);
      if (!history) return [];
      const points = pointsOf(history);
      return [{ productId: id, history, points, readings: readingsOf(points) }];
    });
  }
}

function toView(
  { productId, history, points }: Subject,
  { occurredAt, evidence }: Fired,
  now: number,
): ReplayedAlertView {
  return {
    productId,
    asin: history.asin,
    marketplace: history.marketplace,
    occurredAt: isoMinute(occurredAt),
    message: messageOf(evidence, history.marketplace),
    reverted: now - occurredAt < DAY ? null : evidence.every((one) => isReverted(one, points, DAY)),
    evidence: evidenceViews(evidence, history),
  };
}
