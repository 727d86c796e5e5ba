import fc from 'fast-check';
import { toIsoTime } from './iso-time-text';

describe('toIsoTime', () => {
  it.each([
    ['2026-11-25T09:45:00+00:00', '2026-11-25T09:45:00.000Z'],
    ['2026-11-25T09:45:00.1+00:00', '2026-11-25T09:45:00.100Z'],
    ['2026-11-25T09:45:00.123999+00:00', '2026-11-25T09:45:00.123Z'],
    ['2026-11-25T09:45:00+05:30', '2026-11-25T04:15:00.000Z'],
    ['2026-11-25T09:45:00.5-03:00', '2026-11-25T12:45:00.500Z'],
  ])('should read %s', (text, time) => {
    expect(toIsoTime(text)).toBe(time);
  });

  it('should say what a Date says', () => {
    const years = { min: new Date('1970-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true };
    fc.assert(
      fc.property(fc.date(years), (time) => {
        expect(toIsoTime(time.toISOString().replace('Z', '+00:00'))).toBe(time.toISOString());
      }),
    );
  });
});
