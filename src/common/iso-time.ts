/** A date, or a date and a time with their zone: without one a text would mean another time on another machine. */
const ISO_TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d))?$/;

/** Said of a text that is none. */
export const IS_NO_TIME = 'must be a date, or a time with its zone, in ISO 8601: 2026-01-31 or 2026-01-31T08:00:00Z';

/** The time of an ISO 8601 text, or null when it is none. A date alone is its midnight in UTC. */
export function parseIsoTime(text: string): Date | null {
  if (!ISO_TIME.test(text)) return null;
  const time = new Date(text);
  // Date takes the 30th of February for the 2nd of March.
  const midnight = new Date(text.slice(0, 10));
  const exists = midnight.getUTCDate() === Number(text.slice(8, 10));
  return exists && !Number.isNaN(time.getTime()) ? time : null;
}
