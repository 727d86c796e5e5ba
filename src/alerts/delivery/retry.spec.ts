import fc from 'fast-check';
import { DELAYS_MS, nextAttempt, retryAfter } from './retry';

const NOW = new Date('2026-11-24T12:00:00Z');
const after = (ms: number) => new Date(NOW.getTime() + ms);

describe('nextAttempt', () => {
  it('should come never before the planned delay, and at most a fifth of it later', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.double({ min: 0, max: 1, noNaN: true }), (failures, random) => {
        const delay = DELAYS_MS[failures] ?? 0;
        const waits = (nextAttempt(failures, NOW, random)?.getTime() ?? 0) - NOW.getTime();
        expect(waits).toBeGreaterThanOrEqual(delay);
        expect(waits).toBeLessThanOrEqual(1.2 * delay);
      }),
    );
  });

  it('should not come after ten failures', () => {
    expect(nextAttempt(9, NOW, 0)).toEqual(after(24 * 3_600_000));
    expect(nextAttempt(10, NOW)).toBeNull();
  });
});

describe('retryAfter', () => {
  it.each([
    ['120', after(120_000)],
    [' 5 ', after(5000)],
    ['Tue, 24 Nov 2026 12:10:00 GMT', after(600_000)],
    ['999999999', after(86_400_000)],
    ['Fri, 31 Dec 9999 23:59:59 GMT', after(86_400_000)],
    ['Tue, 24 Nov 2026 11:00:00 GMT', null],
    ['0', null],
    ['-5', null],
    ['soon', null],
    ['', null],
    [undefined, null],
  ])('should read %p', (header, expected) => {
    expect(retryAfter(header, NOW)).toEqual(expected);
  });
});
