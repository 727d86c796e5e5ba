import { ApiProperty } from '@nestjs/swagger';
import { Marketplace } from '../../common/marketplace';
import { Rearm } from '../rules/condition';
import { AlertEvidenceView } from './alert.view';
import { ConditionDto } from './alert-rule.dto';

export class AlertRuleView {
  id: string;
  /** Null, with `tag`: all products. */
  productId: string | null;
  tag: string | null;
  name: string | null;
  conditions: ConditionDto[];
  cooldownMinutes: number;
  rearm: Rearm;
  @ApiProperty({ type: [String], nullable: true })
  channelIds: string[] | null;
  isActive: boolean;
  createdAt: string;
  updatedAt: string;
}

export class AlertRuleList {
  data: AlertRuleView[];
}

export class ReplayedAlertView {
  productId: string;
  asin: string;
  marketplace: Marketplace;
  occurredAt: string;
  message: string;
  /** Whether it was over within 24 hours: halfway back, beyond the level again, or read again; what happened cannot be over. Null where 24 hours have not gone by. */
  reverted: boolean | null;
  evidence: AlertEvidenceView[];
}

export class ThresholdView {
  /** Percentage of the rule's moves, or of `undercut`. @example 14.5 */
  percent: number;
  /** What it gives. @example 0.9 */
  alertsPerWeek: number;
}

export class ReplayView {
  from: string;
  to: string;
  products: number;
  /** Of all products together. */
  count: number;
  /** @example 1.4 */
  alertsPerWeek: number;
  reverted: number;
  /** Some of the readings that were gone through are simulated. */
  simulated: boolean;
  /** The latest first; at most 200. */
  alerts: ReplayedAlertView[];
  /** The lowest percentage that gives no more alerts a week than asked for; null where none was asked for or the rule has no percentage. */
  @ApiProperty({ type: ThresholdView, nullable: true })
  threshold: ThresholdView | null;
  /**
   * With how many competitors `undercut` compared, of all products together: those that are confirmed now, also for the time before they were. Null for
   * rules without it. @example 12
   */
  @ApiProperty({ type: Number, nullable: true })
  competitors: number | null;
}
