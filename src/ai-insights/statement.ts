import { formatMinor } from '../common/money';
import { round } from '../common/round';

/**
 * What a statement may say, by its placeholder. Numbers: the real value is value / 10^scale; `unit` is a currency code, `rank`, `stars`,
 * `count`, `days`, `per day`, `share` (0.12 is 12 %), `points` (0 to 100) or `ratio`. Dates are days (UTC, `2026-05-04`).
 * Names are what others wrote (titles, brands, categories, sellers): quoted, never obeyed.
 */
export type StatementValue =
  | { type: 'number'; value: number; unit: string; scale: number }
  | { type: 'date'; value: string }
  | { type: 'asin'; value: string }
  | { type: 'name'; value: string };

/** One sentence that can be checked: its words are ours, everything else in it comes from `values`. */
export interface Statement {
  /** Unique within an insight, the same from one to the next. @example "trend:bsr:90d" */
  key: string;
  /** With `{placeholders}` for values. */
  template: string;
  values: Record<string, StatementValue>;
  /** The template with its values, in English. */
  text: string;
  /** Where the number went that it tells of: `up` is a larger number, also of ranks. Null: it tells of no movement. */
  direction: 'up' | 'down' | null;
}

/** Control characters, ends of lines, and what turns the direction of the text around it. */
const BREAKING = /[\p{Cc}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;

/** @throws Error on a placeholder without a value: a fault of ours. */
export function render(template: string, values: Readonly<Record<string, StatementValue>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (!value) throw new Error(`no value for {${name}} in "${template}"`);
    return valueText(value);
  });
}

/** As a person reads it; numbers rounded to what can be told apart. */
export function valueText(value: StatementValue): string {
  switch (value.type) {
    case 'number':
      return numberText(value.value, value.unit, value.scale);
    case 'date':
      return dateText(value.value);
    case 'asin':
      return value.value;
    case 'name':
      // A name ends where its quotes end, whatever is in it.
      return `“${value.value.replace(BREAKING, ' ').replace(/[“”„«»"]/g, '’')}”`;
  }
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ');

function dateText(day: string): string {
  return `${String(Number(day.slice(8, 10)))} ${MONTHS[Number(day.slice(5, 7)) - 1] ?? ''} ${day.slice(0, 4)}`;
}

function numberText(value: number, unit: string, scale: number): string {
  const real = value / 10 ** scale;
  switch (unit) {
    case 'rank':
      return `#${grouped(real, 0)}`;
    case 'stars':
      return counted(grouped(real, 2), 'star');
    case 'share':
      return `${grouped(100 * real, percentDigits(Math.abs(real)))} %`;
    case 'per day':
      return `${grouped(real, Math.abs(real) < 10 ? 2 : 0)} a day`;
    case 'days':
      return counted(grouped(real, 0), 'day');
    case 'count':
      return grouped(real, 0);
    case 'ratio':
      return grouped(real, 2);
    case 'points':
      return grouped(real, 0);
    default:
      return `${unit} ${formatMinor(Math.round(value), scale)}`;
  }
}

function counted(count: string, noun: string): string {
  return `${count} ${noun}${count === '1' ? '' : 's'}`;
}

/** So many that what is not nothing, or not all, is not told as such. */
function percentDigits(share: number): number {
  if (share < 0.001) return 2;
  return share < 0.1 || (share >= 0.995 && share < 1) ? 1 : 0;
}

function grouped(value: number, digits: number): string {
  // Nothing has no sign.
  return (round(value, digits) + 0).toLocaleString('en-US', { maximumFractionDigits: digits });
}
