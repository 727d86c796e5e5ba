import { ApiProperty, ApiExtraModels, getSchemaPath } from '@nestjs/swagger';
import { Marketplace } from '../../common/marketplace';
import { Metric } from '../../common/metric';
import { PageView } from '../../common/pagination';
import { CheckResult, SourceName } from '../../marketplace-data/marketplace-data';

export class SeriesView {
  /** Currency code, `rank`, `stars` or `count`. @example "USD" */
  unit: string;
  /** Decimals of the values: the real value is value / 10^scale. @example 2 */
  scale: number;
  /** `[epoch ms, value]`; null means known to be absent. Raw series start with the point in force at `from`. */
  @ApiProperty({
    type: 'array',
    items: { type: 'array', items: { type: 'number', nullable: true }, minItems: 2, maxItems: 2 },
    example: [[1767225600000, 1499]],
  })
  points: [number, number | null][];
  /** Last time at which the last value was seen, epoch ms. */
  confirmedUntil: number;
  /** Share of the range in which the value, or its absence, is known. @example 0.98 */
  coverage: number;
  /** Stretches `[from, to]` in epoch ms after the first reading of the series in which nothing is known. */
  @ApiProperty({ type: 'array', items: { type: 'array', items: { type: 'number' }, minItems: 2, maxItems: 2 } })
  gaps: [number, number][];
  /** Where the points come from. `sandbox` is simulated. */
  sources: SourceName[];
}

@ApiExtraModels(SeriesView)
export class PriceHistoryView {
  productId: string;
  asin: string;
  marketplace: Marketplace;
  /** ISO 4217. */
  currency: string;
  /** Source of the last good reading. `sandbox` is simulated. */
  @ApiProperty({ type: String, nullable: true })
  source: SourceName | null;
  /** Some of the numbers are simulated; each series names its sources. */
  simulated: boolean;
  from: string;
  to: string;
  resolution: 'raw' | 'hour' | 'day' | 'week';
  /** By metric; a metric of which nothing was ever known is not there. */
  @ApiProperty({ type: 'object', additionalProperties: { $ref: getSchemaPath(SeriesView) } })
  series: Record<string, SeriesView>;
}

export class PriceHistoriesView {
  /** In the order of the ids. */
  data: PriceHistoryView[];
}

export class MetricStatsView {
  unit: string;
  scale: number;
  min: number | null;
  max: number | null;
  /** Weighted by the time each value held. */
  mean: number | null;
  /** The latest known value. */
  last: number | null;
  /** Change points in the window. */
  points: number;
  /** Share of the window in which the value, or its absence, is known. */
  coverage: number;
}

@ApiExtraModels(MetricStatsView)
export class StatsWindowView {
  /** Null for a range of your own. */
  days: number | null;
  from: string;
  to: string;
  @ApiProperty({ type: 'object', additionalProperties: { $ref: getSchemaPath(MetricStatsView) } })
  metrics: Record<string, MetricStatsView>;
}

export class AllTimeView {
  value: number;
  /** When the value was first reached, ISO 8601. */
  at: string;
}

@ApiExtraModels(AllTimeView)
export class PriceStatsView {
  productId: string;
  asin: string;
  marketplace: Marketplace;
  currency: string;
  @ApiProperty({ type: String, nullable: true })
  source: SourceName | null;
  simulated: boolean;
  windows: StatsWindowView[];
  /** The lowest value ever, by metric, in the unit of the windows. */
  @ApiProperty({ type: 'object', additionalProperties: { $ref: getSchemaPath(AllTimeView) } })
  allTimeLow: Record<string, AllTimeView>;
}

export class JumpView {
  /** @example "price" */
  @ApiProperty({ type: String })
  metric: Metric;
  /** Currency code, `rank`, `stars` or `count`. @example "USD" */
  unit: string;
  /** The real values are value / 10^scale. @example 2 */
  scale: number;
  /** What was known. @example 1599 */
  from: number;
  /** What was read. @example 159 */
  to: number;
  /** `held`: waits for a second reading; `confirmed` by it, and now in history; `dropped`: the second reading denied it. */
  outcome: 'held' | 'confirmed' | 'dropped';
}

export class CheckView {
  checkedAt: string;
  source: SourceName;
  result: CheckResult;
  detail: string | null;
  /** Points the check added to history. */
  changes: number;
  /** Values further from the known ones than is plausible in one check: a price by more than 60 %, a rank fifty-fold. */
  jumps: JumpView[];
}

export class CheckPage {
  data: CheckView[];
  page: PageView;
}

export class RejectedRowView {
  /** Row of the file (CSV: the header is row 1), or the product's place in a Keepa answer. */
  row: number;
  reason: string;
}

export class HistoryImportView {
  /** Points in the file that could be read. */
  points: number;
  /** New in your history. */
  inserted: number;
  /** There already, with the same value and confirmed at least as long. */
  unchanged: number;
  /** There from an earlier import with another value or a shorter confirmation, which is now replaced. */
  replaced: number;
  /** Rows that could not be used. */
  rejected: number;
  /** The first 100 of them. */
  rejectedRows: RejectedRowView[];
}

export class FileColumnView {
  /** As `headerKey` has it: lower case, without signs. @example "buy box current" */
  name: string;
  /** What its cells become; null for one that is no reading: an average, a high, a code. @example "buy_box_price" */
  @ApiProperty({ type: String, nullable: true })
  metric: Metric | null;
  /** Rows in which it was filled. */
  rows: number;
}

export class FileImportView extends HistoryImportView {
  /** `keepa-viewer` for an export of Keepa's web site, else our own. */
  format: 'keepa-viewer' | 'csv' | 'ndjson';
  /** Rows of the file, without its header. */
  rows: number;
  /** Listings of which at least one row was taken. */
  listings: number;
  /** Of a Keepa file; empty for our own. */
  columns: FileColumnView[];
}
