import { Injectable } from '@nestjs/common';
import { CsvError, type Info, parse } from 'csv-parse';
import type { Readable } from 'node:stream';
import { ValidationError } from '../common/app-error';
import { Clock } from '../common/clock';
import { METRICS } from '../common/metric';
import { KeepaFileService } from '../marketplace-data/keepa-file.service';
import { SOURCE_IDS } from '../marketplace-data/marketplace-data';
import { Postgres } from '../shared/database/postgres';
import { HistoryImportView } from './dto/price-history.view';
import { HistoryReader } from './history-reader';
import { HistoryRow, readRow } from './history-row';
import { visibleUntil } from './visible-until';

const CHUNK = 2000;
const REPORTED_ROWS = 100;
const MAX_LINE = 10_000;

/**
 * Adds points to a product's own history, visible to its user alone. $1 product, $2 user, then parallel arrays.
 * What the user already sees with the same value, confirmed at least as long, is left as it is, so that importing twice
 * changes nothing.
 */
const IMPORT_STATEMENT = `
WITH owned AS (
  SELECT p.id, p.listing_id, s.current_values, s.current_since, s.current_until
  FROM product p JOIN listing_state s ON s.listing_id = p.listing_id WHERE p.id = $1 AND p.user_id = $2
),
given AS (
  SELECT DISTINCT ON (t.metric, t.minute) t.* FROM unnest($3::smallint[], $4::int[], $5::int[], $6::int[], $7::smallint[], $8::timestamptz[])
    WITH ORDINALITY AS t(metric, minute, value, until, source, recorded_at, place)
  ORDER BY t.metric, t.minute, t.place DESC
),
fresh AS (
  SELECT g.*, w.id AS product_id, w.listing_id FROM given g CROSS JOIN owned w
  LEFT JOIN LATERAL (
    SELECT o.value, ${visibleUntil('w')} AS until
    FROM observation o
    WHERE o.listing_id = w.listing_id AND o.metric = g.metric AND o.minute = g.minute
      AND (o.product_id IS NULL OR o.product_id = w.id)
    ORDER BY o.product_id NULLS LAST LIMIT 1
  ) seen ON true
  WHERE seen.until IS NULL OR seen.value IS DISTINCT FROM g.value OR seen.until < g.until
),
written AS (
  INSERT INTO observation (listing_id, minute, until, value, metric, source, recorded_at, product_id)
  SELECT listing_id, minute, until, value, metric, source, recorded_at, product_id FROM fresh
  ON CONFLICT (listing_id, metric, minute, product_id)
    DO UPDATE SET value = excluded.value, until = excluded.until, source = excluded.source, recorded_at = excluded.recorded_at
  RETURNING (xmax = 0) AS inserted
)
SELECT count(*) FILTER (WHERE inserted)::int AS inserted, count(*) FILTER (WHERE NOT inserted)::int AS replaced FROM written`;

/** Takes in files that a user brings, row by row, with a report. */
@Injectable()
export class HistoryImportService {
  constructor(
    private readonly postgres: Postgres,
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
      for await (const { row, record } of format === 'csv' ? csvRecords(body) : ndjsonRecords(body)) {
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
    if (rows.length === 0) return;
    const [counts] = await this.postgres.query<{ inserted: number; replaced: number }>(
      { name: 'import-points', text: IMPORT_STATEMENT },
      [
        productId,
        userId,
        rows.map(({ metric }) => METRICS[metric].id),
        rows.map(({ minute }) => minute),
        rows.map(({ value }) => value),
        rows.map(({ until }) => until),
        rows.map(({ source }) => SOURCE_IDS[source]),
        rows.map(({ recordedAt }) => recordedAt),
      ],
    );
    report.wrote(rows.length, counts?.inserted ?? 0, counts?.replaced ?? 0);
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

  wrote(points: number, inserted: number, replaced: number): void {
    this.view.points += points;
    this.view.inserted += inserted;
    this.view.replaced += replaced;
    this.view.unchanged += points - inserted - replaced;
  }
}

async function* csvRecords(body: Readable): AsyncGenerator<{ row: number; record: unknown }> {
  const parser = parse({
    bom: true,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: MAX_LINE,
    info: true,
    columns: (header: string[]) => header.map((name) => name.toLowerCase().replace(/[\s-]/g, '_')),
  });
  body.on('error', (error) => parser.destroy(error));
  for await (const { info, record } of body.pipe(parser) as AsyncIterable<{ info: Info; record: unknown }>) {
    // Blank lines are rows of the file too.
    yield { row: 1 + info.records + info.empty_lines, record };
  }
}

async function* ndjsonRecords(body: Readable): AsyncGenerator<{ row: number; record: unknown }> {
  let row = 0;
  for await (const line of lines(body)) {
    row += 1;
    if (line.trim() !== '') yield { row, record: parseLine(line) };
  }
}

/** Node's readline would keep a line of any length in memory. */
async function* lines(body: Readable): AsyncGenerator<string> {
  let rest = '';
  // A body that is given up half-way is not destroyed: the answer goes over the same connection.
  for await (const chunk of body.setEncoding('utf8').iterator({ destroyOnReturn: false }) as AsyncIterable<string>) {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    if (rest.length > MAX_LINE || parts.some((line) => line.length > MAX_LINE)) {
      throw new ValidationError([{ field: 'body', message: `has a line of more than ${MAX_LINE} characters` }]);
    }
    yield* parts;
  }
  yield rest;
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return new Error('is not JSON');
  }
}
