import fc from 'fast-check';
import { curveInputs, SellingProduct } from './observations';

const DAY = 1440;

/** One rank in days of a product, up to and without the last one. */
const held = (rank: number | null, from: number, to: number) => ({ start: from * DAY, end: to * DAY, value: rank });

const product = (changes: Partial<SellingProduct> = {}): SellingProduct => ({
  marketplace: 'US',
  family: 'B0PARENT01',
  category: 'Kitchen',
  periods: [{ from: 10, to: 19, units: 30 }],
  ranks: [held(1000, 0, 100)],
  simulated: false,
  ...changes,
});

const only = (products: SellingProduct[]) => {
  const [inputs, ...more] = curveInputs(products);
  if (!inputs || more.length > 0) throw new Error('not one');
  return inputs;
};

describe('curveInputs', () => {
  it('should give a period its units and the ranks that held in it, each for its time', () => {
    const ranks = [held(1000, 0, 12), held(4000, 12, 17), held(500, 17, 40)];
    const { observations, leftOut } = only([product({ ranks })]);
    expect(leftOut).toEqual({});
    expect(observations).toHaveLength(1);
    expect(observations[0]).toMatchObject({
      family: 'B0PARENT01',
      from: 10,
      to: 19,
      units: 30,
      lowestRank: 500,
      highestRank: 4000,
    });
    expect(observations[0]?.spans.map(({ rank, days }) => [Math.round(rank), days])).toEqual([
      [1000, 2],
      [4000, 5],
      [500, 3],
    ]);
  });

  it('should count a family once, with the units of all its variations', () => {
    const { observations } = only([
      product({ periods: [{ from: 10, to: 19, units: 30 }] }),
      product({ periods: [{ from: 10, to: 19, units: 12 }], ranks: [held(1010, 8, 25)] }),
    ]);
    expect(observations.map(({ units }) => units)).toEqual([42]);
  });

  it('should take the ranks of the variation that is known best', () => {
    const { observations } = only([product({ ranks: [held(700, 10, 15)] }), product({ ranks: [held(900, 0, 19)] })]);
    expect(observations[0]?.lowestRank).toBe(900);
  });

  it('should keep categories and marketplaces apart, and leave out what has none', () => {
    const inputs = curveInputs([
      product(),
      product({ family: 'B000000002', category: 'Garden' }),
      product({ family: 'B000000003', marketplace: 'DE' }),
      product({ family: 'B000000004', category: null }),
    ]);
    expect(inputs.map(({ marketplace, category }) => [marketplace, category])).toEqual([
      ['US', 'Kitchen'],
      ['US', 'Garden'],
      ['DE', 'Kitchen'],
    ]);
  });

  it.each([
    ['8 days of 10', held(1000, 10, 18), {}],
    ['less than 8 days of 10', { ...held(1000, 10, 18), end: 18 * DAY - 1 }, { rank_unknown: 1 }],
    ['none', held(1000, 20, 90), { rank_unknown: 1 }],
    ['absence', held(null, 0, 90), { rank_unknown: 1 }],
  ])('should need a rank in 80 %% of the period: %s', (_, segment, leftOut) => {
    const inputs = only([product({ ranks: [segment] })]);
    expect([inputs.leftOut, inputs.observations.length]).toEqual([leftOut, Object.keys(leftOut).length === 0 ? 1 : 0]);
  });

  it('should leave out a period for which a tracked variation has no units, and take it with 0', () => {
    const without = only([product(), product({ periods: [] })]);
    expect([without.leftOut, without.observations]).toEqual([{ family_incomplete: 1 }, []]);
    const withZero = only([product(), product({ periods: [{ from: 10, to: 19, units: 0 }] })]);
    expect(withZero.observations.map(({ units }) => units)).toEqual([30]);
  });

  it('should leave out periods of variations that overlap without being the same', () => {
    const weeks = (shift: number) =>
      [10, 17, 24].map((from) => ({ from: from + shift, to: from + shift + 6, units: 1 }));
    const month = [{ from: 1, to: 30, units: 9 }];
    expect(only([product({ periods: weeks(0) }), product({ periods: month })])).toMatchObject({
      leftOut: { family_periods_differ: 4 },
      observations: [],
    });
    const { leftOut, observations } = only([
      product({ periods: [...weeks(0), { from: 40, to: 46, units: 5 }] }),
      product({ periods: [...weeks(1), { from: 40, to: 46, units: 6 }] }),
    ]);
    expect([leftOut, observations.map(({ units }) => units)]).toEqual([{ family_periods_differ: 6 }, [11]]);
  });

  it('should keep the latest 120 periods', () => {
    const periods = Array.from({ length: 130 }, (_, day) => ({ from: day, to: day, units: day }));
    const { observations, leftOut } = only([product({ periods, ranks: [held(1000, 0, 200)] })]);
    expect([observations.length, Math.min(...observations.map(({ from }) => from)), leftOut]).toEqual([
      120,
      10,
      { older: 10 },
    ]);
  });

  it('should say that ranks are simulated', () => {
    expect([only([product()]).simulated, only([product({ simulated: true })]).simulated]).toEqual([false, true]);
  });

  it('should lose no known time, and change the mean of a power by less than a thousandth', () => {
    const stretches = fc.array(
      fc.record({ rank: fc.integer({ min: 1, max: 3_000_000 }), hours: fc.integer({ min: 1, max: 50 }) }),
      { minLength: 1, maxLength: 60 },
    );
    fc.assert(
      fc.property(stretches, fc.double({ min: 0.3, max: 1.5, noNaN: true }), (given, exponent) => {
        let minute = 0;
        const ranks = given.map(({ rank, hours }) => {
          const start = minute;
          minute += hours * 60;
          return { start, end: minute, value: rank };
        });
        const days = Math.max(1, Math.floor(minute / DAY));
        fc.pre(minute >= 0.8 * days * DAY);
        const inputs = only([product({ ranks, periods: [{ from: 0, to: days - 1, units: 1 }] })]);
        const [observation] = inputs.observations;
        if (!observation) throw new Error('left out');
        const end = days * DAY;
        const exact = ranks
          .filter(({ start }) => start < end)
          .reduce((sum, one) => sum + ((Math.min(one.end, end) - one.start) / DAY) * one.value ** -exponent, 0);
        const binned = observation.spans.reduce((sum, { rank, days: length }) => sum + length * rank ** -exponent, 0);
        expect(binned / exact).toBeCloseTo(1, 3);
        expect(observation.spans.reduce((sum, span) => sum + span.days, 0)).toBeCloseTo(Math.min(minute, end) / DAY, 6);
      }),
    );
  });
});
