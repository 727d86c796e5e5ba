import { Injectable } from '@nestjs/common';
import { Marketplace } from '../../common/marketplace';
import { Postgres } from '../../shared/database/postgres';
import { LeftOut } from './observations';
import {
  CurveRefusal,
  EstimateRefusal,
  estimateUnits,
  MAX_EXTRAPOLATION,
  MIN_PERIODS,
  MIN_RANK_SPREAD,
  RankSpan,
  SalesCurve,
  UnitsEstimate,
} from './sales-curve';

/** A fitted model, or why the periods do not tell one. */
export interface SalesModel {
  marketplace: Marketplace;
  category: string;
  /** Of which no two overlap. */
  periods: number;
  families: number;
  leftOut: LeftOut;
  curve: SalesCurve | null;
  refusal: CurveRefusal | null;
  /** Some of the ranks are of the sandbox. */
  simulated: boolean;
  fittedAt: Date;
}

export type NoEstimateReason =
  'no_own_sales' | 'no_category' | 'no_own_sales_in_category' | 'not_fitted_yet' | CurveRefusal | EstimateRefusal;

/** Why there is no estimate, with what is missing for a person to read. */
export interface NoEstimate {
  refused: NoEstimateReason;
  message: string;
}

export type SalesEstimate = UnitsEstimate & { model: SalesModel };

const MISSING: Record<NoEstimateReason, string> = {
  no_own_sales: 'Without own sales there is no estimate: send units by ASIN and period to POST /analytics/own-sales',
  no_category: 'No source has told the root category of the listing yet',
  no_own_sales_in_category:
    'There are no own sales in this category and marketplace: a curve of another one does not hold here',
  not_fitted_yet: 'The own sales of this category are fitted within the next minutes, at the latest with the daily fit',
  too_few_periods: `At least ${MIN_PERIODS} periods that do not overlap, each with a rank known in 80 % of its time, are needed`,
  nothing_sold: 'Nothing was sold in any of the periods',
  rank_spread_too_small: `The mean ranks of the periods must lie apart by a factor of ${MIN_RANK_SPREAD} or more, and not for the sake of one period`,
  units_do_not_fall_with_rank:
    'The units do not fall clearly as the rank rises: more periods, or periods of other ranks, are needed',
  no_rank: 'No rank is known of the listing in this time',
  outside_rank_range: `The rank is more than ${MAX_EXTRAPOLATION} times beyond the ranks at which the own sales were made`,
};

export function noEstimate(refused: NoEstimateReason): NoEstimate {
  return { refused, message: MISSING[refused] };
}

/** Everything that is known of one user's sales, to estimate any number of listings without another look at the database. */
export class UserSalesModels {
  constructor(
    readonly models: readonly SalesModel[],
    /** Periods of own sales by the category of their listing. */
    readonly own: readonly { marketplace: Marketplace; category: string | null; periods: number }[],
  ) {}

  /** Mean units a day over ranks that held for a time. */
  estimate(marketplace: Marketplace, category: string | null, ranks: readonly RankSpan[]): SalesEstimate | NoEstimate {
    if (this.own.length === 0) return noEstimate('no_own_sales');
    if (category === null) return noEstimate('no_category');
    const isHere = (one: { marketplace: Marketplace; category: string | null }) =>
      one.marketplace === marketplace && one.category === category;
    if (!this.own.some(isHere)) return noEstimate('no_own_sales_in_category');
    const model = this.models.find(isHere);
    if (!model) return noEstimate('not_fitted_yet');
    if (!model.curve) return noEstimate(model.refusal ?? 'not_fitted_yet');
    const estimate = estimateUnits(model.curve, ranks);
    return typeof estimate === 'string' ? noEstimate(estimate) : { ...estimate, model };
  }
}

/** Units from ranks, by the user's own sales and by nothing else. */
@Injectable()
export class SalesEstimates {
  constructor(private readonly postgres: Postgres) {}

  async modelsOf(userId: string): Promise<UserSalesModels> {
    const rows = await this.postgres.query<ModelRow>(
      `SELECT o.marketplace, o.category, o.count, m.periods, m.families, m.left_out, m.curve, m.refusal, m.simulated, m.fitted_at
       FROM (
         SELECT l.marketplace, l.bsr_category AS category, count(*)::int AS count
         FROM own_sales o JOIN product p ON p.id = o.product_id JOIN listing l ON l.id = p.listing_id
         WHERE o.user_id = $1 GROUP BY 1, 2
       ) o
       LEFT JOIN sales_model m ON m.user_id = $1 AND m.marketplace = o.marketplace AND m.category = o.category
       ORDER BY 1, 2`,
      [userId],
    );
    return new UserSalesModels(
      rows.flatMap((row) => toModel(row) ?? []),
      rows.map(({ marketplace, category, count }) => ({ marketplace, category, periods: count })),
    );
  }

  /** @param ranks how long each rank held; days of equal length for a forecast */
  async of(
    userId: string,
    marketplace: Marketplace,
    category: string | null,
    ranks: readonly RankSpan[],
  ): Promise<SalesEstimate | NoEstimate> {
    return (await this.modelsOf(userId)).estimate(marketplace, category, ranks);
  }
}

interface ModelRow {
  marketplace: Marketplace;
  category: string | null;
  count: number;
  periods: number | null;
  families: number | null;
  left_out: LeftOut | null;
  curve: SalesCurve | null;
  refusal: CurveRefusal | null;
  simulated: boolean | null;
  fitted_at: Date | null;
}

function toModel(row: ModelRow): SalesModel | undefined {
  if (row.category === null || row.fitted_at === null) return undefined;
  return {
    marketplace: row.marketplace,
    category: row.category,
    periods: row.periods ?? 0,
    families: row.families ?? 0,
    leftOut: row.left_out ?? {},
    curve: row.curve,
    refusal: row.refusal,
    simulated: row.simulated ?? false,
    fittedAt: row.fitted_at,
  };
}
