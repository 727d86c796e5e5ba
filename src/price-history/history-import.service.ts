import { Injectable } from '@nestjs/common';
import { CsvError } from 'csv-parse';
import type { Readable } from 'node:stream';
import { ValidationError } from '../common/app-error';
import { Clock } from '../common/clock';
import { KeepaFileService } from '../marketplace-data/keepa-file.service';
import { HistoryImportView } from './dto/price-history.view';
import { csvRecords, ndjsonRecords } from './file-records';
import { HistoryReader } from './history-reader';
import { HistoryRow, readRow } from './history-row';
import { PointWriter, WrittenPoints } from './point-writer';

const CHUNK = 2000;
const REPORTED_ROWS = 100;

/** Takes in files that a user brings, row by row, with a report. */
@Injectable()
export class HistoryImportService {
  constructor(
    private readonly writer: PointWriter,
    private readonly reader: HistoryReader,
    private readonly keepaFile: KeepaFileService,
    private readonly clock: Clock,
  ) {}

  /** A Keepa `/product` answer, or one product object out of it. */
  async importKeepa(userId: string, productId: string, body: unknown): Promise<HistoryImportView> {
    const listing = await this.reader.listing(userId, productId);
    const report = new Report();
    const now = this.clock.now();
    const rows: HistoryRow[] = [];
    this.keepaFile.read(body, listing.marketplace).forEach((product, index) => {
      if (product.asin !== listing.asin)
        report.reject(index + 1, `is of ${product.asin ?? 'no listing'} and not of this one`);
      else if (product.problem !== null) report.reject(index + 1, product.problem);
      for (const { metric, points } of product.asin === listing.asin ? product.series : []) {
        for (const [minute, value, until] of points) {
          rows.push({ metric, minute, value, until, source: 'keepa', recordedAt: now });
        }
      }
    });
    for (let start = 0; start < rows.length; start += CHUNK) {
      await this.write(userId, productId, rows.slice(start, start + CHUNK), report);
    }
    return report.view;
  }

  /** Our own CSV with a header row, or NDJSON: read as a stream, written in chunks. */
  async importStream(
    userId: string,
    productId: string,
    format: 'csv' | 'ndjson',
    body: Readable,
  ): Promise<HistoryImportView> {
    const listing = await this.reader.listing(userId, productId);
    const report = new Report();
    const now = this.clock.now();
    let chunk: HistoryRow[] = [];
    try {
      for await (const { row, record } of format === 'csv' ? csvRecords(body, historyColumns) : ndjsonRecords(body)) {
        const read = record instanceof Error ? record.message : readRow(record, listing.asin, listing.marketplace, now);
        if (typeof read === 'string') report.reject(row, read);
        else chunk.push(read);
        if (chunk.length === CHUNK) {
          await this.write(userId, productId, chunk, report);
          chunk = [];
        }
      }
    } catch (error) {
      // What was written before stays: importing the mended file again is safe.
      if (error instanceof CsvError) {
        throw new ValidationError([{ field: 'body', message: `is not readable CSV: ${error.message}` }]);
      }
      throw error;
    }
    await this.write(userId, productId, chunk, report);
    return report.view;
  }

  private async write(userId: string, productId: string, rows: HistoryRow[], report: Report): Promise<void> {
    report.wrote(
      await this.writer.write(
        userId,
        rows.map((row) => ({ ...row, productId })),
      ),
    );
  }
}

class Report {
  readonly view: HistoryImportView = {
    points: 0,
    inserted: 0,
    unchanged: 0,
    replaced: 0,
    rejected: 0,
    rejectedRows: [],
  };

  reject(row: number, reason: string): void {
    this.view.rejected += 1;
    if (this.view.rejectedRows.length < REPORTED_ROWS) this.view.rejectedRows.push({ row, reason });
  }

  wrote({ points, inserted, replaced, unchanged }: WrittenPoints): void {
    this.view.points += points;
    this.view.inserted += inserted;
    this.view.replaced += replaced;
    this.view.unchanged += unchanged;
  }
}

/** @throws ValidationError when one is missing that each row needs */
function historyColumns(header: string[]): string[] {
  const columns = ownColumns(header);
  const missing = ['metric', 'time', 'value'].filter((name) => !columns.includes(name));
  if (missing.length > 0) {
    throw new ValidationError([
      { field: 'body', message: `lacks the ${missing.length === 1 ? 'column' : 'columns'} ${missing.join(', ')}` },
    ]);
  }
  return columns;
}

/** `Confirmed until` is `confirmed_until`. */
export function ownColumns(header: string[]): string[] {
  return header.map((name) => name.toLowerCase().replace(/[\s-]/g, '_'));
}
