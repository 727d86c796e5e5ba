import { Claim } from '../../claims/claim';
import { effectOf, priceEffect } from '../effects';
import { Facts, numberOf, RECENT_DAYS, REVIEW_DAYS, SAME_RATING, valuesOf } from '../facts';
import { Advice, AdviceRule } from '../recommendation';

/** A competitor that is cheaper now, and the cut by which it came to be. */
interface Undercut {
  gap: Claim;
  change: Claim;
}

/** Of each competitor that is cheaper now the last recent change, where it was a cut; the lowest price first. */
function undercutsOf(facts: Facts): Undercut[] {
  const last = new Map<string, Claim>();
  for (const change of facts.recent('competitor_change', 'price')) {
    const rival = change.values['competitor'];
    if (rival && !last.has(rival.value.toString())) last.set(rival.value.toString(), change);
  }
  return facts
    .of('undercut')
    .flatMap((gap): Undercut[] => {
      const change = last.get(gap.values['competitor']?.value.toString() ?? '');
      return change?.direction === 'down' ? [{ gap, change }] : [];
    })
    .sort((a, b) => numberOf(a.gap, 'price') - numberOf(b.gap, 'price'));
}

/** What was read last, with its day. The levels of the change are means, and no prices that anybody asks. */
function undercutValues({ change, gap }: Undercut) {
  const { date: readDate, ...gapValues } = valuesOf(gap, 'competitor', 'price', 'date', 'own', 'ownDate');
  return { ...gapValues, readDate, ...valuesOf(change, 'date') };
}

const UNDERCUT =
  '{competitor} cut its price around {date}, and asked {price} when last read on {readDate}, below your {own} of {ownDate}';

export const answerUndercut: AdviceRule = {
  name: 'answer_undercut',
  category: 'price',
  priority: 1,
  rule:
    `A competitor cut its price in the last ${RECENT_DAYS} days and is cheaper by the last readings, the own offer is not gone, the rank is known to judge it by, and an earlier price change of a ` +
    'competitor is known to have moved the own rank: consider answering the lowest.',
  price: 'down',
  reads: ['competitor_change', 'price_tier', 'cause:bsr'],
  find(facts) {
    const [lowest] = undercutsOf(facts);
    const cause = facts.cause('rival_price');
    const bar = facts.rankBar('upper');
    if (!lowest || !cause || !bar || facts.isWithoutOffer()) return [];
    return [
      {
        template: `${UNDERCUT}; such a change moved BSR before: consider answering it.`,
        values: undercutValues(lowest),
        because: [lowest.change.key, lowest.gap.key, cause.key],
        effect: effectOf(facts, 'rival_price', ''),
        wrong: {
          template: 'Wrong if BSR on {by}, with the price as it is, is not above {rank}.',
          values: { by: bar.by, rank: bar.rank },
          because: [bar.key],
        },
      },
    ];
  },
};

export const watchUndercut: AdviceRule = {
  name: 'watch_undercut',
  category: 'watch',
  priority: 3,
  rule:
    `A competitor cut its price in the last ${RECENT_DAYS} days and is cheaper by the last readings, and no competitor’s cut is to be answered by ` +
    '`answer_undercut`: watch the rank before answering.',
  reads: ['competitor_change', 'price_tier', 'cause:bsr'],
  find(facts) {
    if (answerUndercut.find(facts).length > 0) return [];
    return undercutsOf(facts).map((undercut): Advice => {
      const { competitor, own, date } = undercutValues(undercut);
      const bar = facts.rankBar('upper');
      return {
        subject: competitor.value.toString(),
        template: `${UNDERCUT}: watch BSR before answering.`,
        values: undercutValues(undercut),
        because: [undercut.change.key, undercut.gap.key],
        effect: effectOf(facts, 'rival_price', 'no earlier price change of a competitor to estimate it from'),
        wrong: bar
          ? {
              template:
                'Wrong if BSR on {by} is above {rank} and nothing else changed since {date}: then the cut costs sales.',
              values: { by: bar.by, rank: bar.rank, date },
              because: [bar.key, undercut.change.key],
            }
          : {
              template: 'Wrong if {competitor} is back at {own} or above before {by}: then there was nothing to watch.',
              values: { competitor, own, by: facts.after(REVIEW_DAYS) },
              because: [undercut.gap.key],
            },
      };
    });
  },
};

export const testLowerPrice: AdviceRule = {
  name: 'test_lower_price',
  category: 'price',
  priority: 2,
  rule:
    'The price is premium (from 1.1 times the competitors’ median), the place by rank is in the worse half, the rating lies more than ' +
    `${SAME_RATING} stars below the competitors’ median, the own offer is not gone, the rank is known to judge it by, and lower prices are not known ` +
    'to have gone with worse ranks: test a lower price.',
  price: 'down',
  reads: ['price_tier', 'position', 'standing:rating', 'price_and_rank'],
  find(facts) {
    const tier = facts.get('price_tier:premium');
    const rating = facts.get('standing:rating');
    const [position] = facts.of('position');
    const bar = facts.rankBar('median');
    if (!tier || !rating || !position || !bar || facts.isWithoutOffer()) return [];
    const isBehind =
      2 * numberOf(position, 'place') > numberOf(position, 'of') &&
      numberOf(rating, 'own') < numberOf(rating, 'median') - SAME_RATING;
    if (!isBehind || facts.of('price_and_rank').some(({ direction }) => direction === 'down')) return [];
    return [
      {
        template:
          'The price of {own} is {index} times the competitors’ median of {median}, at place {place} of {of} and a rating of {rating} against {medianRating}: test a lower price.',
        values: {
          ...valuesOf(tier, 'own', 'index', 'median'),
          ...valuesOf(position, 'place', 'of'),
          ...ratingsOf(rating),
        },
        because: [tier.key, position.key, rating.key],
        effect: priceEffect(facts, 'down'),
        wrong: {
          template: 'Wrong, and to be taken back, if BSR on {by} at the lower price is not below {rank}.',
          values: { by: bar.by, rank: bar.rank },
          because: [bar.key],
        },
      },
    ];
  },
};

export const testHigherPrice: AdviceRule = {
  name: 'test_higher_price',
  category: 'price',
  priority: 2,
  rule:
    'The price is budget (up to 0.9 times the competitors’ median), the rating is at most ' +
    `${SAME_RATING} stars below the competitors’ median, the own offer is not gone, the rank is known to judge it by and has no trend to worse, and no ` +
    `competitor has undercut the price in the last ${RECENT_DAYS} days: test a step up.`,
  price: 'up',
  reads: ['price_tier', 'standing:rating', 'trend:bsr', 'price_and_rank'],
  find(facts) {
    const tier = facts.get('price_tier:budget');
    const rating = facts.get('standing:rating');
    const bar = facts.rankBar('upper');
    if (!tier || !rating || !bar || facts.isWithoutOffer()) return [];
    const isRatedNoWorse = numberOf(rating, 'own') >= numberOf(rating, 'median') - SAME_RATING;
    if (!isRatedNoWorse || facts.trend('bsr')?.direction === 'up' || undercutsOf(facts).length > 0) return [];
    return [
      {
        template:
          'The price of {own} is {index} times the competitors’ median of {median}, at a rating of {rating} against {medianRating}: test a step up towards the median.',
        values: { ...valuesOf(tier, 'own', 'index', 'median'), ...ratingsOf(rating) },
        because: [tier.key, rating.key],
        effect: priceEffect(facts, 'up'),
        wrong: {
          template: 'Wrong, and to be taken back, if BSR on {by} at the higher price is above {rank}.',
          values: { by: bar.by, rank: bar.rank },
          because: [bar.key],
        },
      },
    ];
  },
};

function ratingsOf(claim: Claim) {
  const { own, median } = valuesOf(claim, 'own', 'median');
  return { rating: own, medianRating: median };
}
