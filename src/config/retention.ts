import { Metric, METRIC_NAMES } from '../common/metric';

const LEAST_DAYS = 60;
const MOST_DAYS = 36_500;

/**
 * Reads `bsr:365,stock:180`: days that the history of single metrics is kept.
 * @throws Error that says what is wrong
 */
export function parseRetention(text: string): Partial<Record<Metric, number>> {
  const days: Partial<Record<Metric, number>> = {};
  for (const part of text.split(',').map((item) => item.trim())) {
    if (part === '') continue;
    const [, name, digits] = /^(\w+)\s*:\s*(\d{1,5})$/.exec(part) ?? [];
    const metric = METRIC_NAMES.find((known) => known === name);
    const count = Number(digits);
    if (!metric || count < LEAST_DAYS || count > MOST_DAYS) {
      throw new Error(
        `each part is a metric (${METRIC_NAMES.join(', ')}), a colon and ${LEAST_DAYS} to ${MOST_DAYS} days`,
      );
    }
    days[metric] = count;
  }
  return days;
}
