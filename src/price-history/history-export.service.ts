import { Injectable } from '@nestjs/common';
import { stringify } from 'csv-stringify';
import { pipeline, Readable, Transform } from 'node:stream';
import QueryStream from 'pg-query-stream';
import { AppError } from '../common/app-error';
import { metricById } from '../common/metric';
import { fromMinute } from '../common/minute';
import { Config } from '../config/config';
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

/** Each export holds a connection for as long as its reader takes: of all connections, those that are for exports. */
const SHARE = 1 / 3;

@Injectable()
export class HistoryExportService {
  private running = 0;
  private readonly most: number;

  constructor(
    private readonly postgres: Postgres,
    private readonly reader: HistoryReader,
    config: Config,
  ) {
    this.most = Math.max(1, Math.floor(config.env.DATABASE_POOL_SIZE * SHARE));
  }

  /**
   * Streams the history with the memory of a few rows, whatever its length.
   * @throws NotFoundError, also for a product of somebody else
   * @throws AppError service_unavailable while as many exports are running as may run at once
   */
  async export(
    userId: string,
    productId: string,
    format: 'csv' | 'ndjson',
  ): Promise<{ stream: Readable; fileName: string }> {
    const { asin, marketplace } = await this.reader.listing(userId, productId);
    if (this.running >= this.most) {
      throw new AppError('service_unavailable', `${this.most} exports are running, and no more may run at once`);
    }
    this.running += 1;
    const client = await this.postgres.connect().catch((error: unknown) => {
      this.running -= 1;
      throw error;
    });
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
      this.running -= 1;
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
