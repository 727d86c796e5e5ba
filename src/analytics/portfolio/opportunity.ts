import { round } from '../../common/round';
import { median } from 'simple-statistics';
import { ComparisonResult } from '../../competitors/dto/analysis.view';
import { ProductAnalysisView } from '../product/dto/product-analytics.view';
import { OpportunityPartView } from './dto/portfolio.view';

/** What an opportunity is told from: the last comparison with all competitors and the last analytics, as far as there are any. */
export interface OpportunityInputs {
  comparison: ComparisonResult | null;
  analytics: Pick<ProductAnalysisView, 'trends' | 'timeInStock'> | null;
}

export interface Opportunity {
  score: number | null;
  parts: OpportunityPartView[];
  missing: Record<string, string>;
}

interface Part {
  name: string;
  weight: number;
  from: OpportunityPartView['from'];
  /** What it needs. */
  needs: string;
  /** Undefined where what it needs is not there. */
  look: (inputs: OpportunityInputs) => { value: number; evidence: Record<string, number> } | undefined;
}

/** A price a fifth below the others' median is all there is to gain by this part; likewise the other bounds. */
const FULL_PRICE_GAP = 0.2;
const FULL_IMPROVEMENT = 0.5;
const FULL_TIME_LOST = 0.5;
const FULL_RATING_GAP = 1;
/** Ratings this close read the same. */
const SAME_RATING = 0.05;
const LEAST_WEIGHT = 0.5;

const PARTS: readonly Part[] = [
  {
    name: 'raise_price',
    weight: 0.25,
    from: 'competitive_analysis',
    needs: 'needs a competitive analysis with prices and ratings',
    look({ comparison }) {
      const { itemPrice, rating } = comparison?.standings ?? {};
      if (!itemPrice || itemPrice.index === null || !rating) return undefined;
      const isRatedNoWorse = rating.own >= rating.medianOfCompetitors - SAME_RATING;
      return {
        value: isRatedNoWorse ? share((1 - itemPrice.index) / FULL_PRICE_GAP) : 0,
        evidence: {
          priceIndex: itemPrice.index,
          price: itemPrice.own,
          medianPriceOfCompetitors: itemPrice.medianOfCompetitors,
          rating: rating.own,
          medianRatingOfCompetitors: rating.medianOfCompetitors,
        },
      };
    },
  },
  {
    name: 'rivals_out_of_stock',
    weight: 0.2,
    from: 'competitive_analysis',
    needs: 'needs a competitive analysis in which it is known whether competitors have an offer',
    look({ comparison }) {
      const competitors = comparison?.competitors ?? [];
      const without = competitors.filter(({ missing }) => missing['itemPrice'] === 'none').length;
      const known = without + competitors.filter(({ figures }) => figures['itemPrice']).length;
      return known === 0 ? undefined : { value: without / known, evidence: { outOfStock: without, known } };
    },
  },
  {
    name: 'rising_demand',
    weight: 0.2,
    from: 'product_analytics',
    needs: 'needs a rank that is known on 14 of the last 90 days',
    look({ analytics }) {
      const found = analytics?.trends['bsr']?.find(({ days }) => days === 90);
      if (!found) return undefined;
      const { change, changeLower, changeUpper, direction } = found;
      return {
        value: direction === 'falling' ? share(-change / FULL_IMPROVEMENT) : 0,
        evidence: {
          rankChange: change,
          ...(changeLower === null ? {} : { rankChangeLower: changeLower }),
          ...(changeUpper === null ? {} : { rankChangeUpper: changeUpper }),
        },
      };
    },
  },
  {
    name: 'stay_in_stock',
    weight: 0.15,
    from: 'product_analytics',
    needs: 'needs a price, or its absence, that is known in the last 30 days',
    look({ analytics }) {
      const found = analytics?.timeInStock.find(({ days }) => days === 30);
      if (!found || found.share === null) return undefined;
      return {
        value: share((1 - found.share) / FULL_TIME_LOST),
        evidence: { timeInStock: found.share, knownTime: found.known },
      };
    },
  },
  {
    name: 'improve_rating',
    weight: 0.1,
    from: 'competitive_analysis',
    needs: 'needs a competitive analysis with ratings',
    look({ comparison }) {
      const rating = comparison?.standings['rating'];
      if (!rating) return undefined;
      return {
        value: share((rating.medianOfCompetitors - rating.own) / FULL_RATING_GAP),
        evidence: { rating: rating.own, medianRatingOfCompetitors: rating.medianOfCompetitors },
      };
    },
  },
  {
    name: 'improve_content',
    weight: 0.1,
    from: 'competitive_analysis',
    needs: 'needs a competitive analysis with bullets or pictures of the product and of competitors',
    look({ comparison }) {
      if (!comparison) return undefined;
      const gaps: number[] = [];
      const evidence: Record<string, number> = {};
      for (const part of ['bullets', 'images'] as const) {
        const own = comparison.own.content[part];
        const theirs = comparison.competitors.flatMap(({ content }) => content[part] ?? []);
        const middle = theirs.length > 0 ? median(theirs) : 0;
        if (own === null || middle === 0) continue;
        gaps.push(share((middle - own) / middle));
        evidence[part] = own;
        evidence[`${part}OfCompetitors`] = middle;
      }
      const [first, second = first] = gaps;
      return first === undefined || second === undefined ? undefined : { value: (first + second) / 2, evidence };
    },
  },
];

/**
 * What a product could gain, as a weighted mean of named parts, each from 0 to 1. A part of which nothing is known is left out and its
 * weight is shared among the others; of less than half of the weight no score is made.
 */
export function opportunityOf(inputs: OpportunityInputs): Opportunity {
  const missing: Record<string, string> = {};
  const parts: OpportunityPartView[] = [];
  for (const { name, weight, from, needs, look } of PARTS) {
    const found = look(inputs);
    if (found) parts.push({ name, value: round(found.value, 3), weight, evidence: found.evidence, from });
    else missing[name] = needs;
  }
  const weight = parts.reduce((sum, part) => sum + part.weight, 0);
  const sum = parts.reduce((total, part) => total + part.weight * part.value, 0);
  parts.sort((a, b) => b.weight * b.value - a.weight * a.value);
  return { score: weight < LEAST_WEIGHT - 1e-9 ? null : round(sum / weight, 3), parts, missing };
}

function share(value: number): number {
  return Math.min(1, Math.max(0, value));
}
