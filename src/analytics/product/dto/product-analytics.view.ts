import { ApiExtraModels, ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { Marketplace } from '../../../common/marketplace';
import { SourceName } from '../../../marketplace-data/marketplace-data';
import { StatsWindowView } from '../../../price-history/dto/price-history.view';

/** Slope and what it made of the value over the window; with the interval of 95 %. */
export class TrendView {
  /** Days back from the last full day (UTC). @example 90 */
  days: number;
  /** `value`: in the units of the metric. `share`, of ranks: 0.02 is 2 % higher, that is worse, each day. */
  scale: 'value' | 'share';
  /** Per day. @example 1.2 */
  slope: number;
  /** Ends of the interval; null where days as alike as these bound nothing. @example 0.9 */
  lower: number | null;
  upper: number | null;
  /** From the first known day of the window to the last. @example 107 */
  change: number;
  changeLower: number | null;
  changeUpper: number | null;
  /** `none` unless 0 lies outside the interval. */
  direction: 'rising' | 'falling' | 'none';
  /** Mann-Kendall: how likely a series without trend shows such a one. @example 0.003 */
  pValue: number;
  /** Known days, and how many independent ones they are worth. @example 88 */
  n: number;
  effectiveN: number;
}

/** From this day on the value is at another level, for five days at least. */
export class ChangePointView {
  /** @example "2026-05-04" */
  date: string;
  /** Mean of the days before, since the change before that, and after. @example 1999 */
  before: number;
  after: number;
  /** @example 0.85 */
  ratio: number | null;
  /** How many of its own standard errors the step is high, from 4.3; null where nothing else varies. @example 9.1 */
  statistic: number | null;
}

export class WeekdayEffectView {
  /** 0 Sunday to 6 Saturday. @example 6 */
  weekday: number;
  /** Share by which the day lies above its week; below 0 beneath it. @example 0.04 */
  effect: number;
  pValue: number;
}

export class WeekdayPatternView {
  /** Full weeks that it was looked for in. @example 25 */
  weeks: number;
  pValue: number;
  /** Whether there is a pattern, at 5 %. */
  found: boolean;
  /** Of all seven days; empty unless one was found. */
  effects: WeekdayEffectView[];
}

/** Spearman's correlation of the changes from day to day of price and rank, with the interval of 95 %. */
export class CoMovementView {
  /** Days by which the rank follows the price, of 0 to 3 those with the largest correlation. @example 1 */
  lag: number;
  /** Above 0 a higher price goes with a higher, that is a worse, rank. @example 0.4 */
  correlation: number;
  lower: number;
  upper: number;
  n: number;
  effectiveN: number;
  /** `none` unless 0 lies outside the interval. */
  direction: 'together' | 'opposite' | 'none';
}

/** Of the time of a window. */
export class ShareOfTimeView {
  /** @example 30 */
  days: number;
  /** Share of the known time in which it was so; null where nothing is known. @example 0.93 */
  share: number | null;
  /** Share of the window that is known, and that is not. @example 0.98 */
  known: number;
  unknown: number;
}

export class UnitsEstimateView {
  /** Mean a day over the last 30 days. @example 14.2 */
  unitsPerDay: number;
  /** Ends of the interval of 90 %. */
  lower: number;
  upper: number;
  /** Ranks that it is made of: share of the 30 days in which they are known. @example 0.98 */
  known: number;
  /** The category and when the curve was fitted: GET /analytics/sales-models has the rest. */
  category: string;
  fittedAt: string;
}

export class ForecastDayView {
  /** @example "2026-05-05" */
  date: string;
  /** Half of the outcomes lie below. @example 1999 */
  median: number;
  /** Ends of the interval of 90 %. */
  lower: number;
  upper: number;
}

/** How forecasts made on past days, from what was known then, fared. */
export class BackTestView {
  /** Days ahead. @example 1 */
  fromDay: number;
  /** @example 7 */
  toDay: number;
  /** Days that were compared with their forecast. @example 1800 */
  scored: number;
  /** Share of these that lay in their interval; nominal 0.9. @example 0.91 */
  coverage: number | null;
  /** 1 - mean absolute error / that of "same as last week". @example 0.2 */
  skill: number | null;
}

export class ForecastView {
  /** Currency code or `rank`. @example "USD" */
  unit: string;
  /** Decimals: the real value is value / 10^scale. @example 2 */
  scale: number;
  /** Fewer than asked for where too little is known for so many. */
  days: ForecastDayView[];
  /** The medians are their mean. */
  methods: string[];
  weekdayEffects: boolean;
  /** Days on which a forecast was made to test it. @example 300 */
  origins: number;
  backTest: BackTestView;
  weeks: BackTestView[];
  /** False: no better than "same as last week", as far as can be told. */
  hasSkill: boolean;
  /** Diebold-Mariano: how likely chance alone shows such a skill. @example 0.01 */
  pValue: number;
}

/** Expected units a day, from the forecast of the rank by the curve of own sales. */
export class UnitsForecastView {
  /**
   * Ends are those of the rank's interval with those of the curve's. The curve is known of whole periods: what a single day sells scatters
   * around these, and there is no back-test of it, as own sales are not known by day.
   */
  days: ForecastDayView[];
  /** Of the rank that the units follow from: by a falling curve they lie between the ends of its interval whenever the rank does. */
  rankBackTest: BackTestView;
  /** Whether the rank's forecast is better than "same as last week". */
  rankHasSkill: boolean;
  category: string;
  fittedAt: string;
}

@ApiExtraModels(TrendView, ChangePointView, WeekdayPatternView, ForecastView, StatsWindowView)
export class ProductAnalysisView {
  productId: string;
  asin: string;
  marketplace: Marketplace;
  /** ISO 4217; of prices, in minor units. */
  currency: string;
  sources: SourceName[];
  /** Whether any of the readings are simulated. */
  simulated: boolean;
  /** The last full day (UTC): trends, changes, patterns and forecasts are of days up to it. @example "2026-05-04" */
  lastDay: string;
  /** As GET /products/{id}/price-history/stats, over 7, 30, 90 and 365 days. */
  statistics: StatsWindowView[];
  @ApiProperty({
    description: 'By metric: `price`, `bsr`, `rating`, `review_count`.',
    type: 'object',
    additionalProperties: { type: 'array', items: { $ref: getSchemaPath(TrendView) } },
  })
  trends: Record<string, TrendView[]>;
  @ApiProperty({
    description: 'Of `price`, `bsr` and `rating`, in the last 180 days. A metric that is not there has too few days.',
    type: 'object',
    additionalProperties: { type: 'array', items: { $ref: getSchemaPath(ChangePointView) } },
  })
  changePoints: Record<string, ChangePointView[]>;
  @ApiProperty({
    description: 'Of `price` and `bsr`, in the last 180 days.',
    type: 'object',
    additionalProperties: { $ref: getSchemaPath(WeekdayPatternView) },
  })
  weekdays: Record<string, WeekdayPatternView>;
  /** Null where too few changes of both are known. */
  @ApiProperty({ type: CoMovementView, nullable: true })
  priceAndRank: CoMovementView | null;
  /** Time in which there was an offer of a new item. */
  timeInStock: ShareOfTimeView[];
  /** Time in which somebody held the buy box. Whose it was is not kept over time. */
  timeWithBuyBox: ShareOfTimeView[];
  /** From the rank by your own sales, and by nothing else; null where they do not tell it. */
  @ApiProperty({ type: UnitsEstimateView, nullable: true })
  units: UnitsEstimateView | null;
  @ApiProperty({
    description: 'Of `price` and `bsr`.',
    type: 'object',
    additionalProperties: { $ref: getSchemaPath(ForecastView) },
  })
  forecasts: Record<string, ForecastView>;
  /** Null where own sales or the forecast of the rank do not tell it. */
  @ApiProperty({ type: UnitsForecastView, nullable: true })
  unitsForecast: UnitsForecastView | null;
  /** Of each part that is not there, what is missing. @example {"forecasts.bsr":"needs 12 more days of bsr"} */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  missing: Record<string, string>;
  /** Of those parts that lack known days alone, how many at least. @example {"forecasts.bsr":12} */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'number' } })
  missingDays: Record<string, number>;
}

export class ProductAnalyticsView {
  /** `current`: of the last reading. `outdated`: of an earlier one, a new one is being made. `computing`: the first is being made. */
  state: 'current' | 'outdated' | 'computing';
  @ApiProperty({ type: String, nullable: true })
  computedAt: string | null;
  @ApiProperty({ type: ProductAnalysisView, nullable: true })
  analysis: ProductAnalysisView | null;
}
