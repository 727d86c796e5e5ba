import { types } from 'pg';

const TIMESTAMPTZ = 1184;

type Parsers = (type: number, format?: 'text' | 'binary') => (text: string) => unknown;

/** For statements whose times go straight to the wire: as ISO 8601 text, without a Date made of each on the way. */
export const ISO_TIMES = {
  getTypeParser: (type: number, format?: 'text' | 'binary') =>
    type === TIMESTAMPTZ ? toIsoTime : (types.getTypeParser as Parsers)(type, format),
};

/** `2026-11-25 09:45:00.123456+00`, as PostgreSQL writes it, to the millisecond. */
export function toIsoTime(text: string): string {
  if (text.length < 22 || text[10] !== ' ' || !text.endsWith('+00')) return new Date(text).toISOString();
  const fraction = text[19] === '.' ? text.slice(20, -3).padEnd(3, '0').slice(0, 3) : '000';
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction}Z`;
}
