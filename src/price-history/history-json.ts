import { PriceHistoryView, SeriesView } from './dto/price-history.view';

/**
 * The JSON text of a PriceHistoryView. A history is mostly points, and to write them straight from minutes and values takes a
 * third of the time of making pairs of them and these into text.
 */
export function historyJson(head: Omit<PriceHistoryView, 'series'>, series: readonly string[]): string {
  return `${open(head)},"series":{${series.join()}}}`;
}

/** One member of `series`. */
export function seriesJson(
  metric: string,
  rest: Omit<SeriesView, 'points'>,
  points: Iterable<{ minute: number; value: number | null }>,
): string {
  let text = '';
  // A minute is 60000 ms. Numbers this small are written faster than those of thirteen digits.
  for (const { minute, value } of points)
    text += `${text === '' ? '' : ','}[${minute === 0 ? '0' : `${String(minute * 6)}0000`},${String(value)}]`;
  return `${JSON.stringify(metric)}:${open(rest)},"points":[${text}]}`;
}

function open(object: object): string {
  return JSON.stringify(object).slice(0, -1);
}
