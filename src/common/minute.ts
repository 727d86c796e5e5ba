/** History counts time in whole minutes since 1970-01-01T00:00Z; an int4 lasts until the year 6053. */
const MINUTE_MS = 60_000;

/** With its fraction. */
export function exactMinute(time: Date): number {
  return time.getTime() / MINUTE_MS;
}

export function toMinute(time: Date): number {
  return Math.floor(exactMinute(time));
}

/** Few minutes are named over and over: those of the last checks, and of changes that many people look at. */
const named = new Map<number, string>();
const MOST_NAMED = 50_000;

/** The minute in ISO 8601. */
export function isoMinute(minute: number): string {
  let text = named.get(minute);
  if (text === undefined) {
    if (named.size >= MOST_NAMED) named.clear();
    text = fromMinute(minute).toISOString();
    named.set(minute, text);
  }
  return text;
}

export function fromMinute(minute: number): Date {
  return new Date(minute * MINUTE_MS);
}
