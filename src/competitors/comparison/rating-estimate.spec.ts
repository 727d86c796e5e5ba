import fc from 'fast-check';
import { ratingEstimate } from './rating-estimate';

describe('the estimate of a rating', () => {
  it('should not put 4.9 of 12 ratings above 4.6 of 9,000', () => {
    expect(ratingEstimate(4.9, 12)).toBeCloseTo(4.341, 3);
    expect(ratingEstimate(4.6, 9000)).toBeCloseTo(4.599, 3);
  });

  it('should lie between 3 and the mean, and nearer to the mean the more ratings there are', () => {
    const stars = fc.integer({ min: 10, max: 50 }).map((tenths) => tenths / 10);
    fc.assert(
      fc.property(stars, fc.nat(1e6), fc.integer({ min: 1, max: 1e6 }), (mean, count, more) => {
        const far = Math.abs(ratingEstimate(mean, count) - mean);
        const near = Math.abs(ratingEstimate(mean, count + more) - mean);
        expect(far).toBeLessThanOrEqual(Math.abs(3 - mean) + 1e-12);
        expect(near).toBeLessThanOrEqual(far + 1e-12);
      }),
    );
    expect(ratingEstimate(5, 0)).toBe(3);
  });
});
