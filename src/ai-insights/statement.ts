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
      return `“${value.value.replace(/[“”„«»"]/g, '’')}”`;
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
      return `${grouped(real, 2)} stars`;
    case 'share':
      return `${grouped(100 * real, Math.abs(real) < 0.1 ? 1 : 0)} %`;
    case 'per day':
      return `${grouped(real, Math.abs(real) < 10 ? 2 : 0)} a day`;
    case 'days':
      return `${grouped(real, 0)} ${real === 1 ? 'day' : 'days'}`;
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

function grouped(value: number, digits: number): string {
  return round(value, digits).toLocaleString('en-US', { maximumFractionDigits: digits });
}
