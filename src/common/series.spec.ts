import fc from 'fast-check';
import { clip, downsample, knownIn, Point, resample, SeriesPoint, statisticsOf, toSegments } from './series';

const point = (minute: number, value: number | null, until = minute): Point => ({ minute, value, until });

/** Ascending points with confirmations that never pass the next point. */
const points = fc
  .array(
    fc.tuple(
      fc.integer({ min: 1, max: 500 }),
      fc.option(fc.integer({ min: 0, max: 1_000_000 })),
      fc.integer({ min: 0, max: 600 }),
    ),
    {
      maxLength: 60,
    },
  )
  .map((steps) => {
    let minute = 1000;
    const rows = steps.map(([step, value, held]) => {
      minute += step;
      return { minute, value, held };
    });
    return rows.map(({ minute: at, value, held }, index): Point => {
      const next = rows[index + 1]?.minute ?? at + held;
      return { minute: at, value, until: Math.min(at + held, next) };
    });
  });

describe('toSegments', () => {
  it('should carry a value to the next reading that came in time', () => {
    expect(toSegments([point(0, 5), point(360, 6, 720)], 720)).toEqual([
      { start: 0, end: 360, value: 5 },
      { start: 360, end: 720, value: 6 },
    ]);
  });

  it('should leave a gap after a silence that was too long', () => {
    expect(toSegments([point(0, 5, 100), point(1000, 6)], 720)).toEqual([
      { start: 0, end: 100, value: 5 },
      { start: 1000, end: 1000, value: 6 },
    ]);
  });

  it('should never overlap', () => {
    fc.assert(
      fc.property(points, fc.integer({ min: 0, max: 1000 }), (given, hold) => {
        const segments = toSegments(given, hold);
        segments.forEach((segment, index) => {
          expect(segment.end).toBeGreaterThanOrEqual(segment.start);
          expect(segment.end).toBeLessThanOrEqual(segments[index + 1]?.start ?? Infinity);
        });
      }),
    );
  });
});

describe('knownIn', () => {
  it('should name the silence and the time after the last confirmation', () => {
    expect(knownIn(toSegments([point(0, 5, 100), point(1000, 6, 1100)], 720), 0, 2000).gaps).toEqual([
      [100, 1000],
      [1100, 2000],
    ]);
  });

  it('should make up the whole range together with the known time and the time before the first reading', () => {
    fc.assert(
      fc.property(
        points.filter((given) => given.length > 0),
        (given) => {
          const segments = toSegments(given, 60);
          const [from, to] = [900, 40_000];
          const known = clip(segments, from, to).reduce((sum, { start, end }) => sum + end - start, 0);
          const gaps = knownIn(segments, from, to).gaps.reduce((sum, [start, end]) => sum + end - start, 0);
          expect(known + gaps + (segments[0]?.start ?? 0) - from).toBe(to - from);
        },
      ),
    );
  });

  it('should give the share of known time', () => {
    expect(
      knownIn(
        [
          { start: 0, end: 25, value: 1 },
          { start: 50, end: 75, value: null },
        ],
        0,
        100,
      ).coverage,
    ).toBe(0.5);
  });
});

describe('resample', () => {
  it('should weight by time', () => {
    // 18 hours at 100, 6 hours at 200.
    expect(
      resample(
        [
          { start: 0, end: 1080, value: 100 },
          { start: 1080, end: 1440, value: 200 },
        ],
        0,
        1440,
        'day',
      ),
    ).toEqual([{ minute: 0, value: 125 }]);
  });

  it('should leave out a day of which nothing is known', () => {
    expect(
      resample(
        [
          { start: 0, end: 1440, value: 1 },
          { start: 2880, end: 4320, value: 2 },
        ],
        0,
        4320,
        'day',
      ),
    ).toEqual([
      { minute: 0, value: 1 },
      { minute: 2880, value: 2 },
    ]);
  });

  it('should say null for a day on which the value was absent', () => {
    expect(resample([{ start: 0, end: 1440, value: null }], 0, 1440, 'day')).toEqual([{ minute: 0, value: null }]);
  });

  it('should start weeks on Monday', () => {
    const wednesday = Date.UTC(2026, 10, 25) / 60_000;
    const monday = Date.UTC(2026, 10, 23) / 60_000;
    expect(resample([{ start: wednesday, end: wednesday + 60, value: 7 }], wednesday, wednesday + 60, 'week')).toEqual([
      { minute: monday, value: 7 },
    ]);
  });

  it('should stay between the lowest and the highest value', () => {
    fc.assert(
      fc.property(points, (given) => {
        const values = given.flatMap(({ value }) => (value === null ? [] : [value]));
        for (const { value } of resample(toSegments(given, 300), 0, 50_000, 'hour')) {
          if (value === null) continue;
          expect(value).toBeGreaterThanOrEqual(Math.min(...values));
          expect(value).toBeLessThanOrEqual(Math.max(...values));
        }
      }),
    );
  });
});

describe('downsample', () => {
  const series = fc
    .array(fc.option(fc.integer({ min: -1000, max: 1000 })), { minLength: 1, maxLength: 400 })
    .map((values) => values.map((value, index): SeriesPoint => ({ minute: index * 7, value })));

  it('should keep at most so many points, the ends and the extremes', () => {
    fc.assert(
      fc.property(series, fc.integer({ min: 10, max: 50 }), (given, max) => {
        const kept = downsample(given, max);
        const values = (list: SeriesPoint[]) => list.flatMap(({ value }) => (value === null ? [] : [value]));
        expect(kept.length).toBeLessThanOrEqual(max);
        expect(kept[0]).toEqual(given[0]);
        expect(kept.at(-1)).toEqual(given.at(-1));
        expect(Math.max(...values(kept))).toBe(Math.max(...values(given)));
        expect(Math.min(...values(kept))).toBe(Math.min(...values(given)));
      }),
    );
  });

  it('should leave a short series as it is', () => {
    expect(
      downsample(
        [
          { minute: 0, value: 1 },
          { minute: 1, value: null },
        ],
        10,
      ),
    ).toEqual([
      { minute: 0, value: 1 },
      { minute: 1, value: null },
    ]);
  });
});

describe('statisticsOf', () => {
  it('should leave gaps and absences out of the mean', () => {
    const given = [point(0, 100, 60), point(60, null, 120), point(120, 400, 180), point(5000, 700, 5000)];
    expect(statisticsOf(given, toSegments(given, 60), 0, 240)).toEqual({
      min: 100,
      max: 400,
      mean: 250,
      last: 400,
      points: 3,
      coverage: 0.75,
    });
  });

  it('should count the point in force at the start of the range', () => {
    const given = [point(0, 100, 1000)];
    expect(statisticsOf(given, toSegments(given, 60), 500, 1000)).toMatchObject({
      min: 100,
      mean: 100,
      points: 0,
      coverage: 1,
    });
  });

  it('should say null where nothing is known', () => {
    expect(statisticsOf([], [], 0, 100)).toEqual({
      min: null,
      max: null,
      mean: null,
      last: null,
      points: 0,
      coverage: 0,
    });
  });
});
