import fc from 'fast-check';
import { parseIsoTime } from './iso-time';

describe('parseIsoTime', () => {
  it.each([
    ['2026-11-24', '2026-11-24T00:00:00.000Z'],
    ['2026-11-24T12:30Z', '2026-11-24T12:30:00.000Z'],
    ['2026-11-24T12:30:15.5+02:00', '2026-11-24T10:30:15.500Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
  ])('should read %s', (text, time) => {
    expect(parseIsoTime(text)?.toISOString()).toBe(time);
  });

  it.each([
    '',
    '5',
    'yesterday',
    '24 Nov 2026',
    '11/24/2026',
    '2026-11-24T12:30:00',
    '2026-13-01',
    '2026-02-30',
    '2026-02-30T00:00:00Z',
    '2026-11-24T25:00:00Z',
    '-271821-04-20T00:00:00Z',
  ])('should refuse %s', (text) => {
    expect(parseIsoTime(text)).toBeNull();
  });

  it('should read back every time that it is given', () => {
    const years = { min: new Date('0000-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z') };
    fc.assert(
      fc.property(fc.date({ ...years, noInvalidDate: true }), (time) => {
        expect(parseIsoTime(time.toISOString())).toEqual(time);
      }),
    );
  });
});
