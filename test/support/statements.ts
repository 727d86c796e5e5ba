import { render, Statement, StatementValue } from '../../src/ai-insights/statement';

/** A statement whose text is its template with its values. */
export function statement(
  key: string,
  template: string,
  values: Record<string, StatementValue>,
  direction: Statement['direction'] = null,
): Statement {
  return { key, template, values, text: render(template, values), direction };
}

export const number = (value: number, unit: string, scale = 0): StatementValue => ({
  type: 'number',
  value,
  unit,
  scale,
});
export const day = (value: string): StatementValue => ({ type: 'date', value });
export const name = (value: string): StatementValue => ({ type: 'name', value });
export const asin = (value: string): StatementValue => ({ type: 'asin', value });

/** On 4 May 2026 the price went from USD 17.99 to USD 15.99, 11 % lower. */
export const PRICE_CHANGE = statement(
  'level_change:price:2026-05-04',
  'On {date} the price went from {before} to {after}, {change} lower.',
  {
    date: day('2026-05-04'),
    before: number(1799, 'USD', 2),
    after: number(1599, 'USD', 2),
    change: number(0.1112, 'share'),
  },
  'down',
);

/** Over 90 days the Best Sellers Rank got worse by 12 % (95 % interval: 8.2 % to 17 %). */
export const RANK_TREND = statement(
  'trend:bsr:90d',
  'Over {days} the Best Sellers Rank got worse by {change} ({level} interval: {lower} to {upper}).',
  {
    days: number(90, 'days'),
    change: number(0.1234, 'share'),
    level: number(0.95, 'share'),
    lower: number(0.082, 'share'),
    upper: number(0.171, 'share'),
  },
  'up',
);

/** Its rating is 4.35 stars, above the median of its competitors of 4.1 stars; it has place 2 of 12. */
export const RATING_STANDING = statement(
  'standing:rating',
  'Its rating is {own}, above the median of its competitors of {median}; it has place {place} of {of}.',
  { own: number(4.35, 'stars'), median: number(4.1, 'stars'), place: number(2, 'count'), of: number(12, 'count') },
);

/** In 14 days the Best Sellers Rank is expected at #1,234; 90 % of such forecasts end between #870 and #2,310. */
export const RANK_FORECAST = statement(
  'forecast:bsr',
  'In {days} the Best Sellers Rank is expected at {median}; {level} of such forecasts end between {lower} and {upper}.',
  {
    days: number(14, 'days'),
    median: number(1234, 'rank'),
    level: number(0.9, 'share'),
    lower: number(870, 'rank'),
    upper: number(2310, 'rank'),
  },
);

/** Competitor B0CKB00002, “Sharp Knife, 20 cm”, has no offer now; B0CKB00001 costs USD 12.49. */
export const COMPETITORS = statement(
  'competitor_no_offer:B0CKB00002',
  'Competitor {gone}, {title}, has no offer now; {other} costs {price}.',
  {
    gone: asin('B0CKB00002'),
    title: name('Sharp Knife, 20 cm'),
    other: asin('B0CKB00001'),
    price: number(1249, 'USD', 2),
  },
);

/** The Best Sellers Rank may have got worse because the price rose on 2 March 2026 (correlation 0.45). */
export const CAUSE = statement(
  'cause:price:bsr',
  'The Best Sellers Rank may have got worse because the price rose on {date} (correlation {correlation}).',
  { date: day('2026-03-02'), correlation: number(0.45, 'ratio') },
  'up',
);

/** When the price goes up, the Best Sellers Rank tends to get worse 3 days later (…). That both move does not say that one makes the other. */
export const PRICE_AND_RANK = statement(
  'price_and_rank',
  'When the price goes up, the Best Sellers Rank tends to get worse {lag} later (correlation {correlation}, {level} interval: {lower} to {upper}). ' +
    'That both move does not say that one makes the other.',
  {
    lag: number(3, 'days'),
    correlation: number(0.45, 'ratio'),
    level: number(0.95, 'share'),
    lower: number(0.21, 'ratio'),
    upper: number(0.64, 'ratio'),
  },
  'up',
);

/** By your own sales, its rank of 30 days means 12 a day units sold (90 % interval: 7.5 a day to 18 a day). */
export const UNITS = statement(
  'units',
  'By your own sales, its rank of {days} means {unitsPerDay} units sold ({level} interval: {lower} to {upper}).',
  {
    days: number(30, 'days'),
    unitsPerDay: number(12.3, 'per day'),
    level: number(0.9, 'share'),
    lower: number(7.5, 'per day'),
    upper: number(18.4, 'per day'),
  },
);

export const REVIEWS = statement(
  'change:review_count',
  'The number of ratings rose by {more} to {now}.',
  {
    more: number(34, 'count'),
    now: number(12_480, 'count'),
  },
  'up',
);

export const ALL = [
  PRICE_CHANGE,
  RANK_TREND,
  RATING_STANDING,
  RANK_FORECAST,
  COMPETITORS,
  CAUSE,
  PRICE_AND_RANK,
  UNITS,
  REVIEWS,
];
