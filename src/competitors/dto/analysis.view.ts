import { ApiExtraModels, ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { Metric, METRIC_NAMES } from '../../common/metric';
import { PageView } from '../../common/pagination';
import { SourceName } from '../../marketplace-data/marketplace-data';

/** Keys by which listings are compared. */
const MEASURES_TOLD =
  'By measure: `itemPrice` (buy box price, or else lowest new price), `landedPrice` (buy box with shipping), `coupon` (what it takes off), ' +
  '`bsr`, `bsrSub` (in the same category only), `rating` (mean with one rating of each star added, so that few ratings weigh little), ' +
  '`ratingCount`, `ratingsPerDay` and `timeInStock` (last 30 days), `stock`.';

/** A number and the readings that it is made of. */
export class FigureView {
  /** @example 1999 */
  value: number;
  /** Currency code, `rank`, `stars`, `count`, `per day` or `share`. @example "USD" */
  unit: string;
  /** Decimals: the real value is value / 10^scale. @example 2 */
  scale: number;
  /** From when it has held without a break, or from when it is counted. @example "2026-03-01T08:00:00.000Z" */
  since: string;
  /** When it was last seen. @example "2026-03-04T08:00:00.000Z" */
  confirmedAt: string;
  /** What was read for it. @example ["buy_box_price"] */
  @ApiProperty({ type: [String], enum: METRIC_NAMES })
  metrics: Metric[];
  /** `sandbox` is simulated. @example ["keepa"] */
  sources: SourceName[];
}

/** What the listing's page has. Null: not known. */
export class ContentView {
  /** Characters. @example 120 */
  titleLength: number | null;
  /** @example 5 */
  bullets: number | null;
  /** @example 7 */
  images: number | null;
}

@ApiExtraModels(FigureView)
export class ComparedListingView {
  asin: string;
  title: string | null;
  /** In which `bsr` and `bsrSub` count. */
  bsrCategory: string | null;
  bsrSubCategory: string | null;
  content: ContentView;
  @ApiProperty({
    description: MEASURES_TOLD,
    type: 'object',
    additionalProperties: { $ref: getSchemaPath(FigureView) },
  })
  figures: Record<string, FigureView>;
  /**
   * Why a measure is not there: `never_read`; `none` (known to be absent: no offer, no rank); `stale` (last seen more than a week ago);
   * `no_rating_count`; `too_short` (less than a week is known of the last 30 days); `other_category` (or not known in which).
   * @example {"landedPrice":"never_read"}
   */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  missing: Record<string, string>;
}

export class DifferenceView {
  /** Own value less the competitor's, in the unit of the figures. @example -200 */
  difference: number;
  /** Own value over the competitor's; null where that is 0. @example 0.91 */
  ratio: number | null;
  /** Who is better; null where more is not better. */
  @ApiProperty({ type: String, enum: ['own', 'competitor', 'tie'], nullable: true })
  leader: 'own' | 'competitor' | 'tie' | null;
  /** Since when, without a break; null for what is counted over 30 days. */
  @ApiProperty({ type: String, nullable: true })
  since: string | null;
  /** Before `since` not both values are known: it may have been so for longer. */
  atLeast: boolean;
}

@ApiExtraModels(DifferenceView)
export class ComparedCompetitorView extends ComparedListingView {
  competitorId: string;
  /** By measure, where both have a figure. */
  @ApiProperty({ type: 'object', additionalProperties: { $ref: getSchemaPath(DifferenceView) } })
  differences: Record<string, DifferenceView>;
}

export class LeaderView {
  /** Null: the product itself. */
  competitorId: string | null;
  asin: string;
}

/** Where the product stands among all that have the number. */
export class StandingView {
  /** 1 is the best; as many places as listings better than it, plus one. Null where more is not better. @example 2 */
  place: number | null;
  /** Listings that have the number, the product included. @example 5 */
  of: number;
  /** @example "USD" */
  unit: string;
  /** @example 2 */
  scale: number;
  /** @example 1999 */
  own: number;
  /** @example 2199 */
  medianOfCompetitors: number;
  /** Own value over that median: of prices this is the price index. @example 0.91 */
  index: number | null;
  leaders: LeaderView[];
  /** Since when exactly these lead, without a break; null for what is counted over 30 days. */
  @ApiProperty({ type: String, nullable: true })
  since: string | null;
  /** Before `since` not all values are known. */
  atLeast: boolean;
}

export class PositionView {
  /** By Best Sellers Rank: the first of at least three is `leader`, who else is in the better half or its middle `challenger`, the rest `follower`. */
  @ApiProperty({ type: String, enum: ['leader', 'challenger', 'follower'], nullable: true })
  standing: 'leader' | 'challenger' | 'follower' | null;
  /** By item price over the median of at least two competitors: up to 0.9 `budget`, from 1.1 `premium`. */
  @ApiProperty({ type: String, enum: ['budget', 'mainstream', 'premium'], nullable: true })
  priceTier: 'budget' | 'mainstream' | 'premium' | null;
  /** What is needed for what is not there. */
  missing: string[];
}

@ApiExtraModels(StandingView)
export class ComparisonResult {
  own: ComparedListingView;
  competitors: ComparedCompetitorView[];
  /** By measure; null where the product or all competitors lack it. */
  @ApiProperty({
    type: 'object',
    additionalProperties: { nullable: true, allOf: [{ $ref: getSchemaPath(StandingView) }] },
  })
  standings: Record<string, StandingView | null>;
  position: PositionView;
}

/** A comparison as it was made. */
export class CompetitiveAnalysisView extends ComparisonResult {
  id: string;
  productId: string;
  madeAt: string;
  /** Whether any of its numbers are simulated. */
  simulated: boolean;
}

export class CompetitiveSummaryView {
  /** The last analysis of all that were confirmed then; null before there was one, and where none is confirmed now. */
  @ApiProperty({ type: CompetitiveAnalysisView, nullable: true })
  analysis: CompetitiveAnalysisView | null;
  /** Competitors have been confirmed or dismissed since. */
  competitorsChanged: boolean;
  /** What is needed for an analysis, where there is none. */
  @ApiProperty({ type: String, nullable: true })
  missing: string | null;
}

/** One competitor beside the product, as it was at a time. */
export class CompetitorAnalysisView {
  id: string;
  productId: string;
  madeAt: string;
  simulated: boolean;
  own: ComparedListingView;
  competitor: ComparedCompetitorView;
}

export class CompetitorAnalysisPage {
  /** The latest first. */
  data: CompetitorAnalysisView[];
  page: PageView;
}
