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
 * user tracks has no units for it. `family_periods_differ`: another period of a variation overlaps it. `older`: the latest 120
 * periods count.
 */
export type LeftOutReason = 'rank_unknown' | 'family_incomplete' | 'family_periods_differ' | 'older';
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
 * Variations have the rank of their parent, which follows from what all of them sell: a family's units are summed and count once, for periods
 * that all of its tracked variations have. Products without a category are not among them.
 */
export function curveInputs(products: readonly SellingProduct[]): CurveInputs[] {
  const inputs = new Map<string, CurveInputs>();
  for (const members of groupBy(products, ({ marketplace, family }) => `${marketplace}/${family}`).values()) {
    const [first] = members;
    const category = members.find((member) => member.category !== null)?.category;
    if (!first || category == null || members.every(({ periods }) => periods.length === 0)) continue;
    const { marketplace, family } = first;
    const key = `${marketplace}/${category}`;
    const input = inputs.get(key) ?? { marketplace, category, observations: [], leftOut: {}, simulated: false };
    inputs.set(key, input);
    const leaveOut = (reason: LeftOutReason) => {
      input.leftOut[reason] = (input.leftOut[reason] ?? 0) + 1;
    };
    const periods = [
      ...groupBy(
        members.flatMap((member) => member.periods),
        ({ from, to }) => `${from}/${to}`,
      ).values(),
    ];
    for (const same of withoutOverlaps(periods, () => {
      leaveOut('family_periods_differ');
    })) {
      const [period] = same;
      if (!period) continue;
      const known = members
        .filter((member) => member.category === category)
        .map((member) => ({ ...ranksIn(member.ranks, period), simulated: member.simulated }))
        .reduce((best, one) => (one.share > best.share ? one : best));
      if (same.length < members.length) leaveOut('family_incomplete');
      else if (known.share < MIN_KNOWN) leaveOut('rank_unknown');
      else {
        const { from, to } = period;
        const units = same.reduce((sum, one) => sum + one.units, 0);
        const { spans, lowestRank, highestRank } = known;
        input.observations.push({ family, from, to, units, spans, lowestRank, highestRank });
        input.simulated ||= known.simulated;
      }
    }
  }
  for (const input of inputs.values()) keepLatest(input);
  return [...inputs.values()];
}

/** Periods of one family, each with what its members sold in it. */
function withoutOverlaps(periods: OwnPeriod[][], leaveOut: () => void): OwnPeriod[][] {
  const ascending = periods.sort(([a], [b]) => (a?.from ?? 0) - (b?.from ?? 0) || (a?.to ?? 0) - (b?.to ?? 0));
  const ends = ascending.map(([period]) => period?.to ?? 0);
  const kept: OwnPeriod[][] = [];
  let reached = -Infinity;
  ascending.forEach((period, index) => {
    const overlapsBefore = (period[0]?.from ?? 0) <= reached;
    const overlapsNext = (ascending[index + 1]?.[0]?.from ?? Infinity) <= (ends[index] ?? 0);
    reached = Math.max(reached, ends[index] ?? 0);
    if (overlapsBefore || overlapsNext) leaveOut();
    else kept.push(period);
  });
  return kept;
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
  input.leftOut.older = periods.slice(MOST_PERIODS).flat().length;
  input.observations = periods.slice(0, MOST_PERIODS).flat();
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}
