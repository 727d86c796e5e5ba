import { Injectable } from '@nestjs/common';
import { validate as isUuid } from 'uuid';
import { NotFoundError } from '../common/app-error';
import { Clock } from '../common/clock';
import { Marketplace } from '../common/marketplace';
import { decodeCursor, foreignCursor, toPage } from '../common/pagination';
import { Postgres } from '../shared/database/postgres';
import { ListAlertsQuery } from './dto/alert.dto';
import { AlertEvidenceView, AlertPage, AlertView } from './dto/alert.view';
import { Severity } from './entities/alert.entity';
import { isSimulated } from './engine/evidence-view';

interface AlertRow {
  id: string;
  product_id: string;
  asin: string;
  marketplace: Marketplace;
  title: string | null;
  rule_id: string | null;
  rule_name: string | null;
  severity: Severity;
  message: string;
  evidence: AlertEvidenceView[];
  occurred_at: Date;
  created_at: Date;
  acknowledged_at: Date | null;
  snoozed_until: Date | null;
}

const ALERT_SELECT = `
SELECT a.id, a.product_id, l.asin, l.marketplace, coalesce(p.title, l.title) AS title, a.rule_id, r.name AS rule_name, a.severity, a.message,
       a.evidence, a.occurred_at, a.created_at, a.acknowledged_at, a.snoozed_until
FROM alert a JOIN product p ON p.id = a.product_id JOIN listing l ON l.id = p.listing_id LEFT JOIN alert_rule r ON r.id = a.rule_id`;

@Injectable()
export class Alerts {
  constructor(
    private readonly postgres: Postgres,
    private readonly clock: Clock,
  ) {}

  async list(userId: string, query: ListAlertsQuery): Promise<AlertPage> {
    const size = query['page[size]'];
    const before = decodeCursor(query['page[cursor]'], 1)?.[0] ?? null;
    if (before !== null && !isUuid(before)) throw foreignCursor();
    const rows = await this.postgres.query<AlertRow>(
      `${ALERT_SELECT}
       WHERE a.user_id = $1 AND ($2::uuid IS NULL OR a.id < $2) AND ($4::uuid IS NULL OR a.product_id = $4)
         AND ($5::uuid IS NULL OR a.rule_id = $5) AND ($6::text IS NULL OR a.severity = $6)
         AND CASE $7::text WHEN 'acknowledged' THEN a.acknowledged_at IS NOT NULL
               WHEN 'snoozed' THEN a.acknowledged_at IS NULL AND a.snoozed_until > $8
               WHEN 'open' THEN a.acknowledged_at IS NULL AND (a.snoozed_until IS NULL OR a.snoozed_until <= $8)
               ELSE true END
       ORDER BY a.id DESC LIMIT $3`,
      [
        userId,
        before,
        size + 1,
        query.productId ?? null,
        query.ruleId ?? null,
        query.severity ?? null,
        query.state ?? null,
        this.clock.now(),
      ],
    );
    return toPage(rows, size, ({ id }) => [id], toView);
  }

  /** @throws NotFoundError, also for one of somebody else */
  async get(userId: string, id: string): Promise<AlertView> {
    const [row] = await this.postgres.query<AlertRow>(`${ALERT_SELECT} WHERE a.id = $1 AND a.user_id = $2`, [
      id,
      userId,
    ]);
    if (!row) throw new NotFoundError('Alert');
    return toView(row);
  }

  /** The first time counts. @throws NotFoundError */
  async acknowledge(userId: string, id: string): Promise<AlertView> {
    await this.postgres.query(
      `UPDATE alert SET acknowledged_at = coalesce(acknowledged_at, $3) WHERE id = $1 AND user_id = $2`,
      [id, userId, this.clock.now()],
    );
    return this.get(userId, id);
  }

  /** @throws NotFoundError */
  async snooze(userId: string, id: string, minutes: number): Promise<AlertView> {
    const until = new Date(this.clock.now().getTime() + minutes * 60_000);
    await this.postgres.query(`UPDATE alert SET snoozed_until = $3 WHERE id = $1 AND user_id = $2`, [
      id,
      userId,
      until,
    ]);
    return this.get(userId, id);
  }
}

function toView(row: AlertRow): AlertView {
  return {
    id: row.id,
    productId: row.product_id,
    asin: row.asin,
    marketplace: row.marketplace,
    title: row.title,
    ruleId: row.rule_id,
    ruleName: row.rule_name,
    severity: row.severity,
    message: row.message,
    evidence: row.evidence,
    simulated: isSimulated(row.evidence),
    occurredAt: row.occurred_at.toISOString(),
    createdAt: row.created_at.toISOString(),
    acknowledgedAt: row.acknowledged_at?.toISOString() ?? null,
    snoozedUntil: row.snoozed_until?.toISOString() ?? null,
  };
}
