import { PositionView, StandingView } from '../dto/analysis.view';
import { MeasureName } from './measures';

/** Fewer listings than this are no market to have a position in. */
const FEWEST = 3;
const BUDGET_UP_TO = 0.9;
const PREMIUM_FROM = 1.1;

/**
 * Position by rule. Standing, by Best Sellers Rank among the product and its competitors in the same category, of which there are at
 * least three: the first is `leader`, who else is in the better half or its middle `challenger`, the rest `follower`. Price tier, by item price
 * over the median of the competitors': up to 0.9 `budget`, from 1.1 `premium`, else `mainstream`.
 */
export function positionOf(standings: Readonly<Record<MeasureName, StandingView | null>>): PositionView {
  const { bsr, itemPrice } = standings;
  return {
    standing: bsr && bsr.of >= FEWEST ? standingOf(bsr) : null,
    priceTier: itemPrice && itemPrice.of >= FEWEST && itemPrice.index !== null ? tierOf(itemPrice.index) : null,
    missing: [
      ...(bsr && bsr.of >= FEWEST
        ? []
        : ['standing: needs a rank of the product and of two competitors in the same category']),
      ...(itemPrice && itemPrice.of >= FEWEST
        ? []
        : ['priceTier: needs a price of the product and of two competitors']),
    ],
  };
}

function standingOf({ place, of }: StandingView): PositionView['standing'] {
  if (place === null) return null;
  if (place === 1) return 'leader';
  return place <= Math.ceil(of / 2) ? 'challenger' : 'follower';
}

function tierOf(index: number): PositionView['priceTier'] {
  if (index <= BUDGET_UP_TO) return 'budget';
  return index >= PREMIUM_FROM ? 'premium' : 'mainstream';
}
