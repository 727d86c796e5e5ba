import { shareOf } from './candidates';

describe('shareOf', () => {
  it('should take a pair of words for at most as common as the rarer one, and an unknown word for rare', () => {
    const share = shareOf(
      new Map([
        ['usb', 0.2],
        ['cable', 0.1],
      ]),
    );
    expect([share('usb'), share('usb cable'), share('usb zyx')]).toEqual([0.2, 0.1, 0.0001]);
  });
});
