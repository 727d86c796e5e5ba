import { studentQuantile, studentTail } from './student';

describe("Student's t", () => {
  it.each([
    [1, 6.3138],
    [4, 2.1318],
    [10, 1.8125],
    [30, 1.6973],
    [2.5, 2.5582],
  ])('should leave 5 %% above the tabled value of %d degrees of freedom', (freedoms, value) => {
    expect(studentTail(value, freedoms)).toBeCloseTo(0.05, 3);
    expect(studentTail(-value, freedoms)).toBeCloseTo(0.95, 3);
  });

  it('should leave half above 0', () => {
    expect(studentTail(0, 7)).toBeCloseTo(0.5, 12);
  });

  it.each([
    [3, 3.1824],
    [5, 2.5706],
    [20, 2.086],
    [1e9, 1.96],
  ])('should give the tabled 97.5th percentile of %d degrees of freedom', (freedoms, value) => {
    expect(Math.abs(studentQuantile(1.96, freedoms) / value - 1)).toBeLessThan(0.01);
  });
});
