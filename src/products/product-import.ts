import { Injectable } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validate } from 'class-validator';
import type { Readable } from 'node:stream';
import { readCsvRows } from '../common/csv-rows';
import { CreateProductDto } from './dto/product.dto';
import { ImportRowView, ImportView } from './dto/product.view';
import { ProductsService } from './products.service';
import { Tracking } from './tracking.service';

/** Columns of the CSV, which are the fields of POST /products. */
const FIELDS: (keyof CreateProductDto)[] = [
  'asin',
  'marketplace',
  'title',
  'brand',
  'category',
  'description',
  'tags',
  'refreshIntervalMinutes',
  'costOfGoods',
];

const NUMBERS: ReadonlySet<string> = new Set(['refreshIntervalMinutes', 'costOfGoods']);

/** Many products in one request: each row ends in a result of its own. */
@Injectable()
export class ProductImport {
  constructor(
    private readonly tracking: Tracking,
    private readonly products: ProductsService,
  ) {}

  async importRows(userId: string, rows: unknown[]): Promise<ImportView> {
    const checked = await Promise.all(rows.map(checkRow));
    const valid = checked.filter((row) => row.errors.length === 0);
    const tracked = await this.tracking.track(
      userId,
      valid.map(({ request }) => ({ ...request, marketplace: request.marketplace ?? 'US' })),
    );
    const outcome = new Map(valid.map((row, index) => [row, tracked[index]]));
    const results = checked.map((row, index): ImportRowView => {
      const result = outcome.get(row);
      return {
        row: index + 1,
        asin: typeof row.request.asin === 'string' ? row.request.asin.slice(0, 20) : null,
        marketplace: result ? (row.request.marketplace ?? 'US') : null,
        status: result?.status ?? 'invalid',
        productId: result?.productId ?? null,
        errors: row.errors,
      };
    });
    const count = (status: ImportRowView['status']) => results.filter((row) => row.status === status).length;
    const created = count('created');
    if (created > 0) await this.products.announceDue();
    return {
      total: results.length,
      created,
      exists: count('exists'),
      invalid: count('invalid'),
      limit: count('limit'),
      results,
    };
  }

  /** @throws ValidationError when the text is no CSV with an asin column, or has more than 1000 rows */
  async importCsv(userId: string, body: Readable): Promise<ImportView> {
    return this.importRows(userId, (await readCsvRows(body, FIELDS)).map(fromCsv));
  }
}

/** CSV has only text: empty means not given, tags are separated by `;`, numbers are numbers when they look like one. */
function fromCsv(record: Record<string, string>): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [field, text] of Object.entries(record)) {
    if (text === '') continue;
    if (field === 'tags') fields[field] = text.split(';').filter((tag) => tag.trim() !== '');
    else fields[field] = NUMBERS.has(field) ? Number(text) : text;
  }
  return fields;
}

async function checkRow(row: unknown): Promise<{ request: CreateProductDto; errors: string[] }> {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) {
    return { request: new CreateProductDto(), errors: ['must be an object with an asin'] };
  }
  const request = plainToInstance(CreateProductDto, row);
  const problems = await validate(request, { whitelist: true, forbidNonWhitelisted: true });
  return { request, errors: problems.flatMap((problem) => Object.values(problem.constraints ?? {})) };
}
