import { dieboldMariano } from './forecast-skill';
import { seededRandom } from './random';

describe('dieboldMariano', () => {
  it.each([
    ['nothing', [], 1],
    ['what never differs', [0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 1],
    ['the same gain each day', [1, 1, 1, 1, 1, 1, 1, 1, 1, 1], 0],
    ['the same loss each day', [-1, -1, -1, -1, -1, -1, -1, -1, -1, -1], 1],
    ['too few days', [5, 6, 5], 1],
  ])('should tell %s', (_, differences, pValue) => {
    expect(dieboldMariano(differences)).toBe(pValue);
  });

  it('should find a gain that is larger than its noise, on either side', () => {
    const gains = Array.from({ length: 100 }, (_, day) => 1 + Math.sin(day * day));
    expect(dieboldMariano(gains)).toBeLessThan(0.001);
    expect(dieboldMariano(gains.map((gain) => -gain))).toBeGreaterThan(0.999);
  });

  it('should claim skill in about 5 % of series without, though neighbours share most of their days', () => {
    const random = seededRandom(11);
    const series = 600;
    let claimed = 0;
    for (let n = 0; n < series; n++) {
      const fresh = Array.from({ length: 227 }, () => random() + random() + random() - 1.5);
      // Means of 28 days, as those of forecasts that overlap.
      const means = Array.from({ length: 200 }, (_, day) =>
        fresh.slice(day, day + 28).reduce((sum, value) => sum + value, 0),
      );
      if (dieboldMariano(means) < 0.05) claimed += 1;
    }
    expect(claimed / series).toBeGreaterThan(0.02);
    expect(claimed / series).toBeLessThan(0.11);
  });
});
