import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { stringify } from 'csv-stringify';
import { pipeline, Readable, Transform } from 'node:stream';
import type { Pool } from 'pg';
import QueryStream from 'pg-query-stream';
import { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver';
import { NotFoundError } from '../common/app-error';
import { Marketplace } from '../common/marketplace';
import { metricById } from '../common/metric';
import { sourceName } from '../marketplace-data/sources.service';
import { Postgres } from '../shared/database/postgres';
import { HISTORY_COLUMNS, writeRow } from './history-row';

interface ExportRow {
  metric: number;
  minute: number;
  value: number | null;
  until: number;
  source: number;
  recorded_at: Date;
}

/** Everything the user may see of a listing, in the order metric, time. The user's own point wins over the shared one. */
const EXPORT_STATEMENT = `
SELECT DISTINCT ON (o.metric, o.minute) o.metric, o.minute, o.value, o.source, o.recorded_at,
  CASE WHEN o.minute = s.current_since[o.metric] AND o.value IS NOT DISTINCT FROM s.current_values[o.metric]
       THEN greatest(o.until, s.current_until[o.metric]) ELSE o.until END AS until
FROM product p
JOIN listing_state s ON s.listing_id = p.listing_id
JOIN observation o ON o.listing_id = p.listing_id AND (o.product_id IS NULL OR o.product_id = p.id)
WHERE p.id = $1 AND p.user_id = $2
ORDER BY o.metric, o.minute, o.product_id NULLS LAST`;

@Injectable()
export class HistoryExportService {
  private readonly pool: Pool;

  constructor(
    @InjectDataSource() dataSource: DataSource,
    private readonly postgres: Postgres,
  ) {
    this.pool = (dataSource.driver as PostgresDriver).master as Pool;
  }

  /**
   * Streams the history with the memory of a few rows, whatever its length.
   * @throws NotFoundError, also for a product of somebody else
   */
  async export(
    userId: string,
    productId: string,
    format: 'csv' | 'ndjson',
  ): Promise<{ stream: Readable; fileName: string }> {
    const [listing] = await this.postgres.query<{ asin: string; marketplace: Marketplace }>(
      `SELECT l.asin, l.marketplace FROM product p JOIN listing l ON l.id = p.listing_id WHERE p.id = $1 AND p.user_id = $2`,
      [productId, userId],
    );
    if (!listing) throw new NotFoundError('Product');
    const { asin, marketplace } = listing;
    const client = await this.pool.connect();
    const rows = client.query(new QueryStream(EXPORT_STATEMENT, [productId, userId], { batchSize: 500 }));
    const toRecord = new Transform({
      objectMode: true,
      transform(row: ExportRow, _encoding, done) {
        const record = {
          ...row,
          metric: metricById(row.metric),
          source: sourceName(row.source),
          recordedAt: row.recorded_at,
        };
        done(null, writeRow(record, asin, marketplace));
      },
    });
    const toText = format === 'csv' ? stringify({ header: true, columns: [...HISTORY_COLUMNS] }) : toNdjson();
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
