import fc from 'fast-check';
import { changePoints } from './change-points';

const level = (value: number, times: number) => Array.from({ length: times }, () => value);
/** Repeating noise of mean 0 that does not wander. */
const noisy = (values: number[]) => values.map((value, index) => value + ([0.5, -1, 1, -0.5, 0][index % 5] ?? 0));

describe('changePoints', () => {
  it('should find nothing in what is constant, whatever it is and on whatever scale', () => {
    const value = fc.oneof(fc.integer({ min: 1, max: 2_000_000_000 }), fc.double({ min: 1e-6, max: 1e9, noNaN: true }));
    fc.assert(
      fc.property(
        value,
        fc.integer({ min: 15, max: 200 }),
        fc.constantFrom(Number, Math.log, Math.sqrt),
        (each, times, scale) => {
          expect(changePoints(level(scale(each), times))).toEqual([]);
        },
      ),
    );
  });

  it('should find a clean step, and say what was before and after', () => {
    expect(changePoints([...level(100, 20), ...level(80, 15)])).toEqual([
      { index: 20, before: 100, after: 80, statistic: Infinity },
    ]);
  });

  it('should take no odd value amid equal ones for a level, wherever it is', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 15, max: 200 }),
        fc.nat(199),
        fc.constantFrom(1, 2),
        fc.integer({ min: -900, max: 5000 }).filter((away) => away !== 0),
        (count, place, odd, away) => {
          const values = level(1499, count).map((value, index) =>
            index >= place % count && index < (place % count) + odd ? value + away : value,
          );
          expect(changePoints(values)).toEqual([]);
        },
      ),
    );
  });

  it('should find several steps in noise, each from the one before to the next', () => {
    const found = changePoints(noisy([...level(10, 30), ...level(20, 30), ...level(15, 30)]));
    expect(found.map(({ index, before, after }) => [index, Math.round(before), Math.round(after)])).toEqual([
      [30, 10, 20],
      [60, 20, 15],
    ]);
  });

  it('should leave out unknown times and count places as they were given', () => {
    const values = [...level(1, 10), null, null, null, ...level(5, 10)];
    expect(changePoints(values).map(({ index }) => index)).toEqual([13]);
  });

  it.each([
    ['no values', []],
    ['nothing known', [null, null, null]],
    ['one level', level(7, 100)],
    ['noise', noisy(level(7, 100))],
    ['what is too short for a level', [...level(1, 7), ...level(9, 7)]],
    ['a wave, of which each value foretells the next', Array.from({ length: 60 }, (_, index) => Math.sin(index / 10))],
  ])('should find nothing in %s', (_, values) => {
    expect(changePoints(values)).toEqual([]);
  });

  it('should not be moved by units', () => {
    const value = fc.integer({ min: 0, max: 50 });
    fc.assert(
      fc.property(fc.array(value, { maxLength: 80 }), fc.integer({ min: 1, max: 8 }), (values, power) => {
        const places = (list: number[]) => changePoints(list).map(({ index }) => index);
        // Powers of two, by which floating point multiplies without a rest.
        expect(places(values.map((each) => each * 2 ** power))).toEqual(places(values));
      }),
    );
  });
});
