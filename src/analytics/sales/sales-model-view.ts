import { LeftOutView, MissingView, SalesModelList, SalesModelView } from './dto/sales.view';
import { LeftOutReason } from './observations';
import { MAX_EXTRAPOLATION } from './sales-curve';
import { noEstimate, SalesModel, UserSalesModels } from './sales-estimates.service';

const LEFT_OUT: Record<LeftOutReason, string> = {
  rank_unknown: 'The rank is known in less than 80 % of the time of the period',
  family_incomplete:
    'A variation of the same parent that you track has no units for the period: give 0 if it sold none',
  family_periods_differ: 'Variations of the same parent have periods that overlap without being the same',
  older: 'The latest 120 periods count, as what a rank is worth changes',
};

export function toModelList(known: UserSalesModels): SalesModelList {
  return { data: known.models.map(toModelView), missing: missing(known) };
}

function missing({ models, own }: UserSalesModels): MissingView[] {
  if (own.length === 0) return [{ reason: 'no_own_sales', message: noEstimate('no_own_sales').message, periods: 0 }];
  const waiting = own.filter(
    ({ marketplace, category }) =>
      !models.some((model) => model.marketplace === marketplace && model.category === category),
  );
  return (['no_category', 'not_fitted_yet'] as const).flatMap((reason) => {
    const periods = waiting
      .filter(({ category }) => (category === null) === (reason === 'no_category'))
      .reduce((sum, one) => sum + one.periods, 0);
    return periods === 0 ? [] : [{ reason, message: noEstimate(reason).message, periods }];
  });
}

function toModelView(model: SalesModel): SalesModelView {
  const { marketplace, category, periods, families, curve, refusal, simulated } = model;
  return {
    marketplace,
    category,
    periods,
    families,
    exponent: curve && {
      value: significant(curve.exponent.value),
      lower: significant(curve.exponent.lower),
      upper: significant(curve.exponent.upper),
    },
    scale: curve && significant(curve.scale),
    rankRange: curve && curve.rankRange,
    usableRange: curve && {
      lowest: Math.max(1, Math.ceil(curve.rankRange.lowest / MAX_EXTRAPOLATION)),
      highest: curve.rankRange.highest * MAX_EXTRAPOLATION,
    },
    error: curve && {
      medianAbsolutePercentage:
        curve.error.medianAbsolutePercentage === null ? null : significant(curve.error.medianAbsolutePercentage),
      medianFactor: significant(curve.error.medianFactor),
      intervalFactor: significant(Math.exp(curve.error.halfWidth)),
      observations: curve.error.observations,
    },
    reason: refusal,
    message: refusal && noEstimate(refusal).message,
    leftOut: Object.entries(model.leftOut).map(([reason, count]): LeftOutView => ({
      reason: reason as LeftOutReason,
      periods: count,
      message: LEFT_OUT[reason as LeftOutReason],
    })),
    simulated,
    fittedAt: model.fittedAt.toISOString(),
  };
}

/** Four digits say more than such a fit can. */
function significant(value: number): number {
  return Number(value.toPrecision(4));
}
