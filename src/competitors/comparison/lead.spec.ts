import fc from 'fast-check';
import { Segment } from '../../common/series';
import { leadOf } from './lead';

const of = (...steps: [start: number, end: number, value: number | null][]): Segment[] =>
  steps.map(([start, end, value]) => ({ start, end, value }));

describe('who leads, and since when', () => {
  it('should go back to when the order last changed', () => {
    const series = new Map([
      ['a', of([0, 50, 20], [50, 100, 8])],
      ['b', of([0, 100, 10])],
    ]);
    expect(leadOf(series, 'lower', 0, 100)).toEqual({ leaders: ['a'], since: 50, atLeast: false });
    expect(leadOf(series, 'higher', 0, 100)).toEqual({ leaders: ['b'], since: 50, atLeast: false });
  });

  it('should go past changes that leave the order as it is', () => {
    const series = new Map([
      ['a', of([0, 30, 20], [30, 60, 9], [60, 100, 7])],
      ['b', of([0, 40, 10], [40, 100, 11])],
    ]);
    expect(leadOf(series, 'lower', 0, 100)).toEqual({ leaders: ['a'], since: 30, atLeast: false });
  });

  it('should say "at least" where a value is not known before', () => {
    const series = new Map([
      ['a', of([0, 100, 5])],
      ['b', of([0, 40, 4], [60, 100, 6])],
    ]);
    expect(leadOf(series, 'lower', 0, 100)).toEqual({ leaders: ['a'], since: 60, atLeast: true });
    expect(leadOf(new Map([['a', of([10, 100, 5])]]), 'lower', 0, 100)).toEqual({
      leaders: ['a'],
      since: 10,
      atLeast: true,
    });
  });

  it('should let nobody lead by having nothing', () => {
    const series = new Map([
      ['a', of([0, 100, null])],
      ['b', of([0, 50, null], [50, 100, 9])],
    ]);
    expect(leadOf(series, 'lower', 0, 100)).toEqual({ leaders: ['b'], since: 50, atLeast: false });
    expect(leadOf(new Map([['a', of([0, 100, null])]]), 'lower', 0, 100)).toBeNull();
    expect(leadOf(new Map(), 'lower', 0, 100)).toBeNull();
  });

  it('should take values within the tolerance for equal', () => {
    const series = new Map([
      ['a', of([0, 100, 4.52])],
      ['b', of([0, 100, 4.55])],
      ['c', of([0, 100, 4.3])],
    ]);
    expect(leadOf(series, 'higher', 0.05, 100)?.leaders).toEqual(['a', 'b']);
  });

  it('should agree with looking at every minute', () => {
    const steps = fc.array(
      fc.record({
        length: fc.integer({ min: 1, max: 6 }),
        value: fc.option(fc.integer({ min: 1, max: 4 })),
        gap: fc.integer({ min: 0, max: 1 }),
      }),
      { minLength: 1, maxLength: 6 },
    );
    const series = steps.map((list): Segment[] => {
      let end = 40;
      const segments: Segment[] = [];
      for (const { length, value, gap } of list) {
        segments.unshift({ start: end - length, end, value });
        end -= length + gap;
      }
      return segments;
    });
    fc.assert(
      fc.property(fc.array(series, { minLength: 1, maxLength: 4 }), (all) => {
        const known = new Map(all.map((segments, index) => [String(index), segments]));
        // From minute `at` on the value of the segment that covers [at, at + 1).
        const during = (at: number) => {
          const values = [...known].map(([key, segments]) => ({
            key,
            segment: segments.find(({ start, end }) => start <= at && at < end),
          }));
          if (values.some(({ segment }) => segment === undefined)) return undefined;
          const best = Math.min(...values.map(({ segment }) => segment?.value ?? Infinity));
          return best === Infinity
            ? ''
            : values
                .filter(({ segment }) => segment?.value === best)
                .map(({ key }) => key)
                .join();
        };
        const now = during(39);
        let since = 39;
        while (during(since - 1) === now) since -= 1;
        const expected =
          now === '' || now === undefined
            ? null
            : { leaders: now.split(','), since, atLeast: during(since - 1) === undefined };
        expect(leadOf(known, 'lower', 0, 40)).toEqual(expected);
      }),
    );
  });
});
