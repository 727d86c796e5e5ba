import { Marketplace, MARKETPLACES } from './marketplace';
import { Metric, METRICS } from './metric';

/** What a metric's values are on the wire: currency code, `rank`, `stars` or `count`, and how many of their digits are decimals. */
export function unitOf(metric: Metric, marketplace: Marketplace): { unit: string; scale: number } {
  const { currency, exponent } = MARKETPLACES[marketplace];
  switch (METRICS[metric].kind) {
    case 'money':
      return { unit: currency, scale: exponent };
    case 'rank':
      return { unit: 'rank', scale: 0 };
    case 'rating':
      return { unit: 'stars', scale: 1 };
    case 'count':
      return { unit: 'count', scale: 0 };
  }
}
