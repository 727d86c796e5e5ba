import { allMethods } from './forecast-methods';

/** What a method says of the days 1 to `steps` after the values. */
function said(name: string, values: readonly (number | null)[], steps: number): number[] {
  const method = allMethods().find((each) => each.name === name);
  if (!method) throw new Error(`there is no ${name}`);
  for (const value of values) {
    if (value === null) method.skip();
    else method.observe(value);
  }
  const row = new Float64Array(steps + 1);
  method.forecast(row);
  return [...row.slice(1)];
}

describe('forecast methods', () => {
  it('should name each method once', () => {
    const names = allMethods().map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('should smooth by alpha, once the mean of so many values weighs less', () => {
    // Means of 1, 2 and 3 values, for alpha is below 1/3: 10, 15, 20.
    expect(said('exponential smoothing (alpha 0.2)', [10, 20, 30], 2)).toEqual([20, 20]);
    expect(said('exponential smoothing (alpha 0.5)', [10, 20, 30], 1)).toEqual([22.5]);
    expect(said('last value', [10, null, 30, null], 2)).toEqual([30, 30]);
  });

  it('should take the middle of the last days', () => {
    expect(said('running median (5 days)', [1, 2, 99, 3, 4, 5, null], 1)).toEqual([4]);
    expect(said('running median (5 days)', [1, 2], 1)).toEqual([1.5]);
  });

  it('should begin anew where the level shifts, with the days since, and not for one wild day', () => {
    const name = 'exponential smoothing (alpha 0.02) since the last shift';
    const level = Array.from({ length: 60 }, (_, day) => 100 + (day % 2));
    expect(said(name, [...level, 150, 100, 101], 1)[0]).toBeLessThan(102);
    // Each day counts for at most three deviations of which one is taken off: the third exceeds five.
    expect(said(name, [...level, 150, 151], 1)[0]).toBeLessThan(103);
    expect(said(name, [...level, 150, 151, 152], 1)).toEqual([151]);
  });

  it('should let a trend fade, also over days that are unknown', () => {
    const [first, second, third] = said('damped trend (alpha 0.2, beta 0.1, phi 0.98)', [0, 10], 3);
    // Level 0.2 × 10, trend 0.2 × 0.1 × 10, of which 0.98, 0.98², … are added.
    expect(first).toBeCloseTo(2 + 0.2 * 0.98, 10);
    expect(second).toBeCloseTo(2 + 0.2 * (0.98 + 0.98 ** 2), 10);
    expect(said('damped trend (alpha 0.2, beta 0.1, phi 0.98)', [0, 10, null, null], 1)[0]).toBeCloseTo(third ?? 0, 10);
  });

  it('should go on with half the slope of a line by theta, from where the line is', () => {
    const line = Array.from({ length: 300 }, (_, day) => 5 + 2 * day);
    const [first, second] = said('theta (alpha 0.3)', line, 2);
    // Smoothing lags a line by slope (1 − α) / α; half of the slope times 1/α is what theta gives back.
    const level = 5 + 2 * 299 - (2 * 0.7) / 0.3;
    expect(first).toBeCloseTo(level + 1 / 0.3, 6);
    expect((second ?? 0) - (first ?? 0)).toBeCloseTo(1, 6);
  });

  it('should repeat the last week, by the week before where a day was unknown', () => {
    const week = [1, 2, 3, 4, 5, 6, 7];
    expect(said('same as last week', [...week, 8, null], 7)).toEqual([3, 4, 5, 6, 7, 8, 2]);
    expect(said('same as last week', [1, 2], 7)).toEqual([2, 2, 2, 2, 2, 1, 2]);
  });
});
