/** To so many decimals. */
export function round(value: number, digits: number): number {
  const factor = 10 ** digits;
  return Math.round(value * factor) / factor;
}

/** To six significant digits, and every one before the point: more is noise of floating point. */
export function withoutNoise(value: number): number {
  const whole = Math.ceil(Math.log10(Math.abs(value) + 1));
  return Number(value.toPrecision(Math.max(6, whole)));
}
