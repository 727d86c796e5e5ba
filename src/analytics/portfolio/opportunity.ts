import { median } from 'simple-statistics';
import { asShare, NamedSum, namedSum, SumRule } from '../../common/named-sum';
import { ComparisonResult } from '../../competitors/dto/analysis.view';
import { ProductAnalysisView } from '../product/dto/product-analytics.view';
import { OpportunityPartView } from './dto/portfolio.view';

/** What an opportunity is told from: the last comparison with all competitors and the last analytics, as far as there are any. */
export interface OpportunityInputs {
  comparison: ComparisonResult | null;
  analytics: Pick<ProductAnalysisView, 'trends' | 'timeInStock'> | null;
}

type Found = Pick<OpportunityPartView, 'evidence' | 'from'>;

/** A price a fifth below the others' median is all there is to gain by this part; likewise the other bounds. */
const FULL_PRICE_GAP = 0.2;
const FULL_IMPROVEMENT = 0.5;
const FULL_TIME_LOST = 0.5;
const FULL_RATING_GAP = 1;
/** Ratings this close read the same. */
const SAME_RATING = 0.05;

const PARTS: readonly SumRule<OpportunityInputs, Found>[] = [
  {
    name: 'raise_price',
    weight: 0.25,
    needs: 'needs a competitive analysis with prices and ratings',
    look({ comparison }) {
      const { itemPrice, rating } = comparison?.standings ?? {};
      if (!itemPrice || itemPrice.index === null || !rating) return undefined;
      const isRatedNoWorse = rating.own >= rating.medianOfCompetitors - SAME_RATING;
      return {
        value: isRatedNoWorse ? asShare((1 - itemPrice.index) / FULL_PRICE_GAP) : 0,
        evidence: {
          priceIndex: itemPrice.index,
          price: itemPrice.own,
          medianPriceOfCompetitors: itemPrice.medianOfCompetitors,
          rating: rating.own,
          medianRatingOfCompetitors: rating.medianOfCompetitors,
        },
        from: 'competitive_analysis',
      };
    },
  },
  {
    name: 'rivals_out_of_stock',
    weight: 0.2,
    needs: 'needs a competitive analysis in which it is known whether competitors have an offer',
    look({ comparison }) {
      const competitors = comparison?.competitors ?? [];
      const without = competitors.filter(({ missing }) => missing['itemPrice'] === 'none').length;
      const known = without + competitors.filter(({ figures }) => figures['itemPrice']).length;
      if (known === 0) return undefined;
      return { value: without / known, evidence: { outOfStock: without, known }, from: 'competitive_analysis' };
    },
  },
  {
    name: 'rising_demand',
    weight: 0.2,
    needs: 'needs a rank that is known on 14 of the last 90 days',
    look({ analytics }) {
      const found = analytics?.trends['bsr']?.find(({ days }) => days === 90);
      if (!found) return undefined;
      const { change, changeLower, changeUpper, direction } = found;
      return {
        value: direction === 'falling' ? asShare(-change / FULL_IMPROVEMENT) : 0,
        evidence: {
          rankChange: change,
          ...(changeLower === null ? {} : { rankChangeLower: changeLower }),
          ...(changeUpper === null ? {} : { rankChangeUpper: changeUpper }),
        },
        from: 'product_analytics',
      };
    },
  },
  {
    name: 'stay_in_stock',
    weight: 0.15,
    needs: 'needs a price, or its absence, that is known in the last 30 days',
    look({ analytics }) {
      const found = analytics?.timeInStock.find(({ days }) => days === 30);
      if (!found || found.share === null) return undefined;
      return {
        value: asShare((1 - found.share) / FULL_TIME_LOST),
        evidence: { timeInStock: found.share, knownTime: found.known },
        from: 'product_analytics',
      };
    },
  },
  {
    name: 'improve_rating',
    weight: 0.1,
    needs: 'needs a competitive analysis with ratings',
    look({ comparison }) {
      const rating = comparison?.standings['rating'];
      if (!rating) return undefined;
      return {
        value: asShare((rating.medianOfCompetitors - rating.own) / FULL_RATING_GAP),
        evidence: { rating: rating.own, medianRatingOfCompetitors: rating.medianOfCompetitors },
        from: 'competitive_analysis',
      };
    },
  },
  {
    name: 'improve_content',
    weight: 0.1,
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
        gaps.push(asShare((middle - own) / middle));
        evidence[part] = own;
        evidence[`${part}OfCompetitors`] = middle;
      }
      const [first, second = first] = gaps;
      if (first === undefined || second === undefined) return undefined;
      return { value: (first + second) / 2, evidence, from: 'competitive_analysis' };
    },
  },
];

/** Parts that are told from analytics: without any, these are what is missing, and not the readings. */
const FROM_ANALYTICS = ['rising_demand', 'stay_in_stock'];
const NOT_ANALYZED = 'needs analytics of the last three days: they are made now, and every day';

/** What a product could gain, as a sum of named parts. */
export function opportunityOf(inputs: OpportunityInputs): NamedSum<Found> {
  const sum = namedSum(PARTS, inputs);
  if (inputs.analytics === null) for (const name of FROM_ANALYTICS) sum.missing[name] = NOT_ANALYZED;
  return sum;
}
