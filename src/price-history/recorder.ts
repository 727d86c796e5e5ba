import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock';
import { METRIC_NAMES, METRICS } from '../common/metric';
import { toMinute } from '../common/minute';
import {
  FailureResult,
  HistorySeries,
  Reading,
  ReadingResult,
  SOURCE_IDS,
  SourceName,
} from '../marketplace-data/marketplace-data';
import { integerArray } from '../shared/database/integer-arrays';
import { Postgres, SqlRunner } from '../shared/database/postgres';
import {
  BACKFILL_HEADS_STATEMENT,
  BACKFILL_STATEMENT,
  FAILURE_STATEMENT,
  LOCK_HEADS_STATEMENT,
  RECORD_STATEMENT,
} from './record-statement';
import { Point } from '../common/series';

/** Points per statement of a back-fill: few enough to keep it small, and enough, as each writes a month anew. */
const BACKFILL_CHUNK = 20_000;

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
   * @returns ids of the listings of which something is new: a value of a metric, or a seller or what describes them
   */
  async record(source: SourceName, readings: RecordedReading[], sql: SqlRunner = this.postgres): Promise<number[]> {
    if (readings.length === 0) return [];
    const values: (number | null)[] = [];
    const batch = readings.map(({ listingId, result, reading, detail }, place) => {
      let read = 0;
      for (const name of METRIC_NAMES) {
        const value = reading.values[name];
        if (value !== undefined) read |= 1 << METRICS[name].id;
        values.push(value ?? null);
      }
      const { observedAt, facts } = reading;
      return {
        id: listingId,
        place,
        read,
        minute: toMinute(observedAt),
        result,
        detail,
        observed_at: observedAt,
        facts,
      };
    });
    const now = this.clock.now();
    const changed = await sql.query<{ id: number }>({ name: 'record-readings', text: RECORD_STATEMENT }, [
      JSON.stringify(batch),
      integerArray(values),
      SOURCE_IDS[source],
      now,
      toMinute(now),
    ]);
    return changed.map(({ id }) => id);
  }

  /** Takes in a listing's past and its first reading, or neither. @returns as `record` */
  async recordHistory(source: SourceName, recorded: RecordedReading, series: HistorySeries[]): Promise<number[]> {
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
    const [heads] = await sql.query<Heads>(LOCK_HEADS_STATEMENT, [listingId]);
    if (!heads) throw new Error(`no state of listing ${String(listingId)}`);
    const closed = series.flatMap(({ metric, points }) =>
      closedBy(heads, METRICS[metric].id, points, SOURCE_IDS[source], toMinute(now)),
    );
    for (let start = 0; start < closed.length; start += BACKFILL_CHUNK) {
      const chunk = closed.slice(start, start + BACKFILL_CHUNK);
      await sql.query({ name: 'backfill-points', text: BACKFILL_STATEMENT }, [
        listingId,
        ...(['metric', 'minute', 'value', 'until', 'source', 'recorded'] as const).map((field) =>
          integerArray(chunk.map((point) => point[field])),
        ),
      ]);
    }
    const { values, since, until, sources, recorded } = heads;
    await sql.query(BACKFILL_HEADS_STATEMENT, [listingId, values, since, until, sources, recorded, now]);
  }
}

/** The open points of a listing's series, by metric id less one. */
type Heads = Record<'values' | 'since' | 'until' | 'sources' | 'recorded', (number | null)[]>;

interface ClosedPoint extends Point {
  metric: number;
  source: number;
  recorded: number;
}

/** Makes the last point of a past the head of its series where that is older. @returns the points that are over then */
function closedBy(
  heads: Heads,
  metric: number,
  past: HistorySeries['points'],
  source: number,
  recorded: number,
): ClosedPoint[] {
  const points = past.map(([minute, value, until]) => ({ metric, minute, value, until, source, recorded }));
  const last = points.at(-1);
  if (!last) return [];
  const index = metric - 1;
  const since = heads.since[index] ?? null;
  if (since !== null && last.minute < since) return points;
  const head = {
    metric,
    minute: since ?? 0,
    value: heads.values[index] ?? null,
    until: heads.until[index] ?? 0,
    source: heads.sources[index] ?? source,
    recorded: heads.recorded[index] ?? recorded,
  };
  if (last.minute === since) {
    if (last.value === head.value) heads.until[index] = Math.max(head.until, last.until);
    return points.slice(0, -1);
  }
  heads.values[index] = last.value;
  heads.since[index] = last.minute;
  heads.until[index] = last.until;
  heads.sources[index] = source;
  heads.recorded[index] = recorded;
  // First what was measured: it stays where the past has a point for the same minute.
  return [...(since === null ? [] : [head]), ...points.slice(0, -1)];
}
