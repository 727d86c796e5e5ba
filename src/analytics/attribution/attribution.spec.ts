import fc from 'fast-check';
import { seededRandom } from '../random';
import { attribute, AttributionInput } from './attribution';
import type { Attribution } from './parts';

const DAYS = 120;
const DAY = 100;
const from = (day: number, after: number | null, before: number | null) =>
  Array.from({ length: DAYS }, (_, each) => (each >= day ? after : before));
const always = (value: number | null) => from(0, value, value);

/** Ranks that wander by a few percent around a level, times a factor from day 100 on. */
function ranks(seed: number, factor = 1, level = 2000) {
  const random = seededRandom(seed);
  let last = 0;
  return Array.from({ length: DAYS }, (_, day) => {
    last = 0.5 * last + 0.1 * (random() + random() + random() - 1.5);
    return Math.round(level * Math.exp(last) * (day >= DAY ? factor : 1));
  });
}

const rival = (number: number, factor = 1) => ({
  id: `rival ${String(number)}`,
  price: always(2500),
  inStock: always(1),
  bsr: ranks(10 + number, factor, 1000 * number),
});

/** A product whose rank doubles, and of which nothing else moves. */
function input(change: Partial<AttributionInput> = {}, own: Partial<AttributionInput['own']> = {}): AttributionInput {
  return {
    quantity: 'bsr',
    outcome: ranks(1, 2),
    change: { from: 70, day: DAY, to: DAYS },
    rivals: [1, 2, 3, 4].map((number) => rival(number)),
    ...change,
    own: {
      price: always(2000),
      inStock: always(1),
      buyBox: always(1),
      coupon: always(0),
      rating: always(45),
      ...own,
    },
  };
}

function attributed(of: AttributionInput): Attribution {
  const answer = attribute(of);
  if (answer.status !== 'attributed') throw new Error(JSON.stringify(answer));
  return answer;
}
const partOf = ({ parts }: Attribution, cause: string) => parts.find((part) => part.cause === cause);

describe('attribute', () => {
  it.each<[string, string | null, AttributionInput]>([
    ['own-price', null, input({}, { price: from(DAY - 1, 2500, 2000) })],
    ['own-price', null, input({ outcome: ranks(1, 0.5) }, { price: from(DAY, 1600, 2000) })],
    ['coupon', null, input({ outcome: ranks(1, 0.5) }, { coupon: from(DAY, 400, 0) })],
    ['coupon', null, input({}, { coupon: from(DAY, 0, 400) })],
    ['rating', null, input({}, { rating: from(DAY - 2, 40, 45) })],
    ['buy-box', null, input({}, { buyBox: from(DAY - 1, 0.05, 1) })],
    ['own-stock-out', null, input({}, { inStock: from(DAY - 1, 0, 1), buyBox: from(DAY - 1, 0, 1) })],
    ['rival-price', 'rival 2', input({ rivals: withSecond({ price: from(DAY - 1, 1800, 2500) }) })],
    ['rival-price', 'rival 2', input({ outcome: ranks(1, 0.5), rivals: withSecond({ price: from(DAY, 3400, 2500) }) })],
    ['rival-stock-out', 'rival 2', input({ outcome: ranks(1, 0.5), rivals: withSecond({ inStock: from(DAY, 0, 1) }) })],
    ['market', null, input({ rivals: [1, 2, 3, 4].map((number) => rival(number, 2)) })],
  ])('should find %s of %s', (cause, whose, of) => {
    const answer = attributed(of);
    expect(answer.top).toEqual([{ cause, rival: whose }]);
    const { contribution } = answer.change;
    expect(Math.abs((partOf(answer, cause)?.contribution ?? 0) / contribution - 1)).toBeLessThan(0.25);
    expect(answer.confidence).toBeGreaterThan(0.65);
  });

  it.each([
    ['nothing else moved', input()],
    ['a price moved by 1 %', input({}, { price: from(DAY, 2020, 2000) })],
    ['the rating went to the next tenth', input({}, { rating: from(DAY, 44, 45) })],
    ['the price moved a month before', input({}, { price: from(DAY - 30, 2500, 2000) })],
    ['what moved acts the other way', input({}, { price: from(DAY, 1600, 2000) })],
  ])('should leave unexplained a change at which %s', (_, of) => {
    const answer = attributed(of);
    expect(answer.top).toEqual([{ cause: 'unexplained', rival: null }]);
    expect(answer.unexplained.contribution).toBeCloseTo(Math.log(2), 0);
  });

  it('should show what moved, from what to what and when', () => {
    const answer = attributed(input({}, { price: from(DAY - 1, 2500, 2000) }));
    expect(partOf(answer, 'own-price')?.evidence).toEqual({
      series: 'price',
      before: 2000,
      after: 2500,
      from: DAY - 1,
      to: DAYS,
    });
    expect(answer.n).toEqual({ before: 30, after: 20 });
    expect(answer.controls).toEqual(['rival 1', 'rival 2', 'rival 3', 'rival 4']);
  });

  it('should end intervals at nothing where nothing is as likely', () => {
    const ends = [1, 2, 3, 4, 5, 6].flatMap((seed) =>
      attributed(input({ outcome: ranks(seed, 0.1) }, { price: from(DAY, 2050, 2000) })).parts.flatMap(
        ({ probability, lower, upper }) => (probability < 0.97 ? [lower * upper] : []),
      ),
    );
    expect(ends.length).toBeGreaterThan(0);
    expect(ends.filter((product) => product > 0)).toEqual([]);
  });

  it('should tell that two causes of the same day cannot be told apart', () => {
    const answer = attributed(
      input({ outcome: ranks(1, 0.4) }, { price: from(DAY, 1700, 2000), coupon: from(DAY, 300, 0) }),
    );
    expect(answer.top.map(({ cause }) => cause).sort()).toEqual(['coupon', 'own-price']);
    expect(answer.inseparable).toHaveLength(1);
  });

  it('should share a change between a market and a price that moved on different days', () => {
    const outcome = ranks(1, 1.6).map((rank, day) => (day >= DAY + 8 ? Math.round(rank * 2) : rank));
    const rivals = [1, 2, 3, 4].map((number) => rival(number, 1.6));
    const answer = attributed(
      input({ outcome, rivals, change: { from: 80, day: DAY, to: DAYS } }, { price: from(DAY + 8, 2600, 2000) }),
    );
    expect(partOf(answer, 'market')?.contribution).toBeCloseTo(Math.log(1.6), 0);
    expect(partOf(answer, 'own-price')?.contribution).toBeCloseTo(Math.log(2) * 0.6, 0);
  });

  it('should tell of units what it tells of ranks, the other way round', () => {
    const price = from(DAY, 2500, 2000);
    const ofRanks = attributed(input({}, { price }));
    const units = input().outcome.map((rank) => 1e6 / (rank ?? 1));
    const ofUnits = attributed(input({ quantity: 'units', outcome: units }, { price }));
    expect(ofUnits.top).toEqual(ofRanks.top);
    expect(ofUnits.change.contribution).toBeCloseTo(-ofRanks.change.contribution, 9);
    const [part, mirrored] = [partOf(ofRanks, 'own-price'), partOf(ofUnits, 'own-price')];
    expect(mirrored?.contribution).toBeCloseTo(-(part?.contribution ?? 0), 9);
    expect(mirrored?.lower).toBeCloseTo(-(part?.upper ?? 0), 9);
  });

  it('should not take the buy box for lost while there was no offer', () => {
    const answer = attributed(input({}, { inStock: from(DAY - 1, 0, 1), buyBox: from(DAY - 1, 0, 1) }));
    expect(partOf(answer, 'buy-box')).toBeUndefined();
  });

  it('should not make a control of a rival that ran out of stock itself', () => {
    const rivals = withSecond({ inStock: from(DAY, 0, 1), bsr: ranks(12, 5) });
    expect(attributed(input({ rivals })).controls).toEqual(['rival 1', 'rival 3', 'rival 4']);
  });

  it('should leave out what is not known and name it', () => {
    const answer = attributed(input({}, { rating: always(null), coupon: from(DAY, 0, null) }));
    expect(answer.missing).toEqual([
      'coupon: needs to be known on half of the days before and after the change',
      'rating: needs to be known on half of the days before and after the change',
    ]);
  });

  describe('without enough controls', () => {
    const rivals = [
      { ...rival(1), price: from(DAY - 3, 2000, 2500) },
      rival(2),
      { ...rival(3), bsr: rival(3).bsr.map((rank, day) => (day < DAYS - 59 ? null : rank)) },
    ];

    it('should list coincident events in the order of time and say that this is no attribution', () => {
      const own = { price: from(DAY, 2500, 2000), coupon: from(DAY - 7, 0, 300), rating: from(DAY - 20, 44, 45) };
      expect(attribute(input({ rivals }, own))).toEqual({
        status: 'coincidences',
        statement:
          'No attribution: that needs 3 rivals with 60 known days of BSR, and there are 2. These events came at about the time of the change; that they caused it is not said.',
        events: [
          { day: DAY - 7, cause: 'coupon', rival: null, series: 'coupon', before: 300, after: 0 },
          { day: DAY - 3, cause: 'rival-price', rival: 'rival 1', series: 'price', before: 2500, after: 2000 },
          { day: DAY, cause: 'own-price', rival: null, series: 'price', before: 2000, after: 2500 },
        ],
        missing: [],
        missingDays: 1,
      });
    });

    it('should attribute from the sixtieth known day of a third rival on', () => {
      const third = { ...rival(3), bsr: rival(3).bsr.map((rank, day) => (day < DAYS - 60 ? null : rank)) };
      expect(attribute(input({ rivals: [rival(1), rival(2), third] })).status).toBe('attributed');
    });
  });

  it.each([
    [
      'nothing',
      always(null),
      ['needs 5 more known days of BSR before the change', 'needs 5 more known days of BSR after the change'],
      null,
    ],
    [
      'too few days after',
      ranks(1)
        .map((rank, day) => (day < DAY + 17 ? rank : null))
        .map((rank, day) => (day >= DAY && day < DAY + 14 ? null : rank)),
      ['needs 2 more known days of BSR after the change'],
      2,
    ],
    [
      'too few days in all',
      ranks(1)
        .map((rank, day) => (day < 81 ? null : rank))
        .map((rank, day) => (day >= 110 ? null : rank))
        .map((rank, day) => (day >= 90 && day < 100 ? null : rank)),
      ['needs 9 more known days of BSR around the change'],
      9,
    ],
  ])('should say what is missing where %s is known', (_, outcome, missing, missingDays) => {
    expect(attribute(input({ outcome }))).toEqual({ status: 'refused', missing, missingDays });
  });

  it('should find nothing in what does not vary at all', () => {
    const answer = attributed(input({ outcome: always(500) }, { price: from(DAY, 2500, 2000) }));
    expect(answer.change).toMatchObject({ contribution: 0, ratio: 1 });
    expect(answer.change.before).toBeCloseTo(500);
    expect(answer.change.after).toBeCloseTo(500);
    expect(answer.top).toEqual([{ cause: 'unexplained', rival: null }]);
  });

  describe('of whatever series', () => {
    const value = fc.option(fc.integer({ min: 1, max: 5000 }), { freq: 9 });
    const days = <T>(each: fc.Arbitrary<T>) => fc.array(each, { minLength: 90, maxLength: 90 });
    const share = fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { freq: 9 });
    const any = fc.record({
      quantity: fc.constantFrom('bsr' as const, 'units' as const),
      outcome: days(value),
      change: fc.constantFrom({ from: 40, day: 60, to: 90 }, { from: 70, day: 80, to: 88 }),
      own: fc.record({
        price: days(value),
        inStock: days(share),
        buyBox: days(share),
        coupon: days(fc.option(fc.integer({ min: 0, max: 900 }), { freq: 9 })),
        rating: days(fc.option(fc.integer({ min: 10, max: 50 }), { freq: 9 })),
      }),
      rivals: fc.array(fc.record({ id: fc.uuid(), price: days(value), inStock: days(share), bsr: days(value) }), {
        minLength: 3,
        maxLength: 4,
      }),
    });

    it('should give parts that sum exactly to the change, finite, within their intervals, the same each time', () => {
      fc.assert(
        fc.property(any, (of) => {
          const answer = attribute(of);
          expect(attribute(of)).toEqual(answer);
          if (answer.status !== 'attributed') return;
          const sum = answer.parts.reduce(
            (all, { contribution }) => all + contribution,
            answer.unexplained.contribution,
          );
          expect(sum).toBe(answer.change.contribution);
          expect(answer.change.contribution).toBeCloseTo(Math.log(answer.change.after / answer.change.before), 9);
          for (const { contribution, lower, upper } of [...answer.parts, answer.unexplained]) {
            expect([contribution, lower, upper].every(Number.isFinite)).toBe(true);
            expect(lower).toBeLessThanOrEqual(upper);
          }
          expect(answer.confidence >= 0 && answer.confidence <= 1).toBe(true);
        }),
        { numRuns: 12 },
      );
    });

    it('should not depend on the unit of prices or on the level of ranks', () => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 4 }), (power, doublings) => {
          const times = (values: readonly (number | null)[], factor: number) =>
            values.map((each) => (each === null ? null : each * factor));
          const own = { price: from(DAY, 2500, 2000), coupon: from(DAY - 10, 100, 0) };
          const [plain, scaled] = [
            attributed(input({}, own)),
            attributed(
              input(
                { outcome: times(ranks(1, 2), 2 ** doublings) },
                { price: times(own.price, 2 ** power), coupon: times(own.coupon, 2 ** power) },
              ),
            ),
          ];
          expect(scaled.top).toEqual(plain.top);
          scaled.parts.forEach(({ contribution }, place) => {
            expect(contribution).toBeCloseTo(plain.parts[place]?.contribution ?? 0, 6);
          });
        }),
        { numRuns: 10 },
      );
    });
  });
});

function withSecond(of: Partial<AttributionInput['rivals'][number]>) {
  return [rival(1), { ...rival(2), ...of }, rival(3), rival(4)];
}
