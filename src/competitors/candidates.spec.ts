import { shareOf } from './candidates';

const common = new Map([
  ['usb', 0.2],
  ['cable', 0.1],
]);

describe('shareOf', () => {
  it('should take a pair of words for at most as common as the rarer one, and an unknown word for rare', () => {
    const share = shareOf(common, 1e12);
    expect(['usb', 'usb cable', 'usb zyx'].map((term) => Number(share(term).toFixed(6)))).toEqual([0.2, 0.1, 0.0001]);
  });

  it('should not take for common in the world what is common among few listings', () => {
    expect(shareOf(common, 10_000)('usb')).toBe(0.1);
    expect(shareOf(common, 100)('usb')).toBeCloseTo(0.2 / 101, 10);
    expect(shareOf(new Map(), 0)('usb')).toBe(0.0001);
  });
});
