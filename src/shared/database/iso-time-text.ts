/** `2026-11-25T09:45:00.123456+00:00`, as PostgreSQL writes times into JSON, in UTC to the millisecond, without a Date made of each. */
export function toIsoTime(text: string): string {
  if (text.length < 25 || text[10] !== 'T' || !text.endsWith('+00:00')) return new Date(text).toISOString();
  const fraction = text[19] === '.' ? text.slice(20, -6).padEnd(3, '0').slice(0, 3) : '000';
  return `${text.slice(0, 19)}.${fraction}Z`;
}
