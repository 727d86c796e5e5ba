import { groupBy } from '../../common/group-by';
import { Marketplace } from '../../common/marketplace';
import { Segment } from '../../common/series';
import { Observation, RankSpan } from './sales-curve';

/** A period of own sales. Days since 1970 in UTC, both inclusive. */
export interface OwnPeriod {
  from: number;
  to: number;
  units: number;
}

/** A product of the user, with its own sales, if any, and where its rank is known. */
export interface SellingProduct {
  marketplace: Marketplace;
  /** ASIN of the parent, or its own. */
  family: string;
  category: string | null;
  periods: OwnPeriod[];
  ranks: readonly Segment[];
  simulated: boolean;
}

/**
 * Why periods do not count. `rank_unknown`: the rank is known in less than 80 % of it. `family_incomplete`: a variation that the
 * user tracks has no units for it. `family_periods_differ`: another period of a variation overlaps it. `family_categories_differ`:
 * variations have ranks in different categories. `older`: the latest 120 periods count.
 */
export type LeftOutReason =
  'rank_unknown' | 'family_incomplete' | 'family_periods_differ' | 'family_categories_differ' | 'older';
export type LeftOut = Partial<Record<LeftOutReason, number>>;

/** What the curve of a category in a marketplace is fitted to. */
export interface CurveInputs {
  marketplace: Marketplace;
  category: string;
  observations: Observation[];
  leftOut: LeftOut;
  simulated: boolean;
}

const DAY_MINUTES = 1440;
const MIN_KNOWN = 0.8;
/** More than two years of weeks: what a rank is worth changes, and a fit takes time with the square of them. */
const MOST_PERIODS = 120;
/** Ranks within so much of each other are taken for their geometric mean: an error of the order of 0.0001 in the integral. */
const BIN = 0.05;

/**
 * Variations have the rank of their parent, which follows from what all of them sell: a family's units are summed and count once,
 * for periods that all of its tracked variations have. A family of which no category is known is left out without a count.
 */
export function curveInputs(products: readonly SellingProduct[]): CurveInputs[] {
  const inputs = new Map<string, CurveInputs>();
  const inputOf = (marketplace: Marketplace, category: string): CurveInputs => {
    const key = `${marketplace}/${category}`;
    const input = inputs.get(key) ?? { marketplace, category, observations: [], leftOut: {}, simulated: false };
    inputs.set(key, input);
    return input;
  };
  for (const members of groupBy(products, ({ marketplace, family }) => `${marketplace}/${family}`).values()) {
    const [category, ...others] = new Set(members.flatMap((member) => member.category ?? []));
    for (const { marketplace, category, periods } of others.length > 0 ? members : []) {
      if (category !== null) leaveOut(inputOf(marketplace, category), 'family_categories_differ', periods.length);
    }
    const [first] = members;
    if (!first || category === undefined || others.length > 0) continue;
    if (members.some(({ periods }) => periods.length > 0)) addFamily(inputOf(first.marketplace, category), members);
  }
  for (const input of inputs.values()) keepLatest(input);
  return [...inputs.values()];
}

function addFamily(input: CurveInputs, members: readonly SellingProduct[]): void {
  const sold = members.flatMap(({ periods }) => periods);
  const periods = [...groupBy(sold, ({ from, to }) => `${from}/${to}`).values()];
  const apart = withoutOverlaps(periods);
  leaveOut(input, 'family_periods_differ', periods.length - apart.length);
  for (const same of apart) {
    const [period] = same;
    if (!period) continue;
    const known = members
      .map((member) => ({ ...ranksIn(member.ranks, period), ...member }))
      .reduce((best, one) => (one.share > best.share ? one : best));
    if (same.length < members.length) leaveOut(input, 'family_incomplete', 1);
    else if (known.share < MIN_KNOWN) leaveOut(input, 'rank_unknown', 1);
    else {
      const { family, spans, lowestRank, highestRank } = known;
      const units = same.reduce((sum, one) => sum + one.units, 0);
      input.observations.push({ family, from: period.from, to: period.to, units, spans, lowestRank, highestRank });
      input.simulated ||= known.simulated;
    }
  }
}

function leaveOut({ leftOut }: CurveInputs, reason: LeftOutReason, periods: number): void {
  if (periods > 0) leftOut[reason] = (leftOut[reason] ?? 0) + periods;
}

/** Of periods of one family, each with what its members sold in it, those that no other overlaps. */
function withoutOverlaps(periods: OwnPeriod[][]): OwnPeriod[][] {
  const ascending = periods
    .flatMap((same) => (same[0] ? [{ same, from: same[0].from, to: same[0].to }] : []))
    .sort((a, b) => a.from - b.from || a.to - b.to);
  let reached = -Infinity;
  return ascending.flatMap(({ same, from, to }, index) => {
    const isApart = from > reached && (ascending[index + 1]?.from ?? Infinity) > to;
    reached = Math.max(reached, to);
    return isApart ? [same] : [];
  });
}

/** The ranks of a period, and the share of it in which there is one. */
function ranksIn(
  segments: readonly Segment[],
  { from, to }: OwnPeriod,
): { share: number; spans: RankSpan[]; lowestRank: number; highestRank: number } {
  const start = from * DAY_MINUTES;
  const end = (to + 1) * DAY_MINUTES;
  const bins = new Map<number, { minutes: number; logs: number }>();
  let [minutes, lowestRank, highestRank] = [0, Infinity, 0];
  for (let index = firstEndingAfter(segments, start); index < segments.length; index++) {
    const segment = segments[index];
    if (!segment || segment.start >= end) break;
    const rank = segment.value;
    const length = Math.min(segment.end, end) - Math.max(segment.start, start);
    if (rank === null || rank < 1 || length <= 0) continue;
    const log = Math.log(rank);
    const bin = bins.get(Math.floor(log / BIN)) ?? { minutes: 0, logs: 0 };
    bins.set(Math.floor(log / BIN), { minutes: bin.minutes + length, logs: bin.logs + length * log });
    minutes += length;
    lowestRank = Math.min(lowestRank, rank);
    highestRank = Math.max(highestRank, rank);
  }
  const spans = [...bins.values()].map((bin) => ({
    rank: Math.exp(bin.logs / bin.minutes),
    days: bin.minutes / DAY_MINUTES,
  }));
  return { share: minutes / (end - start), spans, lowestRank, highestRank };
}

/** Index of the first segment that ends after the minute; segments ascend. */
function firstEndingAfter(segments: readonly Segment[], minute: number): number {
  let [low, high] = [0, segments.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((segments[middle]?.end ?? Infinity) > minute) high = middle;
    else low = middle + 1;
  }
  return low;
}

function keepLatest(input: CurveInputs): void {
  const periods = [...groupBy(input.observations, ({ from, to }) => `${from}/${to}`).values()];
  if (periods.length <= MOST_PERIODS) return;
  periods.sort(([a], [b]) => (b?.to ?? 0) - (a?.to ?? 0));
  leaveOut(input, 'older', periods.slice(MOST_PERIODS).flat().length);
  input.observations = periods.slice(0, MOST_PERIODS).flat();
}
