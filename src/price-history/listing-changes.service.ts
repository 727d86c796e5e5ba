import { Injectable } from '@nestjs/common';
import { NotFoundError, ValidationError } from '../common/app-error';
import { exactMinute, isoMinute, toMinute } from '../common/minute';
import { decodeCursor, foreignCursor, toPage } from '../common/pagination';
import { SourceName } from '../marketplace-data/marketplace-data';
import { sourceName } from '../marketplace-data/sources.service';
import { Postgres, SqlRunner } from '../shared/database/postgres';
import { ListingChangesQuery } from './dto/listing-change.dto';
import { ListingChangePage } from './dto/listing-change.view';
import { FieldValue, LISTING_FIELD_NAMES, ListingField } from './listing-field';

/** What a source said of a listing before, and what it said then. Null: known to be absent. Minutes since 1970. */
export interface ListingChange {
  field: ListingField;
  before: FieldValue;
  after: FieldValue;
  /** Of the reading that told it. */
  observedMinute: number;
  recordedMinute: number;
  source: SourceName;
}

interface ChangeRow extends Omit<ListingChange, 'source'> {
  source: number;
}

const COLUMNS = `c.field, c.before, c.after, c.observed_minute AS "observedMinute", c.recorded_minute AS "recordedMinute", c.source`;
const DIGITS = /^\d{1,18}$/;

@Injectable()
export class ListingChanges {
  constructor(private readonly postgres: Postgres) {}

  /**
   * Of listings, by when they were observed, both ends included.
   * @param withLast of each field the last one before that as well: what had been then
   * @returns by listing id, the oldest first; a listing without any is not there
   */
  async changesOf(
    listingIds: readonly number[],
    fields: readonly ListingField[],
    fromMinute: number,
    toMinute: number,
    { withLast = false, sql = this.postgres }: { withLast?: boolean; sql?: SqlRunner } = {},
  ): Promise<Map<number, ListingChange[]>> {
    const rows = await sql.query<ChangeRow & { listingId: number }>(
      {
        name: 'listing-changes',
        text: `SELECT c.listing_id AS "listingId", ${COLUMNS}
               FROM unnest($1::int[]) AS l(id) CROSS JOIN unnest($2::text[]) AS f(field) CROSS JOIN LATERAL (
                 SELECT * FROM listing_change WHERE listing_id = l.id AND field = f.field AND observed_minute BETWEEN $3 AND $4
                 UNION ALL (
                   SELECT * FROM listing_change WHERE listing_id = l.id AND field = f.field AND observed_minute < $3 AND $5
                   ORDER BY observed_minute DESC LIMIT 1
                 )
               ) c
               ORDER BY c.listing_id, c.observed_minute, c.id`,
      },
      [listingIds, fields, fromMinute, toMinute, withLast],
    );
    const changes = new Map<number, ListingChange[]>();
    for (const { listingId, source, ...row } of rows) {
      const change = { ...row, source: sourceName(source) };
      const known = changes.get(listingId);
      if (known) known.push(change);
      else changes.set(listingId, [change]);
    }
    return changes;
  }

  /** Those of the product's listing, the newest first. @throws NotFoundError, also for a product of somebody else */
  async page(userId: string, productId: string, query: ListingChangesQuery): Promise<ListingChangePage> {
    const { from, to, fields } = query;
    if (from && to && from > to) throw new ValidationError([{ field: 'from', message: 'must not be after to' }]);
    const size = query['page[size]'];
    const [minute, id] = decodeCursor(query['page[cursor]'], 2) ?? [null, null];
    if ([minute, id].some((part) => part !== null && !DIGITS.test(part ?? ''))) throw foreignCursor();
    const rows = await this.postgres.query<ChangeRow & { id: string | null }>(
      `SELECT c.id, ${COLUMNS}
       FROM product p LEFT JOIN LATERAL (
         SELECT * FROM listing_change c
         WHERE c.listing_id = p.listing_id AND c.field = ANY ($3::text[])
           AND c.observed_minute BETWEEN coalesce($4::bigint, 0) AND coalesce($5::bigint, 2147483647)
           AND ($6::bigint IS NULL OR (c.observed_minute, c.id) < ($6, $7::bigint))
         ORDER BY c.observed_minute DESC, c.id DESC LIMIT $8
       ) c ON true
       WHERE p.id = $1 AND p.user_id = $2 ORDER BY c.observed_minute DESC, c.id DESC`,
      [
        productId,
        userId,
        fields ?? LISTING_FIELD_NAMES,
        from ? Math.ceil(exactMinute(from)) : null,
        to ? toMinute(to) : null,
        minute,
        id,
        size + 1,
      ],
    );
    if (rows.length === 0) throw new NotFoundError('Product');
    return toPage(
      rows.filter((row) => row.id !== null),
      size,
      (row) => [String(row.observedMinute), row.id ?? ''],
      ({ field, before, after, observedMinute, recordedMinute, source }) => ({
        field,
        before,
        after,
        observedAt: isoMinute(observedMinute),
        recordedAt: isoMinute(recordedMinute),
        source: sourceName(source),
        simulated: sourceName(source) === 'sandbox',
      }),
    );
  }
}
