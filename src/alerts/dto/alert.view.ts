import { ApiProperty } from '@nestjs/swagger';
import { Marketplace } from '../../common/marketplace';
import { Metric, METRIC_NAMES } from '../../common/metric';
import { PageView } from '../../common/pagination';
import { SourceName } from '../../marketplace-data/marketplace-data';
import { Severity } from '../entities/alert.entity';
import { ConditionDto } from './alert-rule.dto';

/** The readings behind one condition. */
export class AlertEvidenceView {
  condition: ConditionDto;
  @ApiProperty({ enum: METRIC_NAMES })
  metric: Metric;
  /** Null: known to be absent. @example 1599 */
  value: number | null;
  /** When it was first read. */
  at: string;
  /** What it was compared with; null for what is not compared. @example 1999 */
  baseline: number | null;
  /** When that was last seen; null for a median or a level. */
  @ApiProperty({ type: String, nullable: true })
  baselineAt: string | null;
  /** Currency code, `rank`, `stars` or `count`. @example "USD" */
  unit: string;
  /** Decimals: the real value is value / 10^scale. @example 2 */
  scale: number;
  /** Of the series. `sandbox` is simulated. */
  sources: SourceName[];
}

export class AlertView {
  id: string;
  productId: string;
  asin: string;
  marketplace: Marketplace;
  title: string | null;
  /** Null once the rule has been deleted. */
  @ApiProperty({ type: String, nullable: true })
  ruleId: string | null;
  ruleName: string | null;
  severity: Severity;
  /** @example "price fell by 20.0 % from USD 19.99 to USD 15.99 (2026-03-04 08:00 UTC)" */
  message: string;
  evidence: AlertEvidenceView[];
  simulated: boolean;
  /** When the reading was true. */
  occurredAt: string;
  createdAt: string;
  @ApiProperty({ type: String, nullable: true })
  acknowledgedAt: string | null;
  @ApiProperty({ type: String, nullable: true })
  snoozedUntil: string | null;
}

export class AlertPage {
  /** The latest first. */
  data: AlertView[];
  page: PageView;
}
