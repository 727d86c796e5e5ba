import { gammaln } from 'simple-statistics';

/** Quantile of Student's t where that of the normal distribution is z (Abramowitz and Stegun 1964, 26.7.5); for 3 and more degrees of freedom. */
export function studentQuantile(z: number, freedoms: number): number {
  const square = z * z;
  const first = (square + 1) / 4;
  const second = ((5 * square + 16) * square + 3) / 96;
  const third = (((3 * square + 19) * square + 17) * square - 15) / 384;
  return z * (1 + (first + (second + third / freedoms) / freedoms) / freedoms);
}

/** Share of Student's t that lies above a value. */
export function studentTail(t: number, freedoms: number): number {
  const outside = incompleteBeta(freedoms / (freedoms + t * t), freedoms / 2, 0.5) / 2;
  return t > 0 ? outside : 1 - outside;
}

/** Regularised, by its continued fraction (Lentz 1976; Abramowitz and Stegun 1964, 26.5.8). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(a * Math.log(x) + b * Math.log(1 - x) + gammaln(a + b) - gammaln(a) - gammaln(b)) / a;
  let [c, d] = [1, 1 / (1 - ((a + b) * x) / (a + 1))];
  let fraction = d;
  for (let m = 1; m <= 300; m++) {
    for (const term of [
      (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)),
      (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)),
    ]) {
      c = 1 + term / c;
      d = 1 / (1 + term * d);
      fraction *= c * d;
    }
    if (Math.abs(c * d - 1) < 1e-12) break;
  }
  return front * fraction;
}
