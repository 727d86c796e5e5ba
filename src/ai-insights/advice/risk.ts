import { asShare, NamedSum, namedSum, SumRule } from '../../common/named-sum';
import { ProductAnalysisView } from '../../analytics/product/dto/product-analytics.view';
import { ComparisonResult } from '../../competitors/dto/analysis.view';
import { Abstention, Claim } from '../claims/claim';
import { ListingQuality } from '../listing-quality/listing-quality';

/** What risk is told from, as far as it is there. That nothing is claimed of a thing does not say that it is known. */
export interface RiskInputs {
  claims: readonly Claim[];
  abstentions: readonly Abstention[];
  analytics: Pick<ProductAnalysisView, 'trends' | 'timeInStock' | 'timeWithBuyBox'> | null;
  comparison: ComparisonResult | null;
  quality: ListingQuality | null;
}

export interface RiskEvidence {
  /** The numbers behind it. @example {"timeInStock":0.93,"knownTime":0.98} */
  evidence: Record<string, number>;
  /** Keys of the claims that tell of it, where there are any. @example ["time_in_stock:30d"] */
  because: string[];
}

/** Half of the time without an offer or a buy box is all there is to this part; likewise the other bounds. All are our choice. */
const FULL_TIME_LOST = 0.5;
/** Tenths of a star over 90 days. */
const FULL_RATING_LOSS = 5;
/** A rank that doubles, the mirror of the half that is all there is to rising demand. */
const FULL_RANK_LOSS = 0.5;
const TIME_DAYS = 30;
const TREND_DAYS = 90;

const PARTS: readonly SumRule<RiskInputs, RiskEvidence>[] = [
  {
    name: 'stock',
    weight: 0.2,
    needs: 'needs a price, or its absence, that is known in the last 30 days',
    look({ claims, analytics }) {
      const because = keysOf(claims, 'no_offer', `time_in_stock:${TIME_DAYS}d`);
      const found = analytics?.timeInStock.find(({ days }) => days === TIME_DAYS);
      const evidence: Record<string, number> =
        found && found.share !== null ? { timeInStock: found.share, knownTime: found.known } : {};
      if (because.includes('no_offer')) return { value: 1, evidence: { ...evidence, offers: 0 }, because };
      const time = evidence['timeInStock'];
      return time === undefined ? undefined : { value: asShare((1 - time) / FULL_TIME_LOST), evidence, because };
    },
  },
  {
    name: 'rating_decline',
    weight: 0.2,
    needs: 'needs a rating that is known on 14 of the last 90 days',
    look: (inputs) => decline(inputs, 'rating', 'falling', (change) => -change / FULL_RATING_LOSS),
  },
  {
    name: 'rank_decline',
    weight: 0.2,
    needs: 'needs a rank that is known on 14 of the last 90 days',
    look: (inputs) => decline(inputs, 'bsr', 'rising', (change) => change / (1 + change) / FULL_RANK_LOSS),
  },
  {
    name: 'undercut',
    weight: 0.15,
    needs: 'needs a competitive analysis with the own price and those of competitors',
    look({ claims, comparison }) {
      const own = comparison?.own.figures['itemPrice'];
      const prices = pricesOf(comparison);
      if (!own || prices.size === 0) return undefined;
      const cheaper = [...prices.values()].filter((price) => price < own.value).length;
      return {
        value: cheaper / prices.size,
        evidence: { cheaperCompetitors: cheaper, competitors: prices.size },
        because: claims.filter(({ kind }) => kind === 'undercut').map(({ key }) => key),
      };
    },
  },
  {
    name: 'rival_cuts',
    weight: 0.1,
    needs: 'needs competitors whose price is known, now and in the days before',
    look({ claims, abstentions, comparison }) {
      const prices = pricesOf(comparison);
      const isUnknown = abstentions.some(({ key }) => key.split(':')[0] === 'competitor_change');
      if (prices.size === 0 || isUnknown) return undefined;
      const cuts = claims.filter(
        ({ kind, metric, direction, values }) =>
          kind === 'competitor_change' &&
          metric === 'price' &&
          direction === 'down' &&
          values['competitor']?.type === 'asin' &&
          prices.has(values['competitor'].value),
      );
      const cutting = new Set(cuts.map(({ values }) => values['competitor']?.value)).size;
      return {
        value: cutting / prices.size,
        evidence: { cuttingCompetitors: cutting, competitors: prices.size },
        because: cuts.map(({ key }) => key).sort(),
      };
    },
  },
  {
    name: 'no_buy_box',
    weight: 0.1,
    needs: 'needs a buy box, or its absence, that is known in the last 30 days',
    look({ analytics }) {
      const found = analytics?.timeWithBuyBox.find(({ days }) => days === TIME_DAYS);
      if (!found || found.share === null) return undefined;
      return {
        value: asShare((1 - found.share) / FULL_TIME_LOST),
        evidence: { timeWithBuyBox: found.share, knownTime: found.known },
        because: [],
      };
    },
  },
  {
    name: 'content',
    weight: 0.05,
    needs: 'needs the quality of the listing',
    look({ quality }) {
      if (!quality || quality.score === null) return undefined;
      return { value: 1 - quality.score, evidence: { listingQuality: quality.score }, because: [] };
    },
  },
];

/**
 * What a product could lose, as a sum of named parts, each from 0 to 1: `stock` (time of the last 30 days without an offer, all where there is
 * none now), `rating_decline` and `rank_decline` (trends of 90 days that leave no doubt), `undercut` (competitors that are cheaper), `rival_cuts`
 * (competitors that cut their price), `no_buy_box` (time in which nobody held the buy box; whose it was is not kept), `content` (what the
 * listing's quality lacks).
 */
export function riskOf(inputs: RiskInputs): NamedSum<RiskEvidence> {
  return namedSum(PARTS, inputs);
}

/** Known of a metric whose trend was looked for, whether or not one was found. */
function decline(
  { claims, analytics }: RiskInputs,
  metric: 'rating' | 'bsr',
  worse: 'rising' | 'falling',
  size: (change: number) => number,
): ({ value: number } & RiskEvidence) | undefined {
  const found = analytics?.trends[metric]?.find(({ days }) => days === TREND_DAYS);
  if (!found) return undefined;
  const { change, changeLower, changeUpper, direction } = found;
  return {
    value: direction === worse ? asShare(size(change)) : 0,
    evidence: {
      change,
      ...(changeLower === null ? {} : { changeLower }),
      ...(changeUpper === null ? {} : { changeUpper }),
    },
    because: direction === worse ? keysOf(claims, `trend:${metric}:${TREND_DAYS}d`) : [],
  };
}

/** By ASIN, of competitors that have one. */
function pricesOf(comparison: ComparisonResult | null): Map<string, number> {
  return new Map(
    (comparison?.competitors ?? []).flatMap(({ asin, figures }) =>
      figures['itemPrice'] ? [[asin, figures['itemPrice'].value] as const] : [],
    ),
  );
}

function keysOf(claims: readonly Claim[], ...keys: string[]): string[] {
  return keys.filter((key) => claims.some((claim) => claim.key === key));
}
