import { Injectable } from '@nestjs/common';
import { CsvError } from 'csv-parse';
import type { Readable } from 'node:stream';
import { isAsin } from '../common/asin';
import { AppError, ValidationError } from '../common/app-error';
import { Clock } from '../common/clock';
import { Marketplace, MARKETPLACE_CODES } from '../common/marketplace';
import { Metric } from '../common/metric';
import { toMinute } from '../common/minute';
import { KeepaFileService } from '../marketplace-data/keepa-file.service';
import { ProductsService } from '../products/products.service';
import { FileImportQuery } from './dto/price-history.dto';
import { FileColumnView, FileImportView } from './dto/price-history.view';
import { csvRecords, FileRecord, ndjsonRecords } from './file-records';
import { ownColumns } from './history-import.service';
import { HistoryRow, readRow } from './history-row';
import { PointWriter, ProductPoint } from './point-writer';

/** Rows looked up and written together. */
const CHUNK = 1000;
const REPORTED_ROWS = 100;

/** What became of one row. */
export interface RowReport {
  row: number;
  asin: string | null;
  /** Readings taken from it. */
  points: number;
  /** Null for a row that was taken. */
  rejected: string | null;
}

interface ReadRow {
  row: number;
  asin: string;
  marketplace: Marketplace;
  title?: string;
  brand?: string;
  points: HistoryRow[];
}

/** Takes in files about many listings: exports of Keepa's web site, and our own CSV and NDJSON. */
@Injectable()
export class FileImportService {
  constructor(
    private readonly products: ProductsService,
    private readonly writer: PointWriter,
    private readonly keepaFile: KeepaFileService,
    private readonly clock: Clock,
  ) {}

  /**
   * Reads and writes a chunk at a time and reports each row as it goes; the summary is what is returned at the end. What was
   * written before a fault stays: importing the mended file again is safe.
   * @throws ValidationError when the body is no such file at all
   */
  async *import(
    userId: string,
    format: 'csv' | 'ndjson',
    query: FileImportQuery,
    body: Readable,
  ): AsyncGenerator<RowReport, FileImportView> {
    const summary = new Summary(format);
    const listings = new Set<string>();
    let chunk: (ReadRow | RowReport)[] = [];
    try {
      for await (const record of this.records(format, body, summary)) {
        chunk.push(this.read(record, query, summary));
        if (chunk.length < CHUNK) continue;
        yield* await this.write(userId, chunk, query, summary, listings);
        chunk = [];
      }
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
      throw new ValidationError([{ field: 'body', message: `is not readable CSV: ${error.message}` }]);
    }
    yield* await this.write(userId, chunk, query, summary, listings);
    return summary.view(listings.size);
  }

  private async *records(format: 'csv' | 'ndjson', body: Readable, summary: Summary): AsyncGenerator<FileRecord> {
    if (format === 'ndjson') {
      yield* ndjsonRecords(body);
      return;
    }
    const { headerKey, isViewerHeader, metricOfColumn } = this.keepaFile.viewer;
    yield* csvRecords(body, (header) => {
      const own = ownColumns(header);
      // Our own files name the metric of each row; Keepa's have a column for each.
      if (own.includes('metric')) return own;
      const keys = header.map(headerKey);
      if (!isViewerHeader(keys)) {
        throw new ValidationError([
          { field: 'body', message: 'has neither the columns of an export of Keepa nor metric, time and value' },
        ]);
      }
      summary.isViewer(keys.map((name) => ({ name, metric: metricOfColumn(name), rows: 0 })));
      return keys;
    });
  }

  private read({ row, record }: FileRecord, query: FileImportQuery, summary: Summary): ReadRow | RowReport {
    const reject = (asin: string | null, rejected: string): RowReport => ({ row, asin, points: 0, rejected });
    if (record instanceof Error) return reject(null, record.message);
    const now = this.clock.now();
    const cells = record as Record<string, string | undefined>;
    if (summary.format === 'keepa-viewer') {
      const { observedAt } = query;
      if (!observedAt || observedAt > now) {
        throw new ValidationError([
          {
            field: 'observedAt',
            message: 'must say when the file was made, as nothing in it does, and not be in the future',
          },
        ]);
      }
      summary.saw(cells);
      const read = this.keepaFile.viewer.readRow(cells, query.marketplace ?? 'US');
      if (typeof read === 'string') return reject(asinOf(cells['asin']), read);
      const minute = toMinute(observedAt);
      const points = Object.entries(read.values).map(([metric, value]): HistoryRow => ({
        metric: metric as Metric,
        minute,
        value,
        until: minute,
        source: 'keepa',
        recordedAt: now,
      }));
      return points.length === 0 ? reject(read.asin, 'has no current value') : { ...read, row, points };
    }
    if (typeof record !== 'object' || record === null) return reject(null, 'is not an object');
    const asin = asinOf(cells['asin']);
    if (asin === null) return reject(null, 'asin: must be B0 and eight letters or digits, or a valid ISBN-10');
    const code =
      (typeof cells['marketplace'] === 'string' ? cells['marketplace'].trim() : '') || (query.marketplace ?? 'US');
    const marketplace = MARKETPLACE_CODES.find((known) => known === code);
    if (!marketplace) return reject(asin, `marketplace: must be one of ${MARKETPLACE_CODES.join(', ')}`);
    const read = readRow({ ...cells, asin, marketplace }, asin, marketplace, now);
    return typeof read === 'string' ? reject(asin, read) : { row, asin, marketplace, points: [read] };
  }

  private async write(
    userId: string,
    chunk: (ReadRow | RowReport)[],
    query: FileImportQuery,
    summary: Summary,
    listings: Set<string>,
  ): Promise<RowReport[]> {
    const good = chunk.filter((row): row is ReadRow => !('rejected' in row));
    const wanted = new Map(good.map((row) => [`${row.marketplace}/${row.asin}`, row]));
    const ids = await this.products.productIds(userId, [...wanted.values()], query.track ?? false);
    const points: ProductPoint[] = [];
    const reports = chunk.map((row): RowReport => {
      if ('rejected' in row) return row;
      const key = `${row.marketplace}/${row.asin}`;
      const productId = ids.get(key);
      if (productId === undefined) {
        const rejected = query.track ? 'your number of products is used up' : 'you do not track this listing';
        return { row: row.row, asin: row.asin, points: 0, rejected };
      }
      listings.add(key);
      points.push(...row.points.map((point) => ({ ...point, productId })));
      return { row: row.row, asin: row.asin, points: row.points.length, rejected: null };
    });
    summary.add(reports, await this.writer.write(userId, points));
    return reports;
  }
}

function asinOf(cell: unknown): string | null {
  const asin = typeof cell === 'string' ? cell.trim().toUpperCase() : '';
  return isAsin(asin) ? asin : null;
}

class Summary {
  format: FileImportView['format'];
  private readonly totals = { rows: 0, points: 0, inserted: 0, unchanged: 0, replaced: 0, rejected: 0 };
  private readonly rejectedRows: FileImportView['rejectedRows'] = [];
  private columns: FileColumnView[] = [];

  constructor(format: 'csv' | 'ndjson') {
    this.format = format;
  }

  isViewer(columns: FileColumnView[]): void {
    this.format = 'keepa-viewer';
    this.columns = columns;
  }

  saw(cells: Record<string, string | undefined>): void {
    for (const column of this.columns) if (!/^[\s-]*$/.test(cells[column.name] ?? '')) column.rows += 1;
  }

  add(reports: RowReport[], written: { points: number; inserted: number; replaced: number; unchanged: number }): void {
    this.totals.rows += reports.length;
    for (const name of ['points', 'inserted', 'replaced', 'unchanged'] as const) this.totals[name] += written[name];
    for (const { row, rejected } of reports) {
      if (rejected === null) continue;
      this.totals.rejected += 1;
      if (this.rejectedRows.length < REPORTED_ROWS) this.rejectedRows.push({ row, reason: rejected });
    }
  }

  view(listings: number): FileImportView {
    return { format: this.format, listings, ...this.totals, rejectedRows: this.rejectedRows, columns: this.columns };
  }
}

/** The last line of a report row by row: the summary, or why the rest of the file was not read. */
export function lastLine(outcome: FileImportView | AppError): object {
  return outcome instanceof AppError ? { error: outcome.message } : { summary: outcome };
}
