/** History counts time in whole minutes since 1970-01-01T00:00Z; an int4 lasts until the year 6053. */
const MINUTE_MS = 60_000;

export function toMinute(time: Date): number {
  return Math.floor(time.getTime() / MINUTE_MS);
}

export function fromMinute(minute: number): Date {
  return new Date(minute * MINUTE_MS);
}
