import { numberOf, RECENT_DAYS, REVIEW_DAYS, valuesOf } from '../facts';
import { AdviceRule } from '../recommendation';

const MUCH_WORSE = 0.1;
const WORDS: Readonly<Record<string, string>> = { price: 'the price', bsr: 'BSR', rating: 'the rating' };

export const rankWorsening: AdviceRule = {
  name: 'rank_worsening',
  category: 'watch',
  priority: 2,
  rule: 'The rank has a trend to worse, over the longest span of up to 90 days that is claimed: look for what changed.',
  reads: ['trend:bsr'],
  find(facts) {
    const claim = facts.trend('bsr');
    if (claim?.direction !== 'up') return [];
    return [
      {
        template: 'BSR got worse by {change} over {days}: look for what changed in that time.',
        values: valuesOf(claim, 'change', 'days'),
        because: [claim.key],
        effect: 'a trend names no cause',
        wrong: {
          template: 'Wrong if BSR has no trend to worse over the {days} to {by}, with nothing changed.',
          values: { ...valuesOf(claim, 'days'), by: facts.after(numberOf(claim, 'days')) },
          because: [claim.key],
        },
      },
    ];
  },
};

export const forecastWorse: AdviceRule = {
  name: 'forecast_worse',
  category: 'watch',
  priority: 3,
  rule:
    `A forecast that is better than “same as last week” has the rank more than ${100 * MUCH_WORSE} % higher, that is worse, at its end, and the ` +
    'rank of now lies outside of its interval: prepare.',
  reads: ['forecast:bsr'],
  find: (facts) =>
    facts
      .of('forecast', 'bsr')
      .filter(
        (claim) =>
          numberOf(claim, 'median') > (1 + MUCH_WORSE) * numberOf(claim, 'last') &&
          numberOf(claim, 'lower') > numberOf(claim, 'last'),
      )
      .map((claim) => ({
        template:
          'BSR is forecast at {median} ({lower} to {upper}) in {days}, against {last} now: look at offer and price before.',
        values: valuesOf(claim, 'median', 'lower', 'upper', 'days', 'last'),
        because: [claim.key],
        effect: 'a forecast names no cause',
        wrong: {
          template: 'Wrong if BSR on {by} is not above {last}.',
          values: { ...valuesOf(claim, 'last'), by: facts.after(numberOf(claim, 'days')) },
          because: [claim.key],
        },
      })),
};

export const lookElsewhere: AdviceRule = {
  name: 'look_elsewhere',
  category: 'watch',
  priority: 3,
  rule: `The last change of a metric in the last ${RECENT_DAYS} days that nothing measured explains: look at what is not measured.`,
  reads: ['unexplained'],
  find: (facts) =>
    Object.entries(WORDS).flatMap(([metric, words]) =>
      facts
        .recent('unexplained', metric)
        .slice(0, 1)
        .map((claim) => ({
          subject: metric,
          template: `Nothing that is measured explains how ${words} changed on {date}: look at ads, deals and the reviews of that time.`,
          values: valuesOf(claim, 'date'),
          because: [claim.key],
          effect: 'no cause is known',
          wrong: {
            template: 'Wrong if a later analysis finds a measured cause of the change of {date}.',
            values: valuesOf(claim, 'date'),
            because: [claim.key],
          },
        })),
    ),
};

export const checkSeller: AdviceRule = {
  name: 'check_seller',
  category: 'watch',
  priority: 3,
  rule: `The seller in the buy box changed in the last ${RECENT_DAYS} days, and is none of your own: check who it is.`,
  reads: ['seller_changed'],
  find: (facts) =>
    facts
      .recent('seller_changed')
      .slice(0, 1)
      .filter(({ metric }) => metric !== 'own_seller')
      .map((claim) => ({
        template: 'The seller in the buy box changed on {date}: check who it is and where they have it from.',
        values: valuesOf(claim, 'date'),
        because: [claim.key],
        effect: 'what another seller changes is not estimated',
        wrong: {
          template: 'Wrong if the seller of before {date} is back by {by}, with nothing done.',
          values: { ...valuesOf(claim, 'date'), by: facts.after(REVIEW_DAYS) },
          because: [claim.key],
        },
      })),
};
