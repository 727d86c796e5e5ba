import { effectOf } from '../effects';
import { numberOf, REVIEW_DAYS, SAME_RATING, valuesOf } from '../facts';
import { AdviceRule } from '../recommendation';

const NO_EFFECT = 'no earlier change of the rating to estimate it from';

export const ratingFalling: AdviceRule = {
  name: 'rating_falling',
  category: 'reviews',
  priority: 1,
  rule: 'The rating has a trend downwards, over the longest span of up to 90 days that is claimed: find out why.',
  reads: ['trend:rating'],
  find(facts) {
    const claim = facts.trend('rating');
    if (claim?.direction !== 'down') return [];
    const values = valuesOf(claim, 'days');
    return [
      {
        template: 'The rating fell by {change} over {days}: read the reviews of that time for what to mend.',
        values: valuesOf(claim, 'change', 'days'),
        because: [claim.key],
        effect: effectOf(facts, 'rating', NO_EFFECT),
        wrong: {
          template: 'Wrong if the rating has no trend downwards over the {days} to {by}, with nothing mended.',
          values: { ...values, by: facts.after(numberOf(claim, 'days')) },
          because: [claim.key],
        },
      },
    ];
  },
};

export const ratingBelowMedian: AdviceRule = {
  name: 'rating_below_median',
  category: 'reviews',
  priority: 2,
  rule: `The rating lies more than ${SAME_RATING} stars below the competitors’ median: find what their buyers praise and own ones miss.`,
  reads: ['standing:rating'],
  find(facts) {
    const claim = facts.get('standing:rating');
    if (!claim || !(numberOf(claim, 'own') < numberOf(claim, 'median') - SAME_RATING)) return [];
    const values = valuesOf(claim, 'own', 'median');
    return [
      {
        template:
          'The rating of {own} is below the competitors’ median of {median}: find what their buyers praise and yours miss.',
        values,
        because: [claim.key],
        effect: effectOf(facts, 'rating', NO_EFFECT),
        wrong: {
          template:
            'Wrong if the rating is no longer below their median on {by}, with nothing mended: it was {own} against {median}.',
          values: { ...values, by: facts.after(REVIEW_DAYS) },
          because: [claim.key],
        },
      },
    ];
  },
};
