import { Marketplace, MARKETPLACES } from '../common/marketplace';
import { METRIC_NAMES, METRICS } from '../common/metric';
import { Reading } from '../marketplace-data/marketplace-data';

const INT4_MAX = 2_147_483_647;
const MAX_RATING = 50;
/** Clocks of vendors go before ours by less. */
const FUTURE_MS = 10 * 60_000;

/**
 * Why a reading cannot be true of the listing that was asked about, whatever history says; undefined when it can. Values that
 * only jump too far are for `RECORD_STATEMENT` to hold, which knows what was before.
 */
export function refusalOf(reading: Reading, asin: string, marketplace: Marketplace, now: Date): string | undefined {
  if (reading.asin !== asin || reading.marketplace !== marketplace) return 'the answer is about another listing';
  const { currency } = MARKETPLACES[marketplace];
  if (reading.currency !== undefined && reading.currency !== currency) {
    return `the answer is in another currency than ${currency}`;
  }
  const time = reading.observedAt.getTime();
  if (!(time > 0 && time <= now.getTime() + FUTURE_MS)) return 'the answer is of no possible time';
  for (const name of METRIC_NAMES) {
    const value = reading.values[name];
    if (value === undefined || value === null) continue;
    const { kind } = METRICS[name];
    const least = kind === 'rank' ? 1 : 0;
    const most = kind === 'rating' ? MAX_RATING : INT4_MAX;
    if (!Number.isInteger(value) || value < least || value > most) return `the answer has an impossible ${name}`;
  }
  return undefined;
}
