import { ApiProperty } from '@nestjs/swagger';
import { Marketplace } from '../../../common/marketplace';
import { PageView } from '../../../common/pagination';
import { LeftOutReason } from '../observations';
import { CurveRefusal } from '../sales-curve';

export class OwnSalesView {
  id: string;
  productId: string;
  asin: string;
  marketplace: Marketplace;
  /** First and last day, UTC, inclusive. @example "2026-01-01" */
  from: string;
  /** @example "2026-01-31" */
  to: string;
  units: number;
  createdAt: string;
  updatedAt: string;
}

export class OwnSalesPage {
  data: OwnSalesView[];
  page: PageView;
}

export class RowErrorView {
  /** @example "to" */
  field: string;
  /** @example "must be before today (UTC): a period counts when it is over" */
  message: string;
}

export class OwnSalesRowView {
  /** 1 is the first row of the request. */
  row: number;
  asin: string | null;
  marketplace: Marketplace | null;
  from: string | null;
  to: string | null;
  /** `unchanged`: the very same was there. `updated`: the period was there with other units. */
  status: 'imported' | 'unchanged' | 'updated' | 'refused';
  /** Of the own sales; null when it was refused. */
  id: string | null;
  /** Why it was refused. */
  errors: RowErrorView[];
}

export class OwnSalesImportView {
  total: number;
  imported: number;
  unchanged: number;
  updated: number;
  refused: number;
  results: OwnSalesRowView[];
}

/** What is missing for a model. */
export type MissingReason = 'no_own_sales' | 'no_category' | 'not_fitted_yet';

export class MissingView {
  /** `no_category`: no source has told the listings' root category yet. `not_fitted_yet`: the next fit takes them in. */
  reason: MissingReason;
  /** @example "2 periods are of listings whose root category no source has told yet" */
  message: string;
  /** Periods of own sales that this is about. */
  periods: number;
}

export class LeftOutView {
  /**
   * `rank_unknown`: the rank is known in less than 80 % of the period. `family_incomplete`: a variation that you track has no units
   * for it. `family_periods_differ`: another period of a variation overlaps it. `older`: the latest 120 periods count.
   */
  reason: LeftOutReason;
  /** How many: those of a family's variations are one. */
  periods: number;
  message: string;
}

export class IntervalView {
  value: number;
  /** Ends of the interval of 90 %. */
  lower: number;
  upper: number;
}

export class RankRangeView {
  lowest: number;
  highest: number;
}

/** Of periods that were foretold by a curve fitted without them. */
export class ModelErrorView {
  /** Median, in percent of what was sold; null where half of the periods sold nothing. @example 14.2 */
  medianAbsolutePercentage: number | null;
  /** Half of the periods are within this factor of what was sold. @example 1.15 */
  medianFactor: number;
  /** The interval of an estimate near the ranks that were seen: from the estimate divided by this to the estimate times this. @example 1.6 */
  intervalFactor: number;
  /** How many were foretold; those of a family's variations are one. */
  observations: number;
}

/** Units a day = scale · rank ^ -exponent. */
export class SalesModelView {
  marketplace: Marketplace;
  /** Root category, as the listings' `bsrCategory`. */
  category: string;
  /** Periods of which no two overlap. */
  periods: number;
  /** Variations of one parent are one. */
  families: number;
  /** Null where the periods do not tell it; `reason` says why. */
  @ApiProperty({ type: IntervalView, nullable: true })
  exponent: IntervalView | null;
  /** Units a day at rank 1. */
  scale: number | null;
  /** Lowest and highest rank in the periods. */
  @ApiProperty({ type: RankRangeView, nullable: true })
  rankRange: RankRangeView | null;
  /** Ranks beyond these, ten times the range, are refused. */
  @ApiProperty({ type: RankRangeView, nullable: true })
  usableRange: RankRangeView | null;
  @ApiProperty({ type: ModelErrorView, nullable: true })
  error: ModelErrorView | null;
  /** Why there is no curve; null when there is one. */
  @ApiProperty({ type: String, nullable: true })
  reason: CurveRefusal | null;
  message: string | null;
  leftOut: LeftOutView[];
  /** Some of the ranks are simulated. */
  simulated: boolean;
  fittedAt: string;
}

export class SalesModelList {
  data: SalesModelView[];
  /** What is missing besides; empty when every period is in a model. */
  missing: MissingView[];
}
