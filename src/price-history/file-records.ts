import { type Info, parse } from 'csv-parse';
import type { Readable } from 'node:stream';
import { ValidationError } from '../common/app-error';

const MAX_LINE = 10_000;

/** A record of a file with its row as a person counts: the header of a CSV is row 1. An Error stands for one that is none. */
export interface FileRecord {
  row: number;
  record: unknown;
}

/** @param columns names of the cells of each record, from those of the header */
export async function* csvRecords(body: Readable, columns: (header: string[]) => string[]): AsyncGenerator<FileRecord> {
  const headers: string[][] = [];
  const parser = parse({
    bom: true,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: MAX_LINE,
    info: true,
    columns: (header: string[]) => {
      headers.push(header);
      return columns(header);
    },
  });
  body.on('error', (error) => parser.destroy(error));
  for await (const { info, record } of body.pipe(parser) as AsyncIterable<{ info: Info; record: unknown }>) {
    // Blank lines are rows of the file too.
    yield { row: 1 + info.records + info.empty_lines, record };
  }
  if (headers.length === 0) throw new ValidationError([{ field: 'body', message: 'is empty' }]);
}

export async function* ndjsonRecords(body: Readable): AsyncGenerator<FileRecord> {
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
