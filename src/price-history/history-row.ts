import { parseIsoTime } from '../common/iso-time';
import { Marketplace } from '../common/marketplace';
import { Metric, METRIC_NAMES } from '../common/metric';
import { unitOf } from '../common/metric-unit';
import { fromMinute, toMinute } from '../common/minute';
import { formatMinor, parseMinor } from '../common/money';
import { SOURCE_IDS, SourceName } from '../marketplace-data/marketplace-data';

/** One change point as it stands in our CSV and NDJSON files. */
export interface HistoryRow {
  metric: Metric;
  minute: number;
  value: number | null;
  until: number;
  source: SourceName;
  recordedAt: Date;
}

/**
 * Columns of the CSV and keys of the NDJSON. `value` is decimal text in the currency for money, stars for ratings, and an
 * integer otherwise; empty (NDJSON: null) means known to be absent. `confirmed_until`, `source` and `recorded_at` may be left out.
 */
export const HISTORY_COLUMNS = [
  'asin',
  'marketplace',
  'metric',
  'time',
  'value',
  'confirmed_until',
  'source',
  'recorded_at',
] as const;
type Column = (typeof HISTORY_COLUMNS)[number];

const METRIC_SET: ReadonlySet<string> = new Set(METRIC_NAMES);

export function writeRow(row: HistoryRow, asin: string, marketplace: Marketplace): Record<Column, string | null> {
  return {
    asin,
    marketplace,
    metric: row.metric,
    time: fromMinute(row.minute).toISOString(),
    value: row.value === null ? null : formatMinor(row.value, unitOf(row.metric, marketplace).scale),
    confirmed_until: fromMinute(row.until).toISOString(),
    source: row.source,
    recorded_at: row.recordedAt.toISOString(),
  };
}

/**
 * The inverse of `writeRow`, for a file from anywhere.
 * @returns the row, or why it cannot be used
 */
export function readRow(record: unknown, asin: string, marketplace: Marketplace, now: Date): HistoryRow | string {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) return 'is not an object';
  const cells = record as Record<string, unknown>;
  const odd = HISTORY_COLUMNS.find((column) => !isCell(cells[column]));
  if (odd) return `${odd}: must be a text or a number`;
  const cell = (column: Column): string => {
    const value = cells[column];
    return isCell(value) ? String(value ?? '').trim() : '';
  };
  if (cell('asin') !== '' && cell('asin') !== asin) return 'asin: is of another listing';
  if (cell('marketplace') !== '' && cell('marketplace') !== marketplace) return 'marketplace: is of another listing';
  const metric = cell('metric');
  if (!isMetric(metric)) return `metric: must be one of ${METRIC_NAMES.join(', ')}`;
  const minute = minuteOf(cell('time'), now);
  if (minute === null) return 'time: must be an ISO 8601 time that is not in the future';
  // A value that is not told is not one that is known to be absent.
  if (cells['value'] === undefined) return 'value: is not there; leave it empty where the value is known to be absent';
  const text = cell('value');
  const value = text === '' ? null : parseMinor(text, unitOf(metric, marketplace).scale);
  if (text !== '' && value === null) {
    return `value: must be a number from 0 with at most ${unitOf(metric, marketplace).scale} decimals, or empty`;
  }
  if (metric === 'rating' && value !== null && value > 50) return 'value: a rating is at most 5';
  const until = cell('confirmed_until') === '' ? minute : minuteOf(cell('confirmed_until'), now);
  if (until === null || until < minute) return 'confirmed_until: must be an ISO 8601 time from time up to now';
  const source = cell('source') === '' ? 'import' : cell('source');
  if (!isSource(source)) return `source: must be one of ${Object.keys(SOURCE_IDS).join(', ')}`;
  const recordedAt = cell('recorded_at') === '' ? now : timeOf(cell('recorded_at'));
  if (!recordedAt || recordedAt > now) return 'recorded_at: must be an ISO 8601 time that is not in the future';
  return { metric, minute, value, until, source, recordedAt };
}

function isMetric(text: string): text is Metric {
  return METRIC_SET.has(text);
}

function isSource(text: string): text is SourceName {
  return Object.hasOwn(SOURCE_IDS, text);
}

function isCell(value: unknown): value is string | number | null | undefined {
  return typeof value === 'string' || typeof value === 'number' || value === null || value === undefined;
}

function timeOf(text: string): Date | null {
  const time = parseIsoTime(text);
  return time === null || time.getTime() < 0 ? null : time;
}

function minuteOf(text: string, now: Date): number | null {
  const time = timeOf(text);
  return time === null || time > now ? null : toMinute(time);
}
