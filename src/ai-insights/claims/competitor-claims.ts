import { CompetitiveAnalysisView, StandingView } from '../../competitors/dto/analysis.view';
import { COMPARISON_KEY } from '../evidence/evidence';
import { StatementValue } from '../statement';
import { Draft } from './make-claim';

/** How the measures of a comparison are called within a sentence, and what it is to be above the others' median. */
const MEASURES: Readonly<Record<string, { words: string; above: string; below: string; isRead: boolean }>> = {
  itemPrice: { words: 'price', above: 'above', below: 'below', isRead: true },
  landedPrice: { words: 'price with shipping', above: 'above', below: 'below', isRead: true },
  coupon: { words: 'coupon', above: 'above', below: 'below', isRead: true },
  bsr: { words: 'Best Sellers Rank', above: 'worse than', below: 'better than', isRead: true },
  bsrSub: { words: 'sub-category rank', above: 'worse than', below: 'better than', isRead: true },
  rating: { words: 'rating, with few ratings drawn to the middle,', above: 'above', below: 'below', isRead: false },
  ratingCount: { words: 'number of ratings', above: 'above', below: 'below', isRead: true },
  ratingsPerDay: { words: 'number of new ratings', above: 'above', below: 'below', isRead: true },
  timeInStock: { words: 'share of time with an offer', above: 'above', below: 'below', isRead: true },
};

const METHOD = 'comparison of the last readings, at most a week old, of the product and its confirmed competitors';
const RATING_METHOD = `${METHOD}; mean rating with one rating of each star added`;

const POSITIONS = { leader: 'the leader', challenger: 'a challenger', follower: 'a follower' };

/** Where the product stands among its competitors. */
export function competitorClaims(analysis: CompetitiveAnalysisView): Draft[] {
  return [...positions(analysis), ...standings(analysis), ...undercuts(analysis), ...withoutOffer(analysis)];
}

function positions({ position, standings: { bsr, itemPrice } }: CompetitiveAnalysisView): Draft[] {
  const drafts: Draft[] = [];
  if (position.standing && bsr && bsr.place !== null) {
    drafts.push({
      ...common(`position:${position.standing}`, 'bsr', bsr.of),
      kind: 'position',
      template: `By Best Sellers Rank it is number {place} of the {of} listings compared: ${POSITIONS[position.standing]}.`,
      values: { place: count(bsr.place), of: count(bsr.of) },
      effect: null,
    });
  }
  if (position.priceTier && itemPrice && itemPrice.index !== null) {
    drafts.push({
      ...common(`price_tier:${position.priceTier}`, 'itemPrice', itemPrice.of),
      kind: 'price_tier',
      template: `Its price of {own} is ${relationToMedian(itemPrice)} the median of its competitors ({median}): ${position.priceTier}.`,
      values: {
        own: figure(itemPrice.own, itemPrice),
        median: figure(itemPrice.medianOfCompetitors, itemPrice),
        index: { type: 'number', value: itemPrice.index, unit: 'ratio', scale: 0 },
        of: count(itemPrice.of),
      },
      effect: {
        value: itemPrice.index,
        unit: 'ratio',
        scale: 0,
        lower: null,
        upper: null,
        level: null,
      },
    });
  }
  return drafts;
}

function standings({ standings: all }: CompetitiveAnalysisView): Draft[] {
  return Object.entries(MEASURES).flatMap(([name, { words, above, below, isRead }]): Draft[] => {
    const standing = all[name];
    // Where nobody has a coupon there is nothing to stand by.
    if (!standing || (standing.own === 0 && standing.medianOfCompetitors === 0)) return [];
    const { own, medianOfCompetitors, place, of } = standing;
    const relation = own > medianOfCompetitors ? above : own < medianOfCompetitors ? below : 'equal to';
    return [
      {
        ...common(`standing:${name}`, name, of),
        kind: 'standing',
        template: `Its ${words} is {own}, ${relation} the median of its competitors of {median}${
          place === null ? '' : '; it has place {place} of {of}'
        }.`,
        values: {
          own: figure(own, standing),
          median: figure(medianOfCompetitors, standing),
          ...(standing.index === null
            ? {}
            : { index: { type: 'number', value: standing.index, unit: 'ratio', scale: 0 } as const }),
          ...(place === null ? {} : { place: count(place) }),
          of: count(of),
        },
        effect: {
          value: own - medianOfCompetitors,
          unit: standing.unit,
          scale: standing.scale,
          lower: null,
          upper: null,
          level: null,
        },
        method: isRead ? METHOD : RATING_METHOD,
      },
    ];
  });
}

/** "1 times" is no English. */
function relationToMedian({ own, medianOfCompetitors, index }: StandingView): string {
  if (own === medianOfCompetitors) return 'equal to';
  return index !== null && Math.abs(index - 1) < 0.005 ? 'close to' : '{index} times';
}

/** Competitors whose price is below the own one, each as it was last read. */
function undercuts({ own: { figures }, competitors }: CompetitiveAnalysisView): Draft[] {
  const own = figures['itemPrice'];
  if (!own) return [];
  return competitors.flatMap(({ asin, figures: theirs }): Draft[] => {
    const price = theirs['itemPrice'];
    if (!price || price.value >= own.value) return [];
    const { unit, scale } = own;
    return [
      {
        ...common(`undercut:${asin}`, 'itemPrice', null),
        kind: 'undercut',
        template:
          'The price of its competitor {competitor} was {price} when it was last read, on {date}: {gap} below its own of {own}, read on {ownDate}.',
        values: {
          competitor: { type: 'asin', value: asin },
          price: figure(price.value, price),
          date: day(price.confirmedAt),
          gap: figure(own.value - price.value, own),
          own: figure(own.value, own),
          ownDate: day(own.confirmedAt),
        },
        effect: { value: price.value - own.value, unit, scale, lower: null, upper: null, level: null },
      },
    ];
  });
}

function withoutOffer({ competitors }: CompetitiveAnalysisView): Draft[] {
  return competitors
    .filter(({ missing }) => missing['itemPrice'] === 'none')
    .map(({ asin }) => ({
      ...common(`competitor_no_offer:${asin}`, 'itemPrice', null),
      kind: 'competitor_no_offer',
      template: 'Its competitor {competitor} has no offer now.',
      values: { competitor: { type: 'asin', value: asin } },
      effect: null,
    }));
}

function common(key: string, metric: string, n: number | null) {
  return {
    key,
    metric,
    direction: null,
    window: null,
    n,
    method: METHOD,
    confidence: 'measured' as const,
    errorRate: null,
    evidence: [COMPARISON_KEY],
  };
}

/** UTC. */
function day(time: string): StatementValue {
  return { type: 'date', value: time.slice(0, 10) };
}

function figure(value: number, { unit, scale }: Pick<StandingView, 'unit' | 'scale'>): StatementValue {
  return { type: 'number', value, unit, scale };
}

function count(value: number): StatementValue {
  return { type: 'number', value, unit: 'count', scale: 0 };
}
