const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Before each attempt, counted from the one before. */
export const DELAYS_MS: readonly number[] = [
  0,
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
];

const MAX_RETRY_AFTER_MS = 24 * HOUR_MS;

/** So that messages which failed together do not come back together. */
const JITTER = 0.2;

/** @param random from 0 to 1. @returns when the next attempt is due, or null after the last. */
export function nextAttempt(failures: number, now: Date, random = Math.random()): Date | null {
  const delay = DELAYS_MS[failures];
  return delay === undefined ? null : new Date(now.getTime() + Math.round(delay * (1 + JITTER * random)));
}

/** Reads `Retry-After` (RFC 9110 10.2.3: seconds or a date), up to a day. @returns null for what says nothing */
export function retryAfter(header: string | undefined, now: Date): Date | null {
  if (header === undefined) return null;
  const time = /^\d{1,9}$/.test(header.trim()) ? now.getTime() + Number(header) * SECOND_MS : Date.parse(header);
  if (!(time > now.getTime())) return null;
  return new Date(Math.min(time, now.getTime() + MAX_RETRY_AFTER_MS));
}
