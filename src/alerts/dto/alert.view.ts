import { ApiProperty } from '@nestjs/swagger';
import { Marketplace } from '../../common/marketplace';
import { Metric, METRIC_NAMES } from '../../common/metric';
import { PageView } from '../../common/pagination';
import { CheckResult, SourceName } from '../../marketplace-data/marketplace-data';
import { ListingChangeView } from '../../price-history/dto/listing-change.view';
import { Severity } from '../entities/alert.entity';
import { ConditionDto } from './alert-rule.dto';

const TEXT_OR_NUMBER = {
  oneOf: [{ type: 'string' }, { type: 'integer' }, { type: 'array', items: { type: 'string' } }],
  nullable: true,
};

class NamedListingView {
  /** @example "B0EXAMPLE1" */
  asin: string;
  /** @example "Steel water bottle, 750 ml" */
  @ApiProperty({ type: String, nullable: true })
  title: string | null;
}

class CompetitorPriceView extends NamedListingView {
  /** What its price was of: the buy box, where that was known. */
  @ApiProperty({ enum: METRIC_NAMES })
  metric?: Metric;
}

class FoundListingView extends NamedListingView {
  /** From 0 to 1 when it was found; null where it could not be compared. @example 0.71 */
  @ApiProperty({ type: Number, nullable: true })
  similarity: number | null;
}

class ContentChangeView {
  /** As in GET /products/{id}/changes. @example "title" */
  @ApiProperty({ type: String })
  field: ListingChangeView['field'];
  /** Null: there was none. @example "Water bottle" */
  @ApiProperty(TEXT_OR_NUMBER)
  before: ListingChangeView['before'];
  /** @example "Steel water bottle" */
  @ApiProperty(TEXT_OR_NUMBER)
  after: ListingChangeView['after'];
}

class FailureView {
  /** How the first failed check ended. @example "blocked" */
  @ApiProperty({ type: String })
  result: CheckResult;
  /** @example "captcha" */
  @ApiProperty({ type: String, nullable: true })
  detail: string | null;
  /** When the last good check was, or where none is known since when the listing has been tracked. */
  since: string;
}

/** The readings behind one condition. */
export class AlertEvidenceView {
  condition: ConditionDto;
  /** Null for what is of no metric. Of `undercut` the one that your price was of. */
  @ApiProperty({ enum: METRIC_NAMES, nullable: true })
  metric: Metric | null;
  /**
   * Null: known to be absent. Of `new_competitor` how many were found, of `content_changed` how many fields changed, of `source_failing` hours
   * without a good reading. @example 1599
   */
  @ApiProperty({ type: Number, nullable: true })
  value: number | null;
  /** When it was first read, or happened. */
  at: string;
  /** What it was compared with, of `undercut` the competitor's price; null for what is not compared. @example 1999 */
  @ApiProperty({ type: Number, nullable: true })
  baseline: number | null;
  /** When that was last seen, of `undercut` first read; null for a median or a level. */
  @ApiProperty({ type: String, nullable: true })
  baselineAt: string | null;
  /** Currency code, `rank`, `stars`, `count` or `hours`. @example "USD" */
  unit: string;
  /** Decimals: the real value is value / 10^scale. @example 2 */
  scale: number;
  /** Of the series. `sandbox` is simulated. */
  sources: SourceName[];
  /** Of `undercut`: the cheapest competitor. */
  competitor?: CompetitorPriceView;
  /** Of `new_competitor`: the five most similar. */
  found?: FoundListingView[];
  /** Of `content_changed`, `seller_changed` and `buy_box_*`. */
  changes?: ContentChangeView[];
  /** Of `source_failing`. */
  failure?: FailureView;
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
