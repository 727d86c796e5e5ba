import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock';
import { Metric, metricById, METRIC_NAMES, METRICS } from '../common/metric';
import { toMinute } from '../common/minute';
import {
  FailureResult,
  HistorySeries,
  Reading,
  ReadingResult,
  SOURCE_IDS,
  SourceName,
} from '../marketplace-data/marketplace-data';
import { Postgres, SqlRunner } from '../shared/database/postgres';
import { BACKFILL_HEAD_STATEMENT, BACKFILL_STATEMENT, FAILURE_STATEMENT, RECORD_STATEMENT } from './record-statement';

/** Points per INSERT of a back-fill: enough to be fast, few enough to keep a statement small. */
const BACKFILL_CHUNK = 5000;

export interface RecordedReading {
  listingId: number;
  result: ReadingResult;
  reading: Reading;
  detail?: string;
}

export interface RecordedFailure {
  listingId: number;
  result: FailureResult;
  detail: string;
}

/** A point that a batch added. */
export interface RecordedChange {
  listingId: number;
  metric: Metric;
  /** Minutes since 1970. */
  minute: number;
  value: number | null;
}

/** Writes what sources told into history. */
@Injectable()
export class Recorder {
  constructor(
    private readonly postgres: Postgres,
    private readonly clock: Clock,
  ) {}

  /**
   * Keeps what changed, confirms what did not, sets current values and the next check, all in one statement.
   * Recording a reading twice changes nothing the second time. All readings are of one source.
   * @returns the points that were added
   */
  async record(
    source: SourceName,
    readings: RecordedReading[],
    sql: SqlRunner = this.postgres,
  ): Promise<RecordedChange[]> {
    if (readings.length === 0) return [];
    const listingIds: number[] = [];
    const metrics: number[] = [];
    const minutes: number[] = [];
    const values: (number | null)[] = [];
    for (const { listingId, reading } of readings) {
      const minute = toMinute(reading.observedAt);
      for (const name of METRIC_NAMES) {
        const value = reading.values[name];
        if (value === undefined) continue;
        listingIds.push(listingId);
        metrics.push(METRICS[name].id);
        minutes.push(minute);
        values.push(value);
      }
    }
    const batch = readings.map(({ listingId, result, reading, detail }) => ({
      id: listingId,
      result,
      detail,
      observed_at: reading.observedAt,
      facts: reading.facts,
    }));
    const rows = await sql.query<{ listingId: number; metric: number; minute: number; value: number | null }>(
      { name: 'record-readings', text: RECORD_STATEMENT },
      [listingIds, metrics, minutes, values, JSON.stringify(batch), SOURCE_IDS[source], this.clock.now()],
    );
    return rows.map((row) => ({ ...row, metric: metricById(row.metric) }));
  }

  /** Takes in a listing's past and its first reading, or neither. */
  async recordHistory(
    source: SourceName,
    recorded: RecordedReading,
    series: HistorySeries[],
  ): Promise<RecordedChange[]> {
    return this.postgres.transaction(async (sql) => {
      await this.insertPast(sql, source, recorded.listingId, series);
      return this.record(source, [recorded], sql);
    });
  }

  /** Notes checks that failed for good. */
  async recordFailures(source: SourceName, failures: RecordedFailure[]): Promise<void> {
    if (failures.length === 0) return;
    await this.postgres.query({ name: 'record-failures', text: FAILURE_STATEMENT }, [
      failures.map(({ listingId }) => listingId),
      failures.map(({ result }) => result),
      failures.map(({ detail }) => detail.slice(0, 500)),
      SOURCE_IDS[source],
      this.clock.now(),
    ]);
  }

  private async insertPast(
    sql: SqlRunner,
    source: SourceName,
    listingId: number,
    series: HistorySeries[],
  ): Promise<void> {
    const now = this.clock.now();
    const rows = series.flatMap(({ metric, points }) =>
      points.map(([minute, value, until]) => ({ metric: METRICS[metric].id, minute, value, until })),
    );
    for (let start = 0; start < rows.length; start += BACKFILL_CHUNK) {
      const chunk = rows.slice(start, start + BACKFILL_CHUNK);
      await sql.query({ name: 'backfill-points', text: BACKFILL_STATEMENT }, [
        listingId,
        ...columns(chunk),
        SOURCE_IDS[source],
        now,
      ]);
    }
    const heads = series.flatMap(({ metric, points }) => {
      const last = points.at(-1);
      return last ? [{ metric: METRICS[metric].id, minute: last[0], value: last[1], until: last[2] }] : [];
    });
    await sql.query(BACKFILL_HEAD_STATEMENT, [listingId, ...columns(heads), now]);
  }
}

function columns(rows: { metric: number; minute: number; value: number | null; until: number }[]): unknown[] {
  return [
    rows.map(({ metric }) => metric),
    rows.map(({ minute }) => minute),
    rows.map(({ value }) => value),
    rows.map(({ until }) => until),
  ];
}
