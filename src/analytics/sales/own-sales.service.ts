import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import { Queue } from 'bullmq';
import { plainToInstance } from 'class-transformer';
import { validate } from 'class-validator';
import type { Readable } from 'node:stream';
import { validate as isUuid, v7 as uuidv7 } from 'uuid';
import { FieldError, NotFoundError } from '../../common/app-error';
import { Clock } from '../../common/clock';
import { readCsvRows } from '../../common/csv-rows';
import { Marketplace } from '../../common/marketplace';
import { decodeCursor, foreignCursor, PageQuery, toPage } from '../../common/pagination';
import { toFieldErrors } from '../../common/validation';
import { Postgres, SqlRunner } from '../../shared/database/postgres';
import { OwnSalesRowDto } from './dto/sales.dto';
import { OwnSalesImportView, OwnSalesPage, OwnSalesRowView, OwnSalesView } from './dto/sales.view';
import { SALES_FIT_QUEUE, SalesFitJob } from './sales.queue';
import { wake } from '../../shared/queue/wake';

/** Of one user. */
const MAX_PERIODS = 20_000;
const MAX_PERIOD_DAYS = 366;
const DAY_MS = 86_400_000;
/** Redis keeps an `add` waiting for as long as it is away. */
const ENQUEUE_MS = 1000;
const FIELDS: (keyof OwnSalesRowDto)[] = ['asin', 'marketplace', 'from', 'to', 'units'];

/** A row on its way to a result. */
interface Row {
  place: number;
  /** With the default of its marketplace, once it was found to be right. */
  request: OwnSalesRowDto;
  errors: FieldError[];
  productId?: string;
  /** What is there already, in the same days or in some of them. */
  stored?: { id: string; first_day: string; last_day: string; units: number };
  status: OwnSalesRowView['status'];
  id: string | null;
}

/** What users say to have sold. */
@Injectable()
export class OwnSalesService {
  private readonly logger = new Logger(OwnSalesService.name);

  constructor(
    private readonly postgres: Postgres,
    private readonly clock: Clock,
    @InjectQueue(SALES_FIT_QUEUE) private readonly queue: Queue<SalesFitJob>,
  ) {}

  /** @throws ValidationError when the text is no CSV, or has more than 1000 rows */
  async importCsv(userId: string, body: Readable): Promise<OwnSalesImportView> {
    return this.importRows(userId, (await readCsvRows(body, FIELDS)).map(fromCsv));
  }

  /** Each row ends in a result of its own; all that are taken are stored together. */
  async importRows(userId: string, given: unknown[]): Promise<OwnSalesImportView> {
    const today = this.clock.now().toISOString().slice(0, 10);
    const rows = await Promise.all(given.map((row, index) => toRow(row, index + 1, today)));
    await this.postgres.transaction((sql) => this.store(sql, userId, rows));
    const count = (status: Row['status']) => rows.filter((row) => row.status === status).length;
    const view = {
      total: rows.length,
      imported: count('imported'),
      unchanged: count('unchanged'),
      updated: count('updated'),
      refused: count('refused'),
      results: rows.map(toRowView),
    };
    // Also for what is unchanged: the answer, and the job, of the request that stored it may have been lost.
    if (view.refused < view.total) await this.announce(userId);
    return view;
  }

  async list(userId: string, query: PageQuery): Promise<OwnSalesPage> {
    const size = query['page[size]'];
    const cursor = decodeCursor(query['page[cursor]'], 1)?.[0] ?? null;
    if (cursor !== null && !isUuid(cursor)) throw foreignCursor();
    const rows = await this.postgres.query<OwnSalesRecord>(
      `SELECT o.id, o.product_id, l.asin, l.marketplace, o.first_day::text, o.last_day::text, o.units, o.created_at, o.updated_at
       FROM own_sales o JOIN product p ON p.id = o.product_id JOIN listing l ON l.id = p.listing_id
       WHERE o.user_id = $1 AND ($2::uuid IS NULL OR o.id < $2)
       ORDER BY o.id DESC LIMIT $3`,
      [userId, cursor, size + 1],
    );
    return toPage(rows, size, ({ id }) => [id], toView);
  }

  /** @throws NotFoundError, also for those of somebody else */
  async delete(userId: string, id: string): Promise<void> {
    const [row] = await this.postgres.query(`DELETE FROM own_sales WHERE id = $1 AND user_id = $2 RETURNING id`, [
      id,
      userId,
    ]);
    if (!row) throw new NotFoundError('Own sales');
    await this.announce(userId);
  }

  private async store(sql: SqlRunner, userId: string, rows: Row[]): Promise<void> {
    // Two imports of one user at once would each find the same days free.
    await sql.query(`SELECT FROM app_user WHERE id = $1 FOR NO KEY UPDATE`, [userId]);
    await findProducts(sql, userId, rows.filter(isRight));
    await findStored(sql, userId, rows.filter(isRight));
    refuseOverlaps(rows.filter(isRight));
    const [total] = await sql.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM own_sales WHERE user_id = $1`,
      [userId],
    );
    let room = MAX_PERIODS - (total?.count ?? 0);
    for (const row of rows.filter(isRight)) {
      if (row.stored) row.status = row.stored.units === row.request.units ? 'unchanged' : 'updated';
      else if (room-- > 0) row.status = 'imported';
      else refuse(row, 'from', `would be one period more than the ${MAX_PERIODS} that you may have`);
      row.id = row.status === 'refused' ? null : (row.stored?.id ?? uuidv7());
    }
    const written = rows.filter(({ status }) => status === 'imported' || status === 'updated');
    if (written.length === 0) return;
    await sql.query(
      `INSERT INTO own_sales (id, user_id, product_id, first_day, last_day, units, created_at, updated_at)
       SELECT t.id, $1, t.product_id, t.first_day, t.last_day, t.units, $7, $7
       FROM unnest($2::uuid[], $3::uuid[], $4::date[], $5::date[], $6::int[]) AS t(id, product_id, first_day, last_day, units)
       ON CONFLICT (id) DO UPDATE SET units = excluded.units, updated_at = excluded.updated_at WHERE own_sales.user_id = $1`,
      [
        userId,
        written.map(({ id }) => id),
        written.map(({ productId }) => productId),
        written.map(({ request }) => request.from),
        written.map(({ request }) => request.to),
        written.map(({ request }) => request.units),
        this.clock.now(),
      ],
    );
  }

  /** When the queue is away nothing is lost: the daily fit takes in what changed. */
  private async announce(userId: string): Promise<void> {
    const added = this.queue.add('fit', { userId });
    await wake(added, ENQUEUE_MS, this.logger, 'changed own sales wait for the next scheduled fit');
  }
}

/** Locks the products, so that nobody deletes them meanwhile. */
async function findProducts(sql: SqlRunner, userId: string, rows: Row[]): Promise<void> {
  const products = await sql.query<{ id: string; marketplace: Marketplace; asin: string }>(
    `SELECT p.id, l.marketplace, l.asin FROM product p JOIN listing l ON l.id = p.listing_id
     WHERE p.user_id = $1 AND (l.marketplace, l.asin) IN (SELECT * FROM unnest($2::varchar[], $3::varchar[]))
     ORDER BY p.id FOR KEY SHARE OF p`,
    [userId, rows.map(({ request }) => request.marketplace), rows.map(({ request }) => request.asin)],
  );
  const ids = new Map(products.map(({ id, marketplace, asin }) => [`${marketplace}/${asin}`, id]));
  for (const row of rows) {
    const { asin, marketplace } = row.request;
    const id = ids.get(`${marketplace}/${asin}`);
    if (id === undefined) refuse(row, 'asin', `is not of a product that you track in ${marketplace}`);
    else row.productId = id;
  }
}

async function findStored(sql: SqlRunner, userId: string, rows: Row[]): Promise<void> {
  const stored = await sql.query<{ place: number } & NonNullable<Row['stored']>>(
    `SELECT t.place::int, o.id, o.first_day::text, o.last_day::text, o.units
     FROM unnest($2::uuid[], $3::date[], $4::date[]) WITH ORDINALITY AS t(product_id, first_day, last_day, place)
     CROSS JOIN LATERAL (
       SELECT * FROM own_sales o
       WHERE o.product_id = t.product_id AND o.user_id = $1 AND o.first_day <= t.last_day AND o.last_day >= t.first_day
       ORDER BY o.first_day LIMIT 1
     ) o`,
    [
      userId,
      rows.map(({ productId }) => productId),
      rows.map(({ request }) => request.from),
      rows.map(({ request }) => request.to),
    ],
  );
  for (const found of stored) {
    const row = rows[found.place - 1];
    if (!row) continue;
    row.stored = found;
    const { first_day, last_day } = found;
    if (row.request.from !== first_day || row.request.to !== last_day) {
      refuse(row, 'from', `overlaps the period from ${first_day} to ${last_day}, which is stored for this ASIN`);
    }
  }
}

/** Also for the same period twice: which of the two is meant, or whether both are to be added, is not for us to say. */
function refuseOverlaps(rows: Row[]): void {
  const taken = new Map<string, Row[]>();
  for (const row of rows) {
    const { from, to } = row.request;
    const before = taken.get(row.productId ?? '') ?? [];
    taken.set(row.productId ?? '', before);
    const other = before.find(({ request }) => request.from <= to && request.to >= from);
    if (other) refuse(row, 'from', `overlaps row ${other.place}; give one row for each ASIN and period`);
    else before.push(row);
  }
}

function refuse(row: Row, field: string, message: string): void {
  row.errors.push({ field, message });
}

function isRight(row: Row): boolean {
  return row.errors.length === 0;
}

async function toRow(given: unknown, place: number, today: string): Promise<Row> {
  const isObject = typeof given === 'object' && given !== null && !Array.isArray(given);
  const request = isObject ? plainToInstance(OwnSalesRowDto, given) : new OwnSalesRowDto();
  const row: Row = { place, request, errors: [], status: 'refused', id: null };
  if (!isObject) {
    refuse(row, 'row', 'must be an object with asin, from, to and units');
    return row;
  }
  const problems = await validate(request, { whitelist: true, forbidNonWhitelisted: true });
  row.errors.push(...problems.flatMap((problem) => toFieldErrors(problem)));
  if (!isRight(row)) return row;
  request.marketplace ??= 'US';
  const days = (Date.parse(request.to) - Date.parse(request.from)) / DAY_MS + 1;
  if (days < 1) refuse(row, 'from', 'must not be after to');
  if (days > MAX_PERIOD_DAYS) refuse(row, 'to', `must be at most ${MAX_PERIOD_DAYS} days from the first`);
  if (request.to >= today) refuse(row, 'to', 'must be before today (UTC): a period counts when it is over');
  return row;
}

/** CSV has only text: empty means not given, and units are a number when they are written as one. */
function fromCsv(record: Record<string, string>): Record<string, unknown> {
  const given = Object.entries(record).filter(([, text]) => text !== '');
  return Object.fromEntries(
    given.map(([field, text]) => [field, field === 'units' && /^\d+$/.test(text) ? Number(text) : text]),
  );
}

function toRowView({ place, request, status, id, errors }: Row): OwnSalesRowView {
  const text = (value: unknown) => (typeof value === 'string' ? value.slice(0, 20) : null);
  return {
    row: place,
    asin: text(request.asin),
    marketplace: errors.some(({ field }) => field === 'marketplace') ? null : (request.marketplace ?? null),
    from: text(request.from),
    to: text(request.to),
    status,
    id,
    errors,
  };
}

interface OwnSalesRecord {
  id: string;
  product_id: string;
  asin: string;
  marketplace: Marketplace;
  first_day: string;
  last_day: string;
  units: number;
  created_at: Date;
  updated_at: Date;
}

function toView(row: OwnSalesRecord): OwnSalesView {
  return {
    id: row.id,
    productId: row.product_id,
    asin: row.asin,
    marketplace: row.marketplace,
    from: row.first_day,
    to: row.last_day,
    units: row.units,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}
