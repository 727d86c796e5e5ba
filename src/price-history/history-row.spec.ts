import fc from 'fast-check';
import { METRIC_NAMES, METRICS } from '../common/metric';
import { MARKETPLACE_CODES } from '../common/marketplace';
import { HistoryRow, readRow, writeRow } from './history-row';

const now = new Date('2026-11-24T12:00:00Z');
const good = { metric: 'price', time: '2026-11-01T10:00:00Z', value: '15.99' };
const read = (record: unknown) => readRow(record, 'B08N5WRWNW', 'US', now);

const rows = fc
  .record({
    metric: fc.constantFrom(...METRIC_NAMES),
    minute: fc.integer({ min: 0, max: 29_000_000 }),
    value: fc.option(fc.integer({ min: 0, max: 2_147_483_647 })),
    held: fc.integer({ min: 0, max: 100_000 }),
    source: fc.constantFrom('keepa' as const, 'sandbox' as const, 'import' as const),
    recordedAt: fc.date({ min: new Date(0), max: now, noInvalidDate: true }),
  })
  .map(({ held, ...row }): HistoryRow => {
    const value = row.metric === 'rating' && row.value !== null ? row.value % 51 : row.value;
    return { ...row, value, until: row.minute + held };
  });

describe('readRow', () => {
  it('should read back what writeRow wrote, in every marketplace', () => {
    fc.assert(
      fc.property(rows, fc.constantFrom(...MARKETPLACE_CODES), (row, marketplace) => {
        expect(readRow(writeRow(row, 'B08N5WRWNW', marketplace), 'B08N5WRWNW', marketplace, now)).toEqual(row);
      }),
    );
  });

  it('should fill in what may be left out', () => {
    const minute = Date.UTC(2026, 10, 1, 10) / 60_000;
    expect(read(good)).toEqual({
      metric: 'price',
      minute,
      value: 1599,
      until: minute,
      source: 'import',
      recordedAt: now,
    });
  });

  it('should read an empty value as known to be absent', () => {
    expect(read({ ...good, value: '' })).toMatchObject({ value: null });
  });

  it.each([
    [null, 'is not an object'],
    [{ ...good, asin: 'B000000000' }, 'asin: is of another listing'],
    [{ ...good, marketplace: 'DE' }, 'marketplace: is of another listing'],
    [{ ...good, metric: 'constructor' }, 'metric: must be one of'],
    [{ ...good, time: '2026-13-01' }, 'time: must be'],
    [{ ...good, time: '11/01/2026' }, 'time: must be'],
    [{ ...good, time: '2026-11-01T10:00:00' }, 'time: must be'],
    [{ ...good, time: '2027-01-01T00:00:00Z' }, 'time: must be'],
    [{ ...good, value: '-1' }, 'value: must be'],
    [{ ...good, value: '1.234' }, 'value: must be'],
    [{ ...good, value: '=1+1' }, 'value: must be'],
    [{ ...good, value: true }, 'value: must be a text or a number'],
    [{ ...good, value: { minor: 1599 } }, 'value: must be a text or a number'],
    [{ metric: 'price', time: good.time, price: '15.99' }, 'value: is not there'],
    [{ ...good, time: '2026-02-30T00:00:00Z' }, 'time: must be'],
    [{ ...good, metric: 'rating', value: '5.1' }, 'value: a rating is at most 5'],
    [{ ...good, confirmed_until: '2026-10-01T00:00:00Z' }, 'confirmed_until: must be'],
    [{ ...good, source: '__proto__' }, 'source: must be one of'],
    [{ ...good, recorded_at: 'yesterday' }, 'recorded_at: must be'],
  ])('should say what is wrong with %j', (record, reason) => {
    expect(read(record)).toEqual(expect.stringContaining(reason));
  });

  it('should never throw, whatever it is given', () => {
    fc.assert(
      fc.property(fc.anything(), (record) => {
        const result = read(record);
        expect(typeof result === 'string' || METRICS[result.metric].id > 0).toBe(true);
      }),
    );
  });
});
