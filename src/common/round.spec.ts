import fc from 'fast-check';
import { withoutNoise } from './round';

describe('a number without noise', () => {
  it.each([
    [1_234_567, 1_234_567],
    [1_234_567.89, 1_234_568],
    [-12_345_678.9, -12_345_679],
    [123_456.78, 123_457],
    [0.123_456_789, 0.123_457],
    [0.1 + 0.2, 0.3],
    [0, 0],
  ])('should make %d of %d', (value, expected) => {
    expect(withoutNoise(value)).toBe(expected);
  });

  it('should keep every whole number, and be off by half a unit of the sixth digit at most', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (whole) => {
        expect(withoutNoise(whole)).toBe(whole);
      }),
    );
    fc.assert(
      fc.property(fc.double({ min: -1e12, max: 1e12, noNaN: true }), (value) => {
        expect(Math.abs(withoutNoise(value) - value)).toBeLessThanOrEqual(
          Math.min(0.5, Math.abs(value) * 5.000_001e-6) + Number.MIN_VALUE,
        );
      }),
    );
  });
});
