import fc from 'fast-check';
import { seededRandom } from './random';
import { weekdayPattern, type WeekdayOptions } from './weekday';

const MONDAY: WeekdayOptions = { firstWeekday: 1, scale: 'ratio' };
/** Prices that wander by some 8 %, times what the weekday does. */
function prices(days: number, seed: number, factors: readonly number[] = [1, 1, 1, 1, 1, 1, 1]): number[] {
  const random = seededRandom(seed);
  let last = 0;
  return Array.from({ length: days }, (_, day) => {
    last = 0.5 * last + 0.14 * (random() + random() + random() - 1.5);
    return Math.round(2000 * Math.exp(last) * (factors[day % 7] ?? 1));
  });
}
const share = (of: (seed: number) => boolean, series = 150) =>
  Array.from({ length: series }, (_, seed) => of(seed)).filter(Boolean).length / series;

describe('weekdayPattern', () => {
  it.each([506, 987, 1690, 100, 4999])('should see nothing in a constant of %d', (value) => {
    const constant = Array.from({ length: 180 }, () => value);
    expect(weekdayPattern(constant, { firstWeekday: 1, scale: 'ratio' })).toBeNull();
    const withOne = constant.map((each, day) => (day === 90 ? each + 1 : each));
    expect(weekdayPattern(withOne, { firstWeekday: 1, scale: 'ratio' })?.found ?? false).toBe(false);
  });

  it('should give the effect of each day beside its week, Sunday first', () => {
    const values = Array.from({ length: 90 }, (_, day) => (day % 7 === 5 ? 2300 + (day % 2) : 2000 + (day % 2)));
    const pattern = weekdayPattern(values, MONDAY);
    expect(pattern).toMatchObject({ found: true, weeks: 12 });
    expect(pattern?.effects.map(({ weekday }) => weekday)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    const [saturday, others] = [Math.exp((6 / 7) * Math.log(1.15)) - 1, Math.exp(-Math.log(1.15) / 7) - 1];
    for (const { weekday, effect } of pattern?.effects ?? []) {
      expect(effect).toBeCloseTo(weekday === 6 ? saturday : others, 2);
    }
  });

  it('should give differences of counts in their own units', () => {
    const values = Array.from({ length: 90 }, (_, day) => (day % 7 === 0 ? 17 : 10));
    const pattern = weekdayPattern(values, { firstWeekday: 3, scale: 'difference' });
    expect(pattern?.effects.map(({ effect }) => Math.round(effect))).toEqual([-1, -1, -1, 6, -1, -1, -1]);
  });

  it('should find 9 % in noise of 8 % in most series of a quarter', () => {
    const factors = [1.09, 1.05, 1, 0.96, 0.91, 0.96, 1.03];
    expect(share((seed) => weekdayPattern(prices(90, seed, factors), MONDAY)?.found === true)).toBeGreaterThan(0.9);
  });

  it('should find none in about 95 % of series without', () => {
    expect(share((seed) => weekdayPattern(prices(120, seed), MONDAY)?.found === true)).toBeLessThan(0.075);
  });

  it('should not take a trend for a pattern', () => {
    const rising = (seed: number) => prices(90, seed).map((value, day) => Math.round(value * 1.01 ** day));
    expect(share((seed) => weekdayPattern(rising(seed), MONDAY)?.found === true)).toBeLessThan(0.075);
  });

  it('should tell no effects where it finds no pattern', () => {
    expect(weekdayPattern(prices(120, 1), MONDAY)).toMatchObject({ found: false, effects: [] });
  });

  it('should not take jumps of a price that stands still for a pattern', () => {
    const steps = Array.from({ length: 180 }, (_, day) => [1999, 1799, 2199][Math.floor(day / 21) % 3] ?? 0);
    expect(weekdayPattern(steps, MONDAY)).toMatchObject({ found: false });
  });

  it('should leave out weeks of which less than 5 days are known', () => {
    const values = prices(90, 1).map((value, day) => (day >= 40 && day < 60 ? null : value));
    expect(weekdayPattern(values, MONDAY)?.weeks).toBe(9);
  });

  it.each([
    ['fewer than six weeks', prices(47, 1)],
    ['a weekday that is never known', prices(120, 1).map((value, day) => (day % 7 === 2 ? null : value))],
    ['a constant series', Array.from({ length: 90 }, () => 7)],
    ['nothing', []],
  ])('should be null of %s', (_, values) => {
    expect(weekdayPattern(values, MONDAY)).toBeNull();
  });

  it('should give finite effects and p-values of whatever series, the same each time', () => {
    const values = fc.array(fc.option(fc.integer({ min: 0, max: 30 }), { freq: 9 }), { minLength: 40, maxLength: 90 });
    fc.assert(
      fc.property(values, fc.constantFrom('ratio' as const, 'difference' as const), (series, scale) => {
        const pattern = weekdayPattern(series, { firstWeekday: 0, scale });
        expect(weekdayPattern(series, { firstWeekday: 0, scale })).toEqual(pattern);
        for (const { effect, pValue } of pattern?.effects ?? []) {
          expect(Number.isFinite(effect)).toBe(true);
          expect(pValue > 0 && pValue <= 1).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });
});
