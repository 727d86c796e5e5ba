import { effectOf, stockEffect } from '../effects';
import { numberOf, RECENT_DAYS, REVIEW_DAYS, valuesOf } from '../facts';
import { Advice, AdviceRule } from '../recommendation';

export const ENOUGH_TIME_IN_STOCK = 0.97;
const ENOUGH_KNOWN = 0.5;

export const restock: AdviceRule = {
  name: 'restock',
  category: 'stock',
  priority: 1,
  rule: 'There is no offer now: restock.',
  reads: ['no_offer'],
  find(facts) {
    const by = facts.after(REVIEW_DAYS);
    const now = facts.rankNow();
    return facts.of('no_offer').map((claim): Advice => {
      const values = valuesOf(claim, 'since');
      return {
        template: 'There has been no offer since {since}: bring it back into stock.',
        values,
        because: [claim.key],
        effect: stockEffect(facts),
        wrong: now
          ? {
              template: 'Wrong if there is an offer before {by} and BSR is then not below {rank}.',
              values: { by, rank: now.rank },
              because: [now.key],
            }
          : {
              template:
                'Wrong if an offer is read before {by} though no stock was added: then the gap since {since} was not of stock.',
              values: { ...values, by },
              because: [claim.key],
            },
      };
    });
  },
};

export const keepInStock: AdviceRule = {
  name: 'keep_in_stock',
  category: 'stock',
  priority: 2,
  rule:
    `The own offer is not gone now, but of the last ${RECENT_DAYS} days, or the next longer span that is claimed, it was there less than ` +
    `${100 * ENOUGH_TIME_IN_STOCK} % of the time, of which at least ${100 * ENOUGH_KNOWN} % is known: keep more in reserve.`,
  reads: ['time_in_stock'],
  find(facts) {
    const spans = facts.of('time_in_stock').sort((a, b) => numberOf(a, 'days') - numberOf(b, 'days'));
    const claim = spans.find((span) => numberOf(span, 'days') >= RECENT_DAYS);
    if (!claim || facts.isWithoutOffer()) return [];
    const isShort = numberOf(claim, 'share') < ENOUGH_TIME_IN_STOCK && numberOf(claim, 'known') >= ENOUGH_KNOWN;
    if (!isShort) return [];
    const values = valuesOf(claim, 'share', 'days');
    const by = facts.after(numberOf(claim, 'days'));
    const now = facts.rankNow();
    return [
      {
        template: 'It was in stock {share} of the last {days}: keep more in reserve.',
        values,
        because: [claim.key],
        effect: stockEffect(facts),
        wrong: now
          ? {
              template:
                'Wrong if it is in stock more than {share} of the {days} to {by} and BSR is then not below {rank}.',
              values: { ...values, by, rank: now.rank },
              because: [claim.key, now.key],
            }
          : {
              template:
                'Wrong if it is in stock no more than {share} of the {days} to {by} though stock never ran out: then the gaps are not of stock.',
              values: { ...values, by },
              because: [claim.key],
            },
      },
    ];
  },
};

export const rivalsWithoutOffer: AdviceRule = {
  name: 'rivals_without_offer',
  category: 'stock',
  priority: 2,
  rule: 'Competitors have no offer and the own one is not gone: hold the price and keep stock for their buyers.',
  price: 'hold',
  reads: ['competitor_no_offer'],
  find(facts): Advice[] {
    const rivals = facts.of('competitor_no_offer');
    if (rivals.length === 0 || facts.isWithoutOffer()) return [];
    const named = rivals.map((_, place) => `rival${place + 1}`);
    const listed = named.map((name) => `{${name}}`).join(', ');
    const by = facts.after(REVIEW_DAYS);
    const now = facts.rankNow();
    return [
      {
        template: `Without an offer now: ${listed}. Hold the price and keep stock for their buyers.`,
        values: Object.fromEntries(
          rivals.map((claim, place) => [`rival${place + 1}`, valuesOf(claim, 'competitor').competitor]),
        ),
        because: rivals.map(({ key }) => key),
        effect: effectOf(facts, 'rival_stock', 'no earlier gap in the stock of a competitor to estimate it from'),
        wrong: now
          ? {
              template: 'Wrong if BSR on {by} is not below {rank} though they still have none.',
              values: { by, rank: now.rank },
              because: [now.key],
            }
          : { template: 'Wrong if they have an offer again before {by}.', values: { by }, because: [] },
      },
    ];
  },
};
