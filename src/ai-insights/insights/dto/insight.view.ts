import { ApiExtraModels, ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { Marketplace } from '../../../common/marketplace';
import { PageView } from '../../../common/pagination';
import type { Abstention, Claim, ClaimKind, Confidence } from '../../claims/claim';
import type { EvidenceItem } from '../../evidence/evidence';
import type { Statement, StatementValue } from '../../statement';
import { InsightState } from '../entities/insight.entity';

export class InsightQueuedView {
  /** GET /insights/{id} shows it once it is made. */
  id: string;
  /** @example "queued" */
  state: InsightState;
}

/** Whose it is, and how far it is. */
export class InsightIdentityView {
  id: string;
  productId: string;
  asin: string;
  marketplace: Marketplace;
  title: string | null;
  /** `queued` until a worker has made it. */
  state: InsightState;
  requestedAt: string;
  @ApiProperty({ type: String, nullable: true })
  madeAt: string | null;
  /** Why it could not be made. */
  @ApiProperty({ type: String, nullable: true })
  failure: string | null;
  /** Some of what it rests on is simulated. */
  simulated: boolean;
}

/** A value of a sentence, by its placeholder. */
export class StatementValueView {
  type: 'number' | 'date' | 'asin' | 'name';
  /** Text of dates (`2026-05-04`), ASINs and names; of a number the value before its scale. @example 1999 */
  @ApiProperty({ oneOf: [{ type: 'number' }, { type: 'string' }] })
  value: number | string;
  /** Of numbers: a currency code, `rank`, `stars`, `count`, `days`, `per day`, `share` (0.12 is 12 %), `points` or `ratio`. @example "USD" */
  unit?: string;
  /** Of numbers: the real value is value / 10^scale. @example 2 */
  scale?: number;
}

@ApiExtraModels(StatementValueView)
export class StatementView implements Statement {
  /** The same from one insight to the next. @example "trend:bsr:90d" */
  key: string;
  /** With a `{placeholder}` for each value. @example "Over {days} the price fell by {change}." */
  template: string;
  @ApiProperty({ type: 'object', additionalProperties: { $ref: getSchemaPath(StatementValueView) } })
  values: Record<string, StatementValue>;
  /** @example "Over 90 days the price fell by USD 2.10." */
  text: string;
  /** Where the number went that it tells of; a rank that goes up is a worse one. */
  @ApiProperty({ type: String, enum: ['up', 'down'], nullable: true })
  direction: 'up' | 'down' | null;
}

export class DayRangeView {
  /** @example "2026-02-04" */
  from: string;
  /** @example "2026-05-04" */
  to: string;
}

export class EffectView {
  /** @example -210 */
  value: number;
  /** @example "USD" */
  unit: string;
  /** @example 2 */
  scale: number;
  /** Ends of the interval, where there is one. */
  lower: number | null;
  upper: number | null;
  /** Of the interval. @example 0.95 */
  level: number | null;
}

/** A sentence that rests on readings. */
export class ClaimView extends StatementView implements Claim {
  /** @example "trend" */
  @ApiProperty({ type: String })
  kind: ClaimKind;
  /** A metric, a measure of comparisons, or `units`. @example "price" */
  @ApiProperty({ type: String, nullable: true })
  metric: string | null;
  /** Days that it rests on; null where it rests on one moment. */
  @ApiProperty({ type: DayRangeView, nullable: true })
  window: DayRangeView | null;
  /** Known days, listings compared, or weeks. @example 88 */
  n: number | null;
  @ApiProperty({ type: EffectView, nullable: true })
  effect: EffectView | null;
  /** By which it was found, with its source. */
  method: string;
  /** `measured`: nothing is inferred. Else noise alone shows as much in at most 1 % (`high`) or 5 % (`medium`) of cases, or in more, or it is not known (`low`). */
  confidence: Confidence;
  /** How often noise alone makes such a claim, at most; null where nothing is inferred, or it is not known. @example 0.05 */
  errorRate: number | null;
  /** Keys of what it rests on: GET /insights/{id}/claims/{key} shows it. @example ["series:B0SIMA0001:price"] */
  evidence: string[];
  /** SHA-256 over what it rests on. */
  hash: string;
  simulated: boolean;
}

/** What cannot be claimed yet. */
export class AbstentionView implements Abstention {
  /** @example "trends.bsr" */
  key: string;
  /** @example "needs 9 more known days of bsr" */
  missing: string;
}

export class InsightSummaryView extends InsightIdentityView {
  /** What it says first; null before it is made. */
  @ApiProperty({ type: String, nullable: true })
  headline: string | null;
  /** How many it has. @example 14 */
  claims: number;
}

export class InsightPage {
  /** The latest first. */
  data: InsightSummaryView[];
  page: PageView;
}

/** What is told of a product, as of the time it was made: later readings do not change it. */
export class InsightView extends InsightIdentityView {
  claims: ClaimView[];
  abstentions: AbstentionView[];
}

/** A claim with everything that it rests on. */
export class ClaimReceiptView {
  claim: ClaimView;
  /**
   * By key, as it was when the insight was made. Series: `segments` of minutes since 1970 from and to, and the value, null where it was known to
   * be absent, in the integers of price history. @example {"series:B0SIMA0001:price":{"type":"series","segments":[[29600000,29600060,1999]]}}
   */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'object', additionalProperties: true } })
  evidence: Record<string, EvidenceItem>;
  /** Whether the same claim follows from it once more, which was tried just now. */
  isReproduced: boolean;
}
