import { ApiExtraModels, ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { Marketplace } from '../../../common/marketplace';
import { PageView } from '../../../common/pagination';
import { OpportunityPartView } from '../../../analytics/portfolio/dto/portfolio.view';
import { ForecastView, UnitsForecastView } from '../../../analytics/product/dto/product-analytics.view';
import { CompetitiveAnalysisView } from '../../../competitors/dto/analysis.view';
import type { Recommendation, RecommendationCategory } from '../../advice/recommendation';
import type { Abstention, Claim, ClaimKind, Confidence } from '../../claims/claim';
import type { EvidenceItem } from '../../evidence/evidence';
import type { ListingQuality, QualityCheck } from '../../listing-quality/listing-quality';
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
class StatementValueView {
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
class StatementView implements Statement {
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
  /** A metric, a measure of comparisons, `units`, or `own_seller` where one of the user's has won the buy box. @example "price" */
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
  /**
   * `measured`: nothing is inferred. Else what this one shows, noise alone shows in at most 1 % (`high`) or 5 % (`medium`) of cases, or in more, or it is
   * not known (`low`); of causes, how likely it is that they had a part.
   */
  confidence: Confidence;
  /** Of all series of mere noise the share that gets such a claim, at most: the level at which claims of this kind are made. Null where nothing is inferred. @example 0.05 */
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
  /** Day (UTC) from which it may be said at the earliest, if each day until then is known; null where days alone will not do. @example "2026-05-13" */
  @ApiProperty({ type: String, nullable: true })
  until: string | null;
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

export class ParagraphView {
  section: 'what_happened' | 'why' | 'consider';
  text: string;
  /** Keys of the claims and recommendations that it tells. */
  statements: string[];
}

export class TokensView {
  /** @example 1200 */
  input: number;
  /** @example 400 */
  output: number;
}

export class ModelCostView {
  /** @example "0.0021" */
  amount: string;
  currency: 'USD';
}

/** The claims in words. Each number, date, ASIN and name of a model's text has been found among the values of what it tells. */
export class TextView {
  headline: string;
  paragraphs: ParagraphView[];
  /** `rules` where no model is set, or what it wrote could not be used. */
  writtenBy: 'rules' | 'model';
  @ApiProperty({ type: String, nullable: true })
  model: string | null;
  /** What asking the model took, also where its text was not used. */
  @ApiProperty({ type: TokensView, nullable: true })
  tokens: TokensView | null;
  @ApiProperty({ type: ModelCostView, nullable: true })
  cost: ModelCostView | null;
  /** The model had been asked before, of the same claims. */
  cached: boolean;
  /** Why the text is by rules though a model is set. */
  @ApiProperty({ type: String, nullable: true })
  note: string | null;
}

/** A sentence of a recommendation. */
export class SentenceView {
  template: string;
  @ApiProperty({ type: 'object', additionalProperties: { $ref: getSchemaPath(StatementValueView) } })
  values: Record<string, StatementValue>;
  text: string;
  /** Keys of claims. */
  because: string[];
}

export class ExpectedEffectView extends SentenceView {
  metric: 'bsr' | 'units';
  @ApiProperty({ type: String, enum: ['up', 'down'], nullable: true })
  direction: 'up' | 'down' | null;
}

export class RecommendationView extends StatementView implements Recommendation {
  category: RecommendationCategory;
  /** The written rule that it follows from. */
  rule: string;
  /** Keys of claims, or of checks of the listing's quality. */
  because: string[];
  /** As far as the product's own past tells it. */
  @ApiProperty({ type: ExpectedEffectView, nullable: true })
  expectedEffect: ExpectedEffectView | null;
  /** Why no effect can be told. */
  @ApiProperty({ type: String, nullable: true })
  noEffect: string | null;
  /** Readings to come that would show that it was wrong. */
  provedWrongBy: SentenceView;
  /** 1: it costs sales now; 2: something to gain; 3: to keep an eye on. @example 2 */
  priority: 1 | 2 | 3;
  /** Keys of recommendations that would move the price as well, and were set aside. */
  setAside: string[];
}

export class QualityCheckView implements QualityCheck {
  /** @example "title_length" */
  name: string;
  field: QualityCheck['field'];
  /** What is asked, and where. */
  rule: string;
  source: string;
  /** @example 0.15 */
  weight: number;
  /** From 0 to 1; null where it is not known. */
  result: number | null;
  @ApiProperty({ type: String, nullable: true })
  missing: string | null;
  /** What was counted, and the bound that it is held against. @example {"characters":120,"most":75} */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'number' } })
  found: Record<string, number>;
  /** Characters, words or phrases that it is about. */
  words: string[];
}

export class ListingQualityView implements ListingQuality {
  /** Weighted mean of the checks that are known, from 0 to 1; null where these have less than half of the weight. */
  score: number | null;
  checks: QualityCheckView[];
}

export class RiskPartView {
  /** `stock`, `rating_decline`, `rank_decline`, `undercut`, `rival_cuts`, `no_buy_box` or `content`. @example "stock" */
  name: string;
  /** @example 0.2 */
  weight: number;
  /** From 0 to 1. @example 0.4 */
  value: number;
  /** @example {"timeInStock":0.93,"knownTime":0.98} */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'number' } })
  evidence: Record<string, number>;
  /** Keys of claims. @example ["time_in_stock:30d"] */
  because: string[];
}

export class RiskView {
  /** Weighted mean of the parts that are known, from 0 to 1; null where these have less than half of the weight. */
  score: number | null;
  parts: RiskPartView[];
  /** Of each part that is not known, what it needs. @example {"undercut":"needs a competitive analysis"} */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  missing: Record<string, string>;
}

export class OpportunityScoreView {
  /** As GET /analytics/opportunities has it, as of then. */
  score: number | null;
  parts: OpportunityPartView[];
  /** Of each part that is not known, what it needs. @example {"raise_price":"needs a competitive analysis with prices and ratings"} */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  missing: Record<string, string>;
}

/** What is told of a product, as of the time it was made: later readings do not change it. */
export class InsightContentView {
  /** Of the methods by which its claims were made; it goes up when other numbers would follow from the same readings. @example 2 */
  claimsVersion: number;
  text: TextView;
  claims: ClaimView[];
  abstentions: AbstentionView[];
  /** The most urgent first. */
  recommendations: RecommendationView[];
  /** Those that would move the price as well as one of `recommendations`, which names them: they wait until it has been judged. */
  setAside: RecommendationView[];
  /** Rules that lack what they read: that they recommend nothing says nothing. */
  undecided: AbstentionView[];
  /** Null where no source has told of the listing. */
  @ApiProperty({ type: ListingQualityView, nullable: true })
  listingQuality: ListingQualityView | null;
  risk: RiskView;
  opportunity: OpportunityScoreView;
}

export class InsightView extends InsightIdentityView {
  /** Null before it is made. */
  @ApiProperty({ type: InsightContentView, nullable: true })
  content: InsightContentView | null;
}

export class ReportQueuedView extends InsightQueuedView {
  /** Where the report will be. @example "/api/v1/insights/01981c5e-58b2-7d70-8f6e-2f6f3e2b9a10/report" */
  report: string;
}

@ApiExtraModels(ForecastView)
export class ReportView extends InsightContentView {
  /** Of the insight. */
  id: string;
  asin: string;
  marketplace: Marketplace;
  title: string | null;
  madeAt: string;
  simulated: boolean;
  /** Null without confirmed competitors. */
  @ApiProperty({ type: CompetitiveAnalysisView, nullable: true })
  comparison: CompetitiveAnalysisView | null;
  @ApiProperty({
    description: 'Of `price` and `bsr`.',
    type: 'object',
    additionalProperties: { $ref: getSchemaPath(ForecastView) },
  })
  forecasts: Record<string, ForecastView>;
  @ApiProperty({ type: UnitsForecastView, nullable: true })
  unitsForecast: UnitsForecastView | null;
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
  /** Whether the evidence is what the claim was sealed with: its SHA-256 is the claim's `hash`. */
  isIntact: boolean;
  /**
   * Whether the same follows from it once more, which was tried just now: kind, window, n, effect, interval, confidence and values; words do not
   * count. Null where it does not, and the claim is of an older `claimsVersion`: that says nothing of its evidence.
   */
  @ApiProperty({ type: Boolean, nullable: true })
  isReproduced: boolean | null;
  /** The same is told in other words by now. */
  isReworded: boolean;
}
