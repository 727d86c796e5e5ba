import { Injectable } from '@nestjs/common';
import { stringify } from 'csv-stringify';
import { pipeline, Readable, Transform } from 'node:stream';
import QueryStream from 'pg-query-stream';
import { metricById } from '../common/metric';
import { fromMinute } from '../common/minute';
import { sourceName } from '../marketplace-data/sources.service';
import { Postgres } from '../shared/database/postgres';
import { visiblePointsOf } from './all-points';
import { HistoryReader } from './history-reader';
import { HISTORY_COLUMNS, writeRow } from './history-row';

interface ExportRow {
  metric: number;
  minute: number;
  value: number | null;
  until: number;
  source: number;
  recorded: number;
}

/** Everything the user may see of a listing, in the order metric, time. */
const EXPORT_STATEMENT = `
SELECT v.metric, v.minute, v.value, v.until, v.source, v.recorded
FROM product p CROSS JOIN LATERAL ${visiblePointsOf('p.listing_id', 'p.id')} v
WHERE p.id = $1 AND p.user_id = $2
ORDER BY v.metric, v.minute`;

@Injectable()
export class HistoryExportService {
  constructor(
    private readonly postgres: Postgres,
    private readonly reader: HistoryReader,
  ) {}

  /**
   * Streams the history with the memory of a few rows, whatever its length.
   * @throws NotFoundError, also for a product of somebody else
   */
  async export(
    userId: string,
    productId: string,
    format: 'csv' | 'ndjson',
  ): Promise<{ stream: Readable; fileName: string }> {
    const { asin, marketplace } = await this.reader.listing(userId, productId);
    const client = await this.postgres.connect();
    const rows = client.query(new QueryStream(EXPORT_STATEMENT, [productId, userId], { batchSize: 500 }));
    const toRecord = new Transform({
      objectMode: true,
      transform(row: ExportRow, _encoding, done) {
        const record = {
          ...row,
          metric: metricById(row.metric),
          source: sourceName(row.source),
          recordedAt: fromMinute(row.recorded),
        };
        done(null, writeRow(record, asin, marketplace));
      },
    });
    const toText =
      format === 'csv' ? stringify({ header: true, columns: [...HISTORY_COLUMNS], escape_formulas: true }) : toNdjson();
    pipeline(rows, toRecord, toText, (error) => {
      // A cursor that was cut off half-way leaves the connection in the middle of an answer.
      client.release(error ?? undefined);
    });
    return { stream: toText, fileName: `${marketplace}-${asin}.${format}` };
  }
}

function toNdjson(): Transform {
  return new Transform({
    writableObjectMode: true,
    transform(record, _encoding, done) {
      done(null, `${JSON.stringify(record)}\n`);
    },
  });
}
