import {
  day,
  number,
  PRICE_CHANGE,
  RATING_STANDING,
  REVIEWS,
  RANK_TREND,
  statement,
} from '../../../test/support/statements';
import { check } from './ledger';
import { writeLocally } from './local-writer';

const OFFERS = statement('offers', 'The number of offers is {offers}.', { offers: number(4, 'count') });
const SINCE = statement('since', 'Since {date} it has no offer', { date: day('2026-05-04') });

describe('writeLocally', () => {
  it('should join short sentences and keep long ones apart', () => {
    const text = writeLocally({
      sections: [{ name: 'what_happened', statements: [PRICE_CHANGE, REVIEWS, RATING_STANDING] }],
    });
    expect(text).toEqual({
      headline: 'On 4 May 2026 the price went from USD 17.99 to USD 15.99, 11 % lower',
      paragraphs: [
        {
          section: 'what_happened',
          text:
            'On 4 May 2026 the price went from USD 17.99 to USD 15.99, 11 % lower, and the number of ratings rose by 34 to 12,480. ' +
            'Its rating is 4.35 stars, above the median of its competitors of 4.1 stars; it has place 2 of 12.',
          statements: [PRICE_CHANGE.key, REVIEWS.key, RATING_STANDING.key],
        },
      ],
    });
  });

  it('should say once what sentences in a row begin with', () => {
    const around = (key: string, rest: string, amount: number) =>
      statement(
        `cause:bsr:${key}`,
        `The Best Sellers Rank went from {before} to {after} around {date}; ${rest}`,
        {
          before: number(3228, 'rank'),
          after: number(17505, 'rank'),
          date: day('2026-05-04'),
          contribution: number(amount, 'share'),
        },
        'up',
      );
    const statements = [
      around('price', 'its own price goes with {contribution} of the change.', 0.9),
      around('rating', 'its rating goes with {contribution} of the change.', 0.07),
      around('rest', '{contribution} of the change is left unexplained.', 0.03),
    ];
    const [told] = writeLocally({ sections: [{ name: 'why', statements }] }).paragraphs;
    expect(told?.text).toBe(
      'The Best Sellers Rank went from #3,228 to #17,505 around 4 May 2026; its own price goes with 90 % of the change; ' +
        'its rating goes with 7 % of the change; 3 % of the change is left unexplained.',
    );
    expect(check(told?.text ?? '', statements)).toEqual([]);
  });

  it('should end sentences that statements leave open', () => {
    const { paragraphs } = writeLocally({ sections: [{ name: 'why', statements: [OFFERS, SINCE] }] });
    expect(paragraphs.map(({ text }) => text)).toEqual([
      'The number of offers is 4, and since 4 May 2026 it has no offer.',
    ]);
  });

  it('should leave out a section with nothing to tell, and take its headline from the first that has something', () => {
    const text = writeLocally({
      sections: [
        { name: 'what_happened', statements: [] },
        { name: 'why', statements: [RANK_TREND] },
      ],
    });
    expect(text.headline).toBe('Over 90 days the Best Sellers Rank got worse by 12 % (95 % interval: 8.2 % to 17 %)');
    expect(text.paragraphs.map(({ section }) => section)).toEqual(['why']);
  });

  it('should say nothing of nothing', () => {
    expect(writeLocally({ sections: [] })).toEqual({ headline: '', paragraphs: [] });
  });
});
