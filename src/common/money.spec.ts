import fc from 'fast-check';
import { formatMinor, moneyView, parseMinor } from './money';

describe('formatMinor', () => {
  it.each([
    [1599, 2, '15.99'],
    [5, 2, '0.05'],
    [0, 2, '0.00'],
    [2530, 0, '2530'],
    [-1599, 2, '-15.99'],
    [43, 1, '4.3'],
  ])('should write %d with %d decimals as %s', (minor, exponent, text) => {
    expect(formatMinor(minor, exponent)).toBe(text);
  });
});

describe('parseMinor', () => {
  it.each([
    ['15.99', 2, 1599],
    ['15.9', 2, 1590],
    ['15', 2, 1500],
    ['2530', 0, 2530],
    ['21474836.47', 2, 2_147_483_647],
  ])('should read %s with %d decimals as %d', (text, exponent, minor) => {
    expect(parseMinor(text, exponent)).toBe(minor);
  });

  it.each(['15.999', '-1', '1,5', '1e3', '', '.5', '21474836.48', 'NaN', ' 1'])('should refuse %p', (text) => {
    expect(parseMinor(text, 2)).toBeNull();
  });

  it('should refuse decimals of a currency that has none', () => {
    expect(parseMinor('2530.0', 0)).toBeNull();
  });

  it('should read back what formatMinor wrote', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2_147_483_647 }), fc.constantFrom(0, 1, 2), (minor, exponent) => {
        expect(parseMinor(formatMinor(minor, exponent), exponent)).toBe(minor);
      }),
    );
  });
});

describe('moneyView', () => {
  it('should give yen no decimals', () => {
    expect(moneyView(2530, 'JP')).toEqual({ minor: 2530, amount: '2530', currency: 'JPY' });
  });
});
