import { Claim } from '../claims/claim';
import { Facts } from './facts';
import { Advice } from './recommendation';

/** What the claim says, in its own words. */
function told(claim: Claim, metric: 'bsr' | 'units', direction: 'up' | 'down' | null): Advice['effect'] {
  return { template: claim.template, values: claim.values, metric, direction, because: [claim.key] };
}

/** What an own price change did to the rank, or else how the two have moved together. */
export function priceEffect(facts: Facts, price: 'up' | 'down'): Advice['effect'] {
  const cause = facts.cause('own_price');
  if (cause) return told(cause, 'bsr', null);
  const [together] = facts.of('price_and_rank');
  if (!together?.direction) return 'no own price variation to estimate it from';
  return told(together, 'bsr', together.direction === 'up' ? price : price === 'up' ? 'down' : 'up');
}

/** What an own gap in stock did to the rank, or else what a day in stock sells. */
export function stockEffect(facts: Facts): Advice['effect'] {
  const cause = facts.cause('own_stock');
  if (cause) return told(cause, 'bsr', null);
  const [units] = facts.of('units');
  if (units) return told(units, 'units', 'up');
  return 'neither own sales nor an earlier gap in stock to estimate it from';
}

/** What the cause did to the rank when it was last told. */
export function effectOf(facts: Facts, cause: string, none: string): Advice['effect'] {
  const claim = facts.cause(cause);
  return claim ? told(claim, 'bsr', null) : none;
}
