import fc from 'fast-check';
import { isAsin, normalizeAsin } from './asin';

describe('isAsin', () => {
  it.each(['B08N5WRWNW', 'B000000000', '0131103628', '043942089X'])('should accept %s', (asin) => {
    expect(isAsin(asin)).toBe(true);
  });

  it.each([
    '',
    'B08N5WRWN',
    'B08N5WRWNW1',
    'C08N5WRWNW',
    'b08n5wrwnw',
    '0131103629',
    '04394208XX',
    'B0 N5WRWNW',
    'B08N5WRWNÜ',
  ])('should refuse %p', (asin) => {
    expect(isAsin(asin)).toBe(false);
  });

  it('should refuse an ISBN-10 in which any one digit is changed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 1, max: 9 }), (place, shift) => {
        const digits = [...'0131103628'];
        digits[place] = String((Number(digits[place]) + shift) % 10);
        expect(isAsin(digits.join(''))).toBe(false);
      }),
    );
  });
});

describe('normalizeAsin', () => {
  it('should trim and upper-case', () => {
    expect(normalizeAsin(' b08n5wrwnw\n')).toBe('B08N5WRWNW');
  });
});
