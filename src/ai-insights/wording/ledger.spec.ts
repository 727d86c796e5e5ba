import fc from 'fast-check';
import {
  ALL,
  CAUSE,
  COMPETITORS,
  day,
  name,
  number,
  PRICE_AND_RANK,
  PRICE_CHANGE,
  RANK_FORECAST,
  RANK_TREND,
  RATING_STANDING,
  REVIEWS,
  statement,
  UNITS,
} from '../../../test/support/statements';
import { Statement, StatementValue, valueText } from '../statement';
import { check } from './ledger';
import { writeLocally } from './local-writer';

const kinds = (text: string, statements: Statement[]) => [...new Set(check(text, statements).map(({ kind }) => kind))];

describe('check', () => {
  it.each(ALL.map((one) => [one.text, one] as const))('should pass what a statement says: %s', (text, one) => {
    expect(check(text, [one])).toEqual([]);
  });

  it('should pass all of them together', () => {
    expect(check(ALL.map(({ text }) => text).join(' '), ALL)).toEqual([]);
  });

  it.each<[string, Statement[]]>([
    ['The price fell by about 11 % on 4 May 2026.', [PRICE_CHANGE]],
    ['On May 4, 2026, the price dropped from $17.99 to $15.99.', [PRICE_CHANGE]],
    ['The price fell from USD 17.99 to about USD 16 in early May.', [PRICE_CHANGE]],
    ['The listing’s price fell 11.1% on 2026-05-04.', [PRICE_CHANGE]],
    ['On 4 May 2026 the price went from 17.99 USD to 15.99 USD, eleven percent lower.', [PRICE_CHANGE]],
    ['The price declined by 11 per cent in May 2026, to USD\u00a015.99.', [PRICE_CHANGE]],
    ['Over ninety days the Best Sellers Rank worsened by 12.3 %.', [RANK_TREND]],
    ['The rating stands at 4.35 stars, above the median of its competitors of 4.1 stars.', [RATING_STANDING]],
    ['Its rating is 4.35 stars, and the rank got worse by about 12 % over 90 days.', [RATING_STANDING, RANK_TREND]],
    ['The number of ratings rose by 34 to 12.5k.', [REVIEWS]],
    ['The number of ratings grew by thirty-four to about 12,500.', [REVIEWS]],
    [
      'The competitor B0CKB00002 ("Sharp Knife, 20 cm") has no offer now, while B0CKB00001 costs $12.49.',
      [COMPETITORS],
    ],
    ['The competitor B0CKB00002 has no offer now.', [COMPETITORS]],
    ['In 14 days the rank is expected at #1,234.', [RANK_FORECAST]],
    ['Of such forecasts, 90 % end between #870 and #2,310 in 14 days.', [RANK_FORECAST]],
    ['The rank may have worsened because the price rose on 2 March 2026.', [CAUSE]],
    ['By your own sales, it sold 12.3 units a day.', [UNITS]],
    ['12.3 units sold a day, by your own sales.', [UNITS]],
  ])('should pass what says the same: %s', (text, statements) => {
    expect(check(text, statements)).toEqual([]);
  });

  const PRICE = [PRICE_CHANGE];
  it.each<[string, string, Statement[], string]>([
    ['another number', 'The price fell by 12 % on 4 May 2026.', PRICE, 'number'],
    ['a number that rounds to another one', 'The rank got worse by 12.9 % over 90 days.', [RANK_TREND], 'number'],
    ['more digits than there are', 'The rank got worse by 12.345 % over 90 days.', [RANK_TREND], 'number'],
    [
      'a digit that is not known',
      'The rating is 4.10 stars.',
      [statement('a', 'The rating is {a}.', { a: number(4.1, 'stars') })],
      'number',
    ],
    [
      'a word of the statement as a number',
      'When the price goes up, the rank tends to get worse 1 days later. That does not say one.',
      [PRICE_AND_RANK],
      'number',
    ],
    ['money rounded without saying so', 'The price fell to USD 16.', PRICE, 'number'],
    ['money in another currency', 'The price fell to EUR 15.99.', PRICE, 'number'],
    ['money by the sign of another currency', 'The price fell to €15.99.', PRICE, 'number'],
    ['money as a share', 'The price fell by 15.99 %.', PRICE, 'number'],
    ['a share as a number', 'The price fell by 0.11.', PRICE, 'number'],
    ['a share as points', 'The price fell by 11 percentage points.', PRICE, 'number'],
    ['a rank as a number', 'In 14 days the rank is expected at 1,234.', [RANK_FORECAST], 'number'],
    ['days as weeks', 'Over 90 weeks the rank got worse by 12 %.', [RANK_TREND], 'number'],
    ['units a day as units', 'By your own sales, 12 units sold.', [UNITS], 'number'],
    ['a count as thousands', 'The number of ratings rose by 34k.', [REVIEWS], 'number'],
    ['a rounding too far', 'The number of ratings rose by 34 to about 10,000.', [REVIEWS], 'number'],
    ['nearly, for what is more', 'The rank got worse by nearly 12 % over 90 days.', [RANK_TREND], 'number'],
    ['a negative number', 'The price went by -11 % on 4 May 2026.', PRICE, 'number'],
    ['words for a number', 'The price fell by one hundred and twelve percent.', PRICE, 'number'],
    ['half', 'The price fell by half on 4 May 2026.', PRICE, 'word'],
    ['doubled', 'The price doubled on 4 May 2026.', PRICE, 'word'],
    ['a third', 'The price fell by a third on 4 May 2026.', PRICE, 'word'],
    ['a dozen', 'A dozen listings.', PRICE, 'number'],
    ['a couple', 'A couple of listings.', PRICE, 'word'],
    ['triple', 'A triple of the price.', PRICE, 'word'],
    ['zero', 'The price is zero.', PRICE, 'number'],
    ['none', 'None of the price.', PRICE, 'word'],
    ['a decimal comma', 'The price fell by 11,1 % on 4 May 2026.', PRICE, 'number'],
    ['German notation', 'The price fell to USD 1.599,00.', PRICE, 'number'],
    ['Indian grouping', 'The number of ratings rose by 34 to 1,24,80.', [REVIEWS], 'number'],
    ['digits with a space', 'The number of ratings rose by 34 to 12 480.', [REVIEWS], 'number'],
    ['Arabic digits', 'The price fell by ١١ %.', PRICE, 'character'],
    ['Devanagari digits', 'The price fell by ११ %.', PRICE, 'character'],
    ['full-width digits', 'The price fell by １１ %.', PRICE, 'character'],
    ['a Roman numeral', 'The price fell by Ⅻ %.', PRICE, 'character'],
    ['a Roman numeral of letters', 'The price fell by XII %.', PRICE, 'word'],
    ['a fraction', 'The price fell by ½.', PRICE, 'character'],
    ['a superscript', 'The price fell by 11² %.', PRICE, 'character'],
    ['an exponent', 'The price fell by 1e1 %.', PRICE, 'number'],
    ['hexadecimal', 'The price fell by 0x0b %.', PRICE, 'number'],
    ['a letter for a digit', 'The price fell to USD l5.99.', PRICE, 'word'],
    ['a Cyrillic letter', 'The рrice fell by 11 %.', PRICE, 'character'],
    ['a zero-width space', 'The price fell by 1\u200b1 %.', PRICE, 'character'],
    ['text turned around', 'The price fell by \u202e11 %.', PRICE, 'character'],
    ['a control character', 'The price fell by 11 %.\u0007', PRICE, 'character'],
    ['a line break', 'The price fell\nby 11 %.', PRICE, 'character'],
    ['a character that stands for a quote', 'The competitor \ue000 has no offer now.', [COMPETITORS], 'character'],
    ['the upper end of a range', 'The rank got worse by 12–19 % over 90 days.', [RANK_TREND], 'number'],
    ['another day', 'On 5 May 2026 the price fell by 11 %.', PRICE, 'date'],
    ['another month', 'In June the price fell by 11 %.', PRICE, 'date'],
    ['another year', 'On 4 May 2025 the price fell by 11 %.', PRICE, 'date'],
    ['a year alone', 'In 2025 the price fell by 11 %.', PRICE, 'date'],
    ['another part of the month', 'In late May the price fell by 11 %.', PRICE, 'date'],
    ['day and month swapped', 'On 2026-04-05 the price fell by 11 %.', PRICE, 'date'],
    ['a date of digits', 'On 05/04/2026 the price fell by 11 %.', PRICE, 'number'],
    ['a weekday', 'On Monday the price fell by 11 %.', PRICE, 'word'],
    ['yesterday', 'The price fell by 11 % yesterday.', PRICE, 'word'],
    ['last week', 'The price fell by 11 % last week.', PRICE, 'word'],
    ['a time of day', 'At 14:30 the price fell by 11 %.', PRICE, 'number'],
    ['another ASIN', 'The competitor B0CKB00003 has no offer now.', [COMPETITORS], 'number'],
    ['a name', 'The price of Anker fell by 11 %.', PRICE, 'word'],
    ['a name in small letters', 'The price of anker fell by 11 %.', PRICE, 'word'],
    ['a name at the start', 'Anker saw the price fall by 11 %.', PRICE, 'word'],
    ['a name in quotes', 'The price of “Anker” fell by 11 %.', PRICE, 'quote'],
    ['a word as a name', 'The Level fell by 11 %.', PRICE, 'word'],
    ['text of a title without its quotes', 'Sharp Knife has no offer now.', [COMPETITORS], 'word'],
    ['an address', 'See https://shop.example for the price.', PRICE, 'character'],
    ['an address without a scheme', 'See shop.example for the price.', PRICE, 'character'],
    ['an e-mail address', 'Say so to me@shop.example.', PRICE, 'character'],
    ['markup', 'The <b>price</b> fell by 11 %.', PRICE, 'character'],
    ['Markdown', 'The **price** fell by 11 %.', PRICE, 'character'],
    ['the other direction', 'The price rose by 11 % on 4 May 2026.', PRICE, 'word'],
    ['the other comparison', 'On 4 May 2026 the price was 11 % higher.', PRICE, 'word'],
    ['the other quality', 'Over 90 days the rank got better by 12 %.', [RANK_TREND], 'word'],
    ['a rank that rose, which may be either', 'Over 90 days the rank rose by 12 %.', [RANK_TREND], 'word'],
    [
      'a movement of what only stands there',
      'Its rating rose above the median of 4.1 stars.',
      [RATING_STANDING],
      'word',
    ],
    ['values the other way around', 'The price went from USD 15.99 to USD 17.99.', PRICE, 'meaning'],
    ['an end as the change', 'The rank got worse by 8.2 % over 90 days.', [RANK_TREND], 'meaning'],
    [
      'an end as the change, without a word before it',
      'The rank worsened 8.2 % over 90 days.',
      [RANK_TREND],
      'meaning',
    ],
    ['the price of the other', 'B0CKB00002 costs USD 12.49 and has no offer now.', [COMPETITORS], 'meaning'],
    ['its own number for the median', 'The median of its competitors is 4.35 stars.', [RATING_STANDING], 'meaning'],
    [
      'the number of another statement',
      'The price fell to USD 15.99 and the rating of 4.35 stars fell by 11 %.',
      [PRICE_CHANGE, RATING_STANDING],
      'meaning',
    ],
    [
      'the direction of another statement',
      'The price got worse on 4 May 2026, over 90 days by 12 %.',
      [PRICE_CHANGE, RANK_TREND],
      'meaning',
    ],
    ['what is of the one as of the other', 'B0CKB00001 has no offer now.', [COMPETITORS], 'meaning'],
    [
      'what is of the one as of the other, turned around',
      'There is no offer now of B0CKB00001.',
      [COMPETITORS],
      'meaning',
    ],
    [
      'the price of a competitor by its title',
      '“Sharp Knife, 20 cm” costs USD 12.49, no offer now.',
      [COMPETITORS],
      'meaning',
    ],
    ['a change as a part', 'The price was lower, 11 % of that on 4 May 2026.', PRICE, 'meaning'],
    ['a change without its direction', 'The price was 11 % on 4 May 2026.', PRICE, 'left_out'],
    ['a change as one of each day', 'The price fell by 11 % a day.', PRICE, 'word'],
    ['a change that nearly was', 'The price nearly fell by 11 % on 4 May 2026.', PRICE, 'word'],
    ['a change that is about to be', 'The price is about to be 11 % lower.', PRICE, 'word'],
    ['a value as a bound', 'The price fell below USD 15.99.', PRICE, 'meaning'],
    ['a date as a start', 'Since 4 May 2026 the price is USD 15.99.', PRICE, 'word'],
    ['a negation', 'The price did not fall by 11 %.', PRICE, 'word'],
    ['a lost negation', 'The competitor B0CKB00002 has an offer now.', [COMPETITORS], 'left_out'],
    [
      'a lost warning',
      'When the price goes up, the rank tends to get worse 3 days later.',
      [PRICE_AND_RANK],
      'left_out',
    ],
    ['a forecast as a fact', 'In 14 days the rank is #1,234.', [RANK_FORECAST], 'left_out'],
    ['a possible cause as a fact', 'The rank got worse because the price rose on 2 March 2026.', [CAUSE], 'left_out'],
    [
      'the effect as the cause',
      'The price may have got worse because the rank rose on 2 March 2026.',
      [CAUSE],
      'meaning',
    ],
    ['a cause', 'The price fell by 11 % because of that.', PRICE, 'word'],
    ['a promise', 'The price will fall by 11 %.', PRICE, 'word'],
    ['a superlative', 'The best price ever fell by 11 %.', PRICE, 'word'],
    ['a guarantee', 'The price fell by a guaranteed 11 %.', PRICE, 'word'],
    ['a judgement', 'The price fell by a dramatic 11 %.', PRICE, 'word'],
    ['nothing of what it cites', 'The price is here.', PRICE, 'left_out'],
  ])('should refuse %s', (_, text, statements, kind) => {
    expect(kinds(text, statements)).toContain(kind);
  });
});

const UNITS_OF_NUMBERS = ['rank', 'stars', 'share', 'per day', 'days', 'count', 'ratio', 'points', 'USD', 'EUR'];
const SCALES: Readonly<Record<string, number>> = { USD: 2, EUR: 2 };

const numbers = fc
  .tuple(
    fc.constantFrom(...UNITS_OF_NUMBERS),
    fc.oneof(fc.integer({ min: 0, max: 3_000_000 }), fc.double({ min: 0.001, max: 5000, noNaN: true })),
  )
  .map(([unit, value]) => number(value, unit, SCALES[unit] ?? 0));
const days = fc
  .date({ min: new Date('2015-01-01'), max: new Date('2035-12-31'), noInvalidDate: true })
  .map((date) => day(date.toISOString().slice(0, 10)));
const names = fc.string({ unit: 'grapheme', maxLength: 40 }).map(name);
const asins = fc.stringMatching(/^B0[0-9A-Z]{8}$/).map((value): StatementValue => ({ type: 'asin', value }));

/** Sentences such as those of claims, with any values. */
const statements = fc
  .tuple(
    fc.constantFrom(
      'On {date} the price of {asin} went from {one} to {two}, {three} higher.',
      'The rank of {name} got worse by {one} ({two} interval: {three} to {two}).',
      'It is number {one} of {two}: a leader.',
      '{asin} has no offer since {date}. That may change: by {one}, at least {two}.',
      'In {one} the rating is expected at {two}; {three} of such forecasts end between {one} and {three}',
    ),
    fc.record({ one: numbers, two: numbers, three: numbers, date: days, name: names, asin: asins }),
    fc.constantFrom('up' as const, 'down' as const, null),
  )
  .map(([template, values, direction]) => statement('any', template, values, direction));

const sets = fc
  .array(statements, { minLength: 1, maxLength: 5 })
  .map((list) => list.map((one, index) => ({ ...one, key: `any:${String(index)}` })));

/** Whether the text of a lie is a rounding of a value; without a unit of its own it may have that of the next number. */
function roundsTo(value: StatementValue, lie: StatementValue): boolean {
  if (value.type !== 'number' || lie.type !== 'number') return false;
  if (value.unit !== lie.unit && !['count', 'ratio', 'points'].includes(lie.unit)) return false;
  const [shown = '', fraction = ''] = /\d[\d,]*(?:\.(\d+))?/.exec(valueText(lie)) ?? [];
  const exact = (value.unit === 'share' ? 100 : 1) * (value.value / 10 ** value.scale);
  return Math.abs(Number(shown.replace(/,/g, '')) - exact) <= 0.5 * 10 ** -fraction.length + 1e-9;
}

/** Digits of any script, in the order in which they stand. */
const digitsOf = (text: string): string[] => text.match(/\p{N}+/gu) ?? [];

describe('for any statements', () => {
  it('should pass what each says', () => {
    fc.assert(
      fc.property(statements, (one) => {
        expect(check(one.text, [one])).toEqual([]);
      }),
    );
  });

  it('should pass what the local writer makes of them', () => {
    fc.assert(
      fc.property(sets, (all) => {
        const { headline, paragraphs } = writeLocally({ sections: [{ name: 'what_happened', statements: all }] });
        expect(check(headline, all.slice(0, 1))).toEqual([]);
        expect(paragraphs.map(({ text }) => check(text, all))).toEqual([[]]);
      }),
    );
  });

  it('should find any number in place of one of theirs, unless it rounds to one', () => {
    const places = fc.constantFrom(...ALL.flatMap((one) => Object.keys(one.values).map((key) => ({ one, key }))));
    fc.assert(
      fc.property(places, numbers, ({ one, key }, lie) => {
        const text = statement(one.key, one.template, { ...one.values, [key]: lie }).text;
        if (text === one.text || check(text, [one]).length > 0) return;
        expect(Object.values(one.values).filter((value) => roundsTo(value, lie))).not.toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });

  it('should find any digits put in anywhere', () => {
    const put = fc.oneof(
      fc.integer().map(String),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '١٢',
        '½',
        'Ⅻ',
        '²',
        '１２',
        '12k',
        '#12',
        '12 %',
        'USD 12',
        '12th',
        '10–12',
        '2026',
        '4 May',
        ' 7 ',
        '0',
        '०',
      ),
    );
    fc.assert(
      fc.property(fc.constantFrom(...ALL), fc.nat(), put, fc.boolean(), (one, at, text, isSpaced) => {
        const place = at % (one.text.length + 1);
        const changed = one.text.slice(0, place) + (isSpaced ? ` ${text} ` : text) + one.text.slice(place);
        if (check(changed, [one]).length > 0) return;
        const known = digitsOf(one.text);
        // "04 May" is 4 May.
        const said = digitsOf(changed.replace(/\b0(\d [A-Z])/, '$1'));
        expect(said.filter((digits) => !known.includes(digits))).toEqual([]);
      }),
      { numRuns: 3000 },
    );
  });

  it('should answer soon, whatever the text', () => {
    const text = ALL.map(({ text }) => text.replace(/[.;:]/g, ','))
      .join(' and ')
      .repeat(3);
    const start = performance.now();
    check(text, ALL);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
