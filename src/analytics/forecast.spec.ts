import fc from 'fast-check';
import { forecast, forecastDaysNeeded, type Forecast, type ForecastOptions } from './forecast';
import { seededRandom } from './random';

const WEEK: ForecastOptions = { quantity: 'price', horizon: 7 };
const level = (value: number, times: number) => Array.from({ length: times }, () => value);

function made(values: readonly (number | null)[], options: ForecastOptions = WEEK): Forecast {
  const result = forecast(values, options);
  if (result.status !== 'forecast') throw new Error(`no forecast: ${JSON.stringify(result)}`);
  return result;
}

/** Prices with even noise of up to 8 % around what `foreseen` says. */
function noisy(days: number, foreseen: (day: number) => number, seed = 1): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: days }, (_, day) => Math.round(foreseen(day) * (0.92 + 0.16 * random())));
}

const values = fc.array(fc.option(fc.integer({ min: 0, max: 1_000_000 }), { freq: 8 }), {
  minLength: 80,
  maxLength: 220,
});
const options = fc.record({
  quantity: fc.constantFrom('price' as const, 'bsr' as const, 'units' as const),
  horizon: fc.integer({ min: 7, max: 28 }),
});

describe('forecast', () => {
  it('should say of a constant series that it stays, and that skill cannot be told', () => {
    const { days, methods, backTest } = made(level(1599, 120));
    expect(days).toHaveLength(7);
    expect(days.every(({ median, lower, upper }) => median === 1599 && lower === 1599 && upper === 1599)).toBe(true);
    expect(methods).toContain('last value');
    expect(backTest).toMatchObject({ coverage: 1, skill: null, hasSkill: false, pValue: 1 });
  });

  it('should stay at the last step of a price that stands still and then jumps', () => {
    const steps = [...level(1999, 40), ...level(1799, 35), ...level(2199, 45), ...level(1899, 30)];
    const { days, methods } = made(steps, { quantity: 'price', horizon: 14 });
    expect(methods).toEqual(['last value']);
    expect(days.map(({ median }) => median)).toEqual(level(1899, 14));
    expect(days.at(-1)?.upper).toBeGreaterThan(1899);
  });

  it('should go on with a trend', () => {
    const { days } = made(
      noisy(200, (day) => 1000 * 1.005 ** day),
      { quantity: 'bsr', horizon: 28 },
    );
    const truth = 1000 * 1.005 ** 227;
    expect(Math.abs((days[27]?.median ?? 0) / truth - 1)).toBeLessThan(0.08);
  });

  it('should know the days of the week where they differ', () => {
    const { days, weekdayEffects } = made(noisy(180, (day) => (day % 7 === 3 ? 3000 : 2000)));
    expect(weekdayEffects).toBe(true);
    // Day 180 is day 5 of its week, so the third day from it on is day 1, and the sixth day 3.
    const high = days.filter(({ median }) => median > 2600).map(({ day }) => day);
    expect(high).toEqual([6]);
  });

  it('should not see days of the week in noise of one level', () => {
    expect(made(level(2000, 200).map((value, day) => value + (day % 5) * 10)).weekdayEffects).toBe(false);
  });

  it('should hardly be moved by an outlier on the last day', () => {
    const { days } = made([...noisy(150, () => 2000), 9999]);
    expect(days.every(({ median }) => median > 1900 && median < 2200)).toBe(true);
  });

  it('should claim skill where the last week is a worse guide than the level', () => {
    const { backTest } = made(
      noisy(200, () => 2000),
      { quantity: 'price', horizon: 28 },
    );
    expect(backTest.hasSkill).toBe(true);
    // Of independent values, the error of one against another is larger than against the middle.
    expect(backTest.skill).toBeGreaterThan(0.15);
    expect(backTest.skill).toBeLessThan(0.35);
    expect(backTest.weeks.map(({ fromDay, toDay }) => [fromDay, toDay])).toEqual([
      [1, 7],
      [8, 14],
      [15, 21],
      [22, 28],
    ]);
  });

  it('should claim none where the same day of last week is the best guide, and be that day', () => {
    const random = seededRandom(4);
    const week = level(2000, 7);
    const wandering = Array.from({ length: 250 }, (_, day) => {
      week[day % 7] = (week[day % 7] ?? 0) * (0.94 + 0.12 * random());
      return Math.round(week[day % 7] ?? 0);
    });
    const { days, methods, backTest } = made(wandering);
    expect(methods).toEqual(['same as last week']);
    expect(days.map(({ median }) => median)).toEqual(wandering.slice(-7));
    expect(backTest.skill).toBeCloseTo(0, 2);
    expect(backTest.hasSkill).toBe(false);
  });

  it('should tell a coverage near the nominal one when noise is all there is', () => {
    const { backTest } = made(noisy(365, () => 2000));
    expect(backTest.coverage).toBeGreaterThan(0.86);
    expect(backTest.coverage).toBeLessThan(0.95);
    expect(backTest.scored).toBeGreaterThan(2000);
  });

  it.each([7, 14, 28])('should say how many known days are missing for %d days ahead', (horizon) => {
    const needed = forecastDaysNeeded(horizon);
    const series = noisy(needed, () => 2000);
    expect(forecast(series.slice(5), { quantity: 'price', horizon })).toEqual({ status: 'too_short', daysNeeded: 5 });
    expect(forecast(series, { quantity: 'price', horizon }).status).toBe('forecast');
  });

  it('should not count unknown days as history', () => {
    const series = noisy(forecastDaysNeeded(7), () => 2000);
    expect(forecast([null, null, ...series.slice(1)], WEEK)).toEqual({ status: 'too_short', daysNeeded: 1 });
    expect(forecast([], WEEK)).toEqual({ status: 'too_short', daysNeeded: forecastDaysNeeded(7) });
  });

  it('should not start from a week that is unknown', () => {
    const series = [...noisy(120, () => 2000), ...level(0, 7).map(() => null)];
    expect(forecast(series, WEEK)).toEqual({ status: 'not_current', daysUnknown: 7 });
  });

  it('should count days ahead from the end of the series when its last days are unknown', () => {
    const series = noisy(150, (day) => (day % 7 === 3 ? 3000 : 2000));
    const cut = series.map((value, day) => (day < 148 ? value : null));
    const high = ({ days }: Forecast) => days.filter(({ median }) => median > 2600).map(({ day }) => day);
    expect(high(made(cut))).toEqual(high(made(series)));
  });

  it('should work where many days are unknown, and not where nearly all distances are', () => {
    const series = noisy(260, () => 2000);
    const random = seededRandom(2);
    const half = made(series.map((value) => (random() < 0.5 ? value : null)).concat(2000));
    expect(half.days.every(({ lower, upper }) => lower > 1700 && upper < 2300 && lower < upper)).toBe(true);
    const weekly = level(0, 700).map((_, day) => (day % 7 === 0 ? 2000 + (day % 13) : null));
    expect(forecast([...weekly, 2000], WEEK).status).toBe('too_short');
  });

  it('should never look ahead: what it tells of the past does not change with what came later', () => {
    const series = noisy(140, () => 2000);
    const first = made(series);
    const later = made([...series, ...level(50_000, 40)]);
    expect(later.backTest.scored).toBeGreaterThan(first.backTest.scored);
    expect(made([...series, ...level(50_000, 40)].slice(0, 140))).toEqual(first);
  });

  it.each([
    ['price', 1],
    ['bsr', 1],
    ['units', 0],
  ] as const)('should keep %s at %d or above', (quantity, smallest) => {
    const random = seededRandom(3);
    const low = Array.from({ length: 200 }, () => smallest + Math.floor(3 * random() ** 3));
    const { days } = made(low, { quantity, horizon: 28 });
    expect(days.every(({ lower }) => lower === smallest)).toBe(true);
  });

  it.each([6, 29, 7.5, NaN])('should refuse a horizon of %d', (horizon) => {
    expect(() => forecast(level(1, 200), { quantity: 'price', horizon })).toThrow(RangeError);
  });

  it('should refuse values that are no numbers', () => {
    expect(() => forecast([...level(1, 200), NaN], WEEK)).toThrow(RangeError);
  });

  it('should give finite, ordered whole numbers for whatever series, the same each time', () => {
    fc.assert(
      fc.property(values, options, (series, choice) => {
        const result = forecast(series, choice);
        expect(forecast(series, choice)).toEqual(result);
        if (result.status !== 'forecast') return;
        const smallest = choice.quantity === 'units' ? 0 : 1;
        for (const { median, lower, upper } of result.days) {
          expect([median, lower, upper].every(Number.isSafeInteger)).toBe(true);
          expect(smallest <= lower && lower <= median && median <= upper).toBe(true);
        }
        expect(result.backTest.coverage).toBeGreaterThanOrEqual(0);
        expect(result.backTest.coverage).toBeLessThanOrEqual(1);
        expect(result.backTest.pValue).toBeGreaterThanOrEqual(0);
        expect(result.backTest.pValue).toBeLessThanOrEqual(1);
      }),
      { numRuns: 60 },
    );
  });

  it('should give the forecast of prices ten times as high ten times as high', () => {
    const series = noisy(150, () => 20_000);
    const tenfold = made(series.map((value) => 10 * value)).days;
    made(series).days.forEach(({ median, lower, upper }, index) => {
      expect((tenfold[index]?.median ?? 0) / median).toBeCloseTo(10, 2);
      expect((tenfold[index]?.lower ?? 0) / lower).toBeCloseTo(10, 2);
      expect((tenfold[index]?.upper ?? 0) / upper).toBeCloseTo(10, 2);
    });
  });
});
