import { parse } from 'csv-parse';
import type { Readable } from 'node:stream';
import { AppError, ValidationError } from './app-error';

/** Of a request whose rows have each a result of their own. */
export const MAX_ROWS = 1000;
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * The rows of a CSV with a header, by field. Columns are named as their fields, in any case and with `_`, `-` or blanks; others
 * are left out.
 * @throws ValidationError when the text is no CSV or has more than 1000 rows
 */
export async function readCsvRows(body: Readable, fields: readonly string[]): Promise<Record<string, string>[]> {
  const byName = new Map(fields.map((field) => [field.toLowerCase(), field]));
  const parser = parse({
    bom: true,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: 16_384,
    columns: (header: string[]) => header.map((name) => byName.get(name.toLowerCase().replace(/[\s_-]/g, '')) ?? false),
  });
  let bytes = 0;
  body.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) body.destroy(new AppError('payload_too_large', 'A CSV import is at most 4 MB'));
  });
  body.on('error', (error) => parser.destroy(error));
  const rows: Record<string, string>[] = [];
  try {
    for await (const record of body.pipe(parser)) {
      rows.push(record as Record<string, string>);
      if (rows.length > MAX_ROWS)
        throw new ValidationError([{ field: 'body', message: `has more than ${MAX_ROWS} rows` }]);
    }
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new ValidationError([{ field: 'body', message: `is not readable CSV: ${(error as Error).message}` }]);
  }
  return rows;
}
