import fc from 'fast-check';
import { coMovement } from './co-movement';
import { seededRandom } from './random';

/** A walk of positive values, some 3 % a day. */
function walk(days: number, seed: number): number[] {
  const random = seededRandom(seed);
  let level = 0;
  return Array.from({ length: days }, () => {
    level += 0.06 * (random() + random() + random() - 1.5);
    return 2000 * Math.exp(level);
  });
}

describe('coMovement', () => {
  it('should not tell of changes that are the same each day', () => {
    const doubling = Array.from({ length: 40 }, (_, day) => 2 ** day);
    expect(
      coMovement(
        doubling,
        doubling.map((value) => value * 3),
      ),
    ).toBeNull();
  });

  it('should be 1 of a series and its square, as their changes rank alike', () => {
    const values = walk(60, 1);
    const found = coMovement(
      values,
      values.map((value) => value * value),
    );
    expect(found?.strongest).toMatchObject({ lag: 0, n: 59 });
    expect(found?.strongest.correlation).toBeCloseTo(1, 9);
    expect(found?.direction).toBe('together');
  });

  it('should find what goes the opposite way, and how many days later', () => {
    const values = walk(120, 2);
    const own = walk(120, 3);
    const later = own.map((value, day) => Math.sqrt(value) / (values[day - 2] ?? 2000));
    const found = coMovement(values, later);
    expect(found).toMatchObject({ direction: 'opposite', strongest: { lag: 2 } });
    expect(found?.lags.map(({ lag }) => lag)).toEqual([0, 1, 2, 3]);
    expect(found?.strongest.upper).toBeLessThan(-0.5);
  });

  it('should find no connection in about 95 % of pairs without', () => {
    const pairs = 300;
    const found = Array.from({ length: pairs }, (_, seed) => coMovement(walk(90, 2 * seed), walk(90, 2 * seed + 1)));
    expect(found.filter((each) => each?.direction !== 'none').length / pairs).toBeLessThan(0.08);
  });

  it('should compare only days that follow each other and are known of both', () => {
    const [first, second] = [walk(60, 1), walk(60, 2)];
    const found = coMovement(
      first.map((value, day) => (day === 10 ? null : value)),
      second.map((value, day) => (day === 30 ? null : value)),
    );
    expect(found?.lags[0]?.n).toBe(55);
  });

  it.each([
    ['fewer than 20 joint changes', walk(20, 1), walk(20, 2)],
    ['a series that stands still', walk(60, 1), Array.from({ length: 60 }, () => 5)],
    [
      'a series that moved four times',
      walk(60, 1),
      Array.from({ length: 60 }, (_, day) => 5 + Math.min(4, Math.floor(day / 9))),
    ],
    ['nothing', [], []],
  ])('should be null of %s', (_, first, second) => {
    expect(coMovement(first, second)).toBeNull();
  });

  it('should be finite and hold the correlation in its interval, for whatever series', () => {
    const values = fc.array(fc.option(fc.integer({ min: 0, max: 20 }), { freq: 9 }), { minLength: 30, maxLength: 70 });
    fc.assert(
      fc.property(values, values, (first, second) => {
        for (const { lower, correlation, upper, n, effectiveN } of coMovement(first, second)?.lags ?? []) {
          expect(-1 <= lower && lower <= correlation && correlation <= upper && upper <= 1).toBe(true);
          expect(effectiveN <= n).toBe(true);
        }
      }),
    );
  });
});
