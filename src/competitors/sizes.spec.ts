import fc from 'fast-check';
import { ratioSimilarity, sizesOf, sizeSimilarity } from './sizes';

describe('sizesOf', () => {
  it.each([
    ['Kettle 1.7 l steel', [['volume', 1.7]]],
    ['Wasserkocher 1,7l', [['volume', 1.7]]],
    [
      'Cable 150 cm (3 pack)',
      [
        ['length', 1.5],
        ['pieces', 3],
      ],
    ],
    ['Pack of 12 pens', [['pieces', 12]]],
    [
      'Phone 128GB 5000mAh',
      [
        ['memory', 128],
        ['charge', 5000],
      ],
    ],
    ['USB 3 hub for 4 ports', []],
    ['constructor 5 valueof', []],
  ])('should read %s', (title, sizes) => {
    expect([...sizesOf(title)]).toEqual(sizes);
  });
});

describe('sizeSimilarity', () => {
  it('should be null where no kind is named by both', () => {
    expect(sizeSimilarity(sizesOf('1 l'), sizesOf('2 m'))).toBeNull();
  });

  it('should be the ratio, whatever the units', () => {
    expect(sizeSimilarity(sizesOf('500 ml'), sizesOf('1 l'))).toBeCloseTo(0.5, 12);
  });
});

describe('ratioSimilarity', () => {
  it('should be between 0 and 1, the same both ways, and 1 for equal numbers', () => {
    const size = fc.double({ min: 0.001, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(size, size, (a, b) => {
        const similarity = ratioSimilarity(a, b);
        expect(similarity).toBeGreaterThan(0);
        expect(similarity).toBeLessThanOrEqual(1);
        expect(similarity).toBe(ratioSimilarity(b, a));
        expect(ratioSimilarity(a, a)).toBe(1);
      }),
    );
  });
});
