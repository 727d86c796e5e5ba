import fc from 'fast-check';
import { seededRandom } from './random';
import { trend } from './trend';

const noise = (days: number, seed = 1) => {
  const random = seededRandom(seed);
  return Array.from({ length: days }, () => random() + random() + random() - 1.5);
};
/** Each value 0.8 of the one before. */
const wandering = (days: number, seed: number) => {
  let last = 0;
  return noise(days, seed).map((fresh) => (last = 0.8 * last + fresh));
};

describe('trend', () => {
  it('should bound nothing of days that are worth too few independent ones', () => {
    const found = trend(Array.from({ length: 20 }, (_, day) => 10 * Math.sin(day / 6)));
    expect([found?.lower, found?.upper, found?.direction]).toEqual([-Infinity, Infinity, 'none']);
  });

  it('should give the slope of a line, its change and no width', () => {
    expect(trend(Array.from({ length: 30 }, (_, day) => 5 + 2 * day))).toMatchObject({
      slope: 2,
      lower: 2,
      upper: 2,
      change: { days: 29, value: 58, lower: 58, upper: 58 },
      direction: 'rising',
      n: 30,
    });
  });

  it('should find a fall in noise, with an interval around it', () => {
    const found = trend(noise(90).map((value, day) => value - 0.05 * day));
    expect(found?.direction).toBe('falling');
    expect(found?.lower).toBeLessThan(-0.05);
    expect(found?.upper).toBeGreaterThan(-0.05);
    expect(found?.upper).toBeLessThan(0);
    expect(found?.pValue).toBeLessThan(0.001);
  });

  it('should say none of a constant series', () => {
    expect(trend(Array.from({ length: 30 }, () => 7))).toMatchObject({
      slope: 0,
      lower: 0,
      upper: 0,
      pValue: 1,
      direction: 'none',
    });
  });

  it('should not be moved by a few wild values', () => {
    const line = noise(60).map((value, day) => (day % 20 === 7 ? 1e6 : value + day));
    expect(trend(line)?.slope).toBeCloseTo(1, 1);
  });

  it('should count days and not places when some are unknown', () => {
    const line = Array.from({ length: 40 }, (_, day) => (day % 3 === 0 || day < 4 ? null : 2 * day));
    expect(trend(line)).toMatchObject({ slope: 2, change: { days: 34, value: 68 }, n: 24 });
  });

  it('should count days that are alike as fewer', () => {
    const [apart, alike] = [trend(noise(90)), trend(wandering(90, 1))];
    expect(apart?.effectiveN).toBeGreaterThan(50);
    expect(alike?.effectiveN).toBeLessThan(25);
  });

  it('should show a trend in about 5 % of flat series that wander, and no more', () => {
    const series = 400;
    const found = Array.from({ length: series }, (_, seed) => trend(wandering(90, seed))).filter(
      (each) => each?.direction !== 'none',
    );
    expect(found.length / series).toBeLessThan(0.08);
    expect(found.length / series).toBeGreaterThan(0.01);
  });

  it('should be null with fewer than 14 known days', () => {
    expect(trend([])).toBeNull();
    expect(trend([...Array.from({ length: 13 }, (_, day) => day), null, null])).toBeNull();
    expect(trend(Array.from({ length: 14 }, (_, day) => day))).not.toBeNull();
  });

  it('should be finite and ordered, and turn over with the series', () => {
    const values = fc.array(fc.option(fc.integer({ min: -1000, max: 1000 }), { freq: 5 }), { maxLength: 70 });
    fc.assert(
      fc.property(values, (series) => {
        const found = trend(series);
        const turned = trend(series.map((value) => (value === null ? null : -value)));
        if (!found || !turned) return;
        expect(Object.values(found.change).every(Number.isFinite)).toBe(true);
        expect(found.lower <= found.slope && found.slope <= found.upper).toBe(true);
        expect(found.pValue >= 0 && found.pValue <= 1).toBe(true);
        expect(found.slope + turned.slope).toBeCloseTo(0, 9);
        expect(found.lower + turned.upper).toBeCloseTo(0, 9);
        expect(found.pValue).toBeCloseTo(turned.pValue, 9);
      }),
    );
  });
});
