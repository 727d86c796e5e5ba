import fc from 'fast-check';
import { fromMinute, toMinute } from './minute';

describe('toMinute', () => {
  it('should count whole minutes since 1970', () => {
    expect(toMinute(new Date('2026-05-10T04:02:59.999Z'))).toBe(29_639_762);
  });

  it('should be undone by fromMinute', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2_000_000_000 }), (minute) => {
        expect(toMinute(fromMinute(minute))).toBe(minute);
      }),
    );
  });
});
