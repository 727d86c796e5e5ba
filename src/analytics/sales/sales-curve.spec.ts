import fc from 'fast-check';
import { estimateUnits, fitSalesCurve, MAX_EXTRAPOLATION, Observation, SalesCurve } from './sales-curve';

const WEEK = 7;

/** A week with a rank a day. */
function week(number: number, ranks: number[], units: number, family = 'B0PARENT01'): Observation {
  return {
    family,
    from: number * WEEK,
    to: number * WEEK + WEEK - 1,
    units,
    spans: ranks.map((rank) => ({ rank, days: WEEK / ranks.length })),
    lowestRank: Math.min(...ranks),
    highestRank: Math.max(...ranks),
  };
}

const daily = (scale: number, exponent: number, ranks: number[]) =>
  ranks.reduce((sum, rank) => sum + (scale * rank ** -exponent * WEEK) / ranks.length, 0);

/** Weeks whose units are the curve's. */
const exact = (weeks: number[][], scale: number, exponent: number) =>
  weeks.map((ranks, number) => week(number, ranks, daily(scale, exponent, ranks)));

async function curveOf(observations: Observation[]): Promise<SalesCurve> {
  const curve = await fitSalesCurve(observations);
  if (typeof curve === 'string') throw new Error(`no curve: ${curve}`);
  return curve;
}

const RANKS = [
  [500, 900],
  [1200, 3000, 700],
  [4000],
  [2500, 2000, 9000],
  [800, 6000],
  [1500],
  [3100, 3300],
  [7000, 400],
];

/** Mulberry32, so that a seed gives the same numbers everywhere. */
function randomOf(seed: number): { unit: () => number; normal: () => number; poisson: (mean: number) => number } {
  let state = seed;
  const unit = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - unit())) * Math.cos(2 * Math.PI * unit());
  const poisson = (mean: number) => {
    let [count, left] = [0, mean];
    for (;;) {
      left += Math.log(1 - unit());
      if (left < 0) return count;
      count += 1;
    }
  };
  return { unit, normal, poisson };
}

/** Weeks of families whose ranks wander around a level of their own, with noise of the curve and of Poisson. */
function simulate(seed: number, weeks: number, families: number, noise: number, familyNoise = 0) {
  const { normal, poisson } = randomOf(seed);
  const [scale, exponent] = [30_000, 0.9];
  const wander = (level: number, steps: number) => {
    let log = level + 0.5 * normal();
    return Array.from({ length: steps }, () => Math.max(1, Math.round(Math.exp((log += 0.15 * normal())))));
  };
  const sold = (ranks: number[], off: number) =>
    poisson(daily(scale, exponent, ranks) * Math.exp(off + noise * normal() - noise ** 2 / 2));
  const newFamily = () => ({ level: Math.log(3000) + normal(), off: familyNoise * normal() });
  const observations = Array.from({ length: families }, (_, family) => {
    const { level, off } = newFamily();
    return Array.from({ length: weeks }, (__, number) => {
      const ranks = wander(level, WEEK);
      return week(number, ranks, sold(ranks, off), `family ${String(family)}`);
    });
  }).flat();
  const next = () => {
    const off = newFamily().off;
    const ranks = wander(Math.log(3000), WEEK);
    return { ranks, unitsPerDay: sold(ranks, off) / WEEK };
  };
  return { observations, exponent, next };
}

describe('fitSalesCurve', () => {
  it('should find the curve that sums over moving ranks were made of', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.double({ min: 0.4, max: 1.6, noNaN: true }),
        fc.double({ min: 1e4, max: 1e7, noNaN: true }),
        async (exponent, scale) => {
          const curve = await curveOf(exact(RANKS, scale, exponent));
          expect(curve.exponent.value).toBeCloseTo(exponent, 5);
          expect(curve.scale / scale).toBeCloseTo(1, 4);
          expect(curve.error.medianAbsolutePercentage).toBeLessThan(0.01);
          expect(curve.error.medianFactor).toBeCloseTo(1, 4);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('should not be moved by the unit of ranks: ranks k times as high are the same exponent, and k^exponent times the scale', async () => {
    const { observations } = simulate(3, 12, 2, 0.2);
    const curve = await curveOf(observations);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 50 }), async (k) => {
        const scaled = await curveOf(
          observations.map((one) => ({
            ...one,
            spans: one.spans.map(({ rank, days }) => ({ rank: k * rank, days })),
            lowestRank: k * one.lowestRank,
            highestRank: k * one.highestRank,
          })),
        );
        expect(scaled.exponent.value).toBeCloseTo(curve.exponent.value, 6);
        expect(scaled.scale / (curve.scale * k ** curve.exponent.value)).toBeCloseTo(1, 5);
        expect(scaled.error.halfWidth).toBeCloseTo(curve.error.halfWidth, 6);
        expect(scaled.rankRange.highest).toBe(k * curve.rankRange.highest);
      }),
      { numRuns: 10 },
    );
  });

  it('should give the same curve in any order of the periods', async () => {
    const { observations } = simulate(5, 10, 1, 0.3);
    const [curve, reversed] = [await curveOf(observations), await curveOf([...observations].reverse())];
    expect(reversed.exponent.value).toBeCloseTo(curve.exponent.value, 6);
    expect(reversed.error.halfWidth).toBeCloseTo(curve.error.halfWidth, 6);
  });

  it.each(RANKS.map((_, index) => index))(
    'should be moved little by period %s being ten times too high',
    async (index) => {
      const observations = exact([...RANKS, ...RANKS], 1e5, 0.9).map((one, number) => {
        const noise = number % 3 === 0 ? 1.05 : 0.97;
        return { ...one, units: one.units * (number === index ? 10 : noise) };
      });
      const { exponent } = await curveOf(observations);
      expect(Math.abs(exponent.value - 0.9)).toBeLessThan(0.05);
    },
  );

  it('should take in periods without a sale', async () => {
    const weeks = [[100], [200], [400], [800], [100_000], [300_000]];
    const observations = weeks.map((ranks, number) => week(number, ranks, Math.floor(daily(2000, 1, ranks))));
    expect(observations.map(({ units }) => units).slice(-2)).toEqual([0, 0]);
    const curve = await curveOf(observations);
    expect(curve.exponent.value).toBeGreaterThan(0.8);
    expect(curve.exponent.value).toBeLessThan(1.3);
    expect(curve.error.observations).toBe(6);
  });

  it.each([
    ['no periods', [], 'too_few_periods'],
    ['three periods', exact(RANKS.slice(0, 3), 1e5, 0.9), 'too_few_periods'],
    [
      'one period of many families',
      RANKS.map((ranks, index) => week(0, ranks, daily(1e5, 0.9, ranks), `family ${String(index)}`)),
      'too_few_periods',
    ],
    ['nothing sold', RANKS.map((ranks, number) => week(number, ranks, 0)), 'nothing_sold'],
    ['ranks of a factor below two', exact([[1000], [1100], [1300], [1600], [1990]], 1e5, 0.9), 'rank_spread_too_small'],
    ['one rank but for one period', exact([[1000], [1000], [1000], [1000], [9000]], 1e5, 0.9), 'rank_spread_too_small'],
    ['units that rise with the rank', exact(RANKS, 1, -0.5), 'units_do_not_fall_with_rank'],
  ])('should refuse %s', async (_, observations, refusal) => {
    expect(await fitSalesCurve(observations)).toBe(refusal);
  });

  it('should foretell each period by the others', async () => {
    const observations = exact(RANKS, 1e6, 1).map((one, number) =>
      number === 3 ? { ...one, units: 2 * one.units } : one,
    );
    const { error } = await curveOf(observations);
    // Seven of eight are on the curve; the one that sold twice as much is 50 % off, and none is nearer than the interval.
    expect(error.medianAbsolutePercentage).toBeLessThan(1);
    expect(error.halfWidth).toBeGreaterThan(Math.log(1.5));
    expect(error.observations).toBe(8);
  });

  it('should be less sure of its exponent when families differ', async () => {
    const alike = await curveOf(simulate(11, 12, 6, 0.1).observations);
    const different = await curveOf(simulate(11, 12, 6, 0.1, 0.4).observations);
    expect(different.exponent.upper - different.exponent.value).toBeGreaterThan(
      2 * (alike.exponent.upper - alike.exponent.value),
    );
  });

  it.each([
    [6, 1, 0.2, 0],
    [12, 1, 0.2, 0],
    [26, 2, 0.3, 0],
    [12, 6, 0.3, 0.3],
  ])(
    'should hold 90 %% of what is sold later: %s weeks of %s families',
    async (weeks, families, noise, familyNoise) => {
      let [covered, exponents, fits, estimates] = [0, 0, 0, 0];
      for (let seed = 1; seed <= 150; seed++) {
        const { observations, exponent, next } = simulate(1000 * weeks + seed, weeks, families, noise, familyNoise);
        const curve = await fitSalesCurve(observations);
        if (typeof curve === 'string') continue;
        fits += 1;
        if (curve.exponent.lower <= exponent && exponent <= curve.exponent.upper) exponents += 1;
        const { ranks, unitsPerDay } = next();
        const estimate = estimateUnits(
          curve,
          ranks.map((rank) => ({ rank, days: 1 })),
        );
        if (typeof estimate === 'string') continue;
        estimates += 1;
        if (estimate.lower <= unitsPerDay && unitsPerDay <= estimate.upper) covered += 1;
      }
      expect(fits).toBeGreaterThan(100);
      // Three standard errors of a share of 0.9 of so many are 0.08.
      expect(covered / estimates).toBeGreaterThan(0.82);
      expect(covered / estimates).toBeLessThan(0.99);
      expect(exponents / fits).toBeGreaterThan(0.82);
    },
  );
});

describe('estimateUnits', () => {
  const curve: SalesCurve = {
    exponent: { value: 1, lower: 0.8, upper: 1.2 },
    scale: 10_000,
    rankRange: { lowest: 500, highest: 2000 },
    centre: Math.log(1000),
    error: { medianAbsolutePercentage: 10, medianFactor: 1.1, halfWidth: Math.log(1.5), observations: 12 },
  };
  const at = (rank: number) => estimateUnits(curve, [{ rank, days: 1 }]);

  it('should be the curve and its interval', () => {
    expect(at(1000)).toEqual({
      unitsPerDay: expect.closeTo(10, 9) as number,
      lower: expect.closeTo(10 / 1.5, 9) as number,
      upper: expect.closeTo(15, 9) as number,
    });
  });

  it('should be the mean over the time that each rank held', () => {
    const estimate = estimateUnits(curve, [
      { rank: 1000, days: 3 },
      { rank: 500, days: 1 },
    ]);
    expect(estimate).toMatchObject({ unitsPerDay: expect.closeTo(12.5, 9) as number });
  });

  it('should be refused beyond ten times the ranks that were seen, and not one rank before', () => {
    const [lowest, highest] = [500 / MAX_EXTRAPOLATION, 2000 * MAX_EXTRAPOLATION];
    expect([at(lowest - 1), at(highest + 1)]).toEqual(['outside_rank_range', 'outside_rank_range']);
    expect([at(lowest), at(highest)].map((estimate) => typeof estimate)).toEqual(['object', 'object']);
    expect(
      estimateUnits(curve, [
        { rank: 1000, days: 30 },
        { rank: highest + 1, days: 0.1 },
      ]),
    ).toBe('outside_rank_range');
  });

  it('should be refused without a rank', () => {
    expect(estimateUnits(curve, [])).toBe('no_rank');
  });

  it('should fall with the rank, and be less sure the further it is from the middle of what was seen', () => {
    const width = (rank: number) => {
      const estimate = at(rank);
      if (typeof estimate === 'string') throw new Error(estimate);
      return estimate.upper / estimate.lower;
    };
    const units = (rank: number) => (at(rank) as { unitsPerDay: number }).unitsPerDay;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 19 }), fc.integer({ min: 1, max: 999 }), (times, more) => {
        expect(units(1000 * times + more)).toBeLessThan(units(1000 * times));
        expect(width(1000 * times + more)).toBeGreaterThan(width(1000 * times));
        expect(width(1000 / (times + more / 1000))).toBeGreaterThan(width(1000 / times));
      }),
    );
  });
});
