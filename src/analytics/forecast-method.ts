/**
 * A way to forecast a series that is shown to it one day after the other. It never sees the future, so that one pass over a series
 * gives its forecasts from every day on. `observe` comes before the first `forecast`.
 */
export interface ForecastMethod {
  name: string;
  /** It knows the days of the week itself, and is not shown a series freed of them. */
  ownWeekdays: boolean;
  observe(value: number): void;
  /** A day of which nothing is known. */
  skip(): void;
  /** Writes the forecasts into a row, each at its place: days after the last one that was observed or skipped, from 1. */
  forecast(row: Float64Array): void;
}
