import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Clock } from '../common/clock';
import { Marketplace } from '../common/marketplace';
import { Config } from '../config/config';
import { Postgres, SqlRunner } from '../shared/database/postgres';

/** What a user asks to track, checked and normalised. */
export interface TrackRequest {
  asin: string;
  marketplace: Marketplace;
  title?: string | null;
  brand?: string | null;
  category?: string | null;
  description?: string | null;
  tags?: string[];
  refreshIntervalMinutes?: number | null;
  costOfGoods?: number | null;
}

export interface TrackResult {
  status: 'created' | 'exists' | 'limit';
  /** Null when the limit was reached. */
  productId: string | null;
}

/** What a search says of a listing. */
export interface DescribedListing {
  listingId: number;
  title: string | null;
  brand: string | null;
  categoryPath: readonly string[] | null;
  parentAsin: string | null;
  imageUrl: string | null;
}

/** Products whose rows are read together. */
const CHUNK = 500;

/** Ties users to listings, and keeps each listing's check interval equal to the shortest that its trackers ask for. */
@Injectable()
export class Tracking {
  constructor(
    private readonly postgres: Postgres,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /** All active products of all users, some at a time. */
  async *activeProducts(): AsyncGenerator<{ userId: string; productId: string }[]> {
    for (let last = '00000000-0000-0000-0000-000000000000'; ;) {
      const rows = await this.postgres.query<{ id: string; user_id: string }>(
        `SELECT id, user_id FROM product WHERE is_active AND id > $1 ORDER BY id LIMIT $2`,
        [last, CHUNK],
      );
      yield rows.map(({ id, user_id }) => ({ userId: user_id, productId: id }));
      if (rows.length < CHUNK) return;
      last = rows.at(-1)?.id ?? last;
    }
  }

  /** All or none of what is new; one result per request, in order. A listing asked for twice is created once. */
  track(userId: string, requests: TrackRequest[]): Promise<TrackResult[]> {
    return this.postgres.transaction(async (sql) => {
      // Two imports of one user at once would each count the same free places.
      await sql.query(`SELECT 1 FROM app_user WHERE id = $1 FOR UPDATE`, [userId]);
      const listings = await this.ensureListings(sql, requests);
      const known = await this.knownProducts(sql, userId, [...listings.values()]);
      const [used] = await sql.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM product WHERE user_id = $1`,
        [userId],
      );
      let room = this.config.env.MAX_PRODUCTS_PER_USER - (used?.count ?? 0);
      const created: { id: string; listingId: number; request: TrackRequest }[] = [];
      const results = requests.map((request): TrackResult => {
        const listingId = listings.get(keyOf(request));
        if (listingId === undefined) throw new Error('a listing was neither found nor made');
        const existing = known.get(listingId);
        if (existing !== undefined) return { status: 'exists', productId: existing };
        if (room <= 0) return { status: 'limit', productId: null };
        room -= 1;
        const id = uuidv7();
        known.set(listingId, id);
        created.push({ id, listingId, request });
        return { status: 'created', productId: id };
      });
      await this.insertProducts(sql, userId, created);
      await this.reschedule(
        sql,
        created.map(({ listingId }) => listingId),
      );
      return results;
    });
  }

  /** To be called in the transaction that changed who tracks these listings, or how often. */
  async reschedule(sql: SqlRunner, listingIds: number[]): Promise<void> {
    if (listingIds.length === 0) return;
    // First, and in one order: who comes second then reads what the first one left, and nobody waits in a circle.
    await sql.query(`SELECT FROM listing_state WHERE listing_id = ANY ($1::int[]) ORDER BY listing_id FOR UPDATE`, [
      listingIds,
    ]);
    await sql.query(
      `UPDATE listing_state s SET
         interval_minutes = t.interval_minutes,
         next_check_at = CASE
           WHEN t.interval_minutes IS NULL THEN NULL
           -- A failing listing keeps its back-off.
           WHEN s.failures > 0 AND s.next_check_at IS NOT NULL THEN s.next_check_at
           ELSE coalesce(s.checked_at + make_interval(mins => t.interval_minutes), $3)
         END
       FROM (
         SELECT l.id, least(
           (SELECT min(coalesce(p.refresh_interval_minutes, $2)) FROM product p WHERE p.listing_id = l.id AND p.is_active),
           (SELECT min(coalesce(p.refresh_interval_minutes, $2)) FROM listing_watch w JOIN product p ON p.id = w.product_id
            WHERE w.listing_id = l.id AND p.is_active)
         ) AS interval_minutes
         FROM unnest($1::int[]) AS l(id)
       ) t
       WHERE s.listing_id = t.id`,
      [listingIds, this.config.env.REFRESH_INTERVAL_MINUTES, this.clock.now()],
    );
  }

  /** Has other listings checked along with a product, or no more. */
  async watch(sql: SqlRunner, productId: string, listingIds: number[]): Promise<void> {
    await sql.query(
      `INSERT INTO listing_watch (listing_id, product_id) SELECT t.id, $2 FROM unnest($1::int[]) AS t(id) ON CONFLICT DO NOTHING`,
      [listingIds, productId],
    );
    await this.reschedule(sql, listingIds);
  }

  async unwatch(sql: SqlRunner, productId: string, listingIds: number[]): Promise<void> {
    await sql.query(`DELETE FROM listing_watch WHERE product_id = $2 AND listing_id = ANY ($1::int[])`, [
      listingIds,
      productId,
    ]);
    await this.reschedule(sql, listingIds);
  }

  /** The product's own listing and those that are checked along with it. */
  async listingsOf(sql: SqlRunner, userId: string, productId: string): Promise<number[]> {
    const rows = await sql.query<{ id: number }>(
      `SELECT listing_id AS id FROM product WHERE id = $1 AND user_id = $2
       UNION SELECT w.listing_id FROM listing_watch w JOIN product p ON p.id = w.product_id WHERE p.id = $1 AND p.user_id = $2
       ORDER BY id`,
      [productId, userId],
    );
    return rows.map(({ id }) => id);
  }

  /** By `keyOf`. */
  async ensureListings(
    sql: SqlRunner,
    requests: Pick<TrackRequest, 'asin' | 'marketplace'>[],
  ): Promise<Map<string, number>> {
    // In one order for everybody, so that two imports never wait for each other in a circle.
    const unique = [...new Map(requests.map((request) => [keyOf(request), request])).entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, request]) => request);
    const marketplaces = unique.map(({ marketplace }) => marketplace);
    const asins = unique.map(({ asin }) => asin);
    await sql.query(
      `WITH made AS (
         INSERT INTO listing (marketplace, asin) SELECT * FROM unnest($1::varchar[], $2::varchar[])
         ON CONFLICT (marketplace, asin) DO NOTHING RETURNING id
       )
       INSERT INTO listing_state (listing_id) SELECT id FROM made`,
      [marketplaces, asins],
    );
    const rows = await sql.query<{ id: number; marketplace: Marketplace; asin: string }>(
      `SELECT l.id, l.marketplace, l.asin FROM listing l
       JOIN unnest($1::varchar[], $2::varchar[]) AS t(marketplace, asin) USING (marketplace, asin)`,
      [marketplaces, asins],
    );
    return new Map(rows.map((row) => [keyOf(row), row.id]));
  }

  /** Keeps what a search said of listings of which no reading has told a title; of others, and without a title, nothing. */
  async describe(sql: SqlRunner, listings: readonly DescribedListing[]): Promise<void> {
    const titled = listings.filter(({ title }) => title !== null);
    if (titled.length === 0) return;
    // States are locked in id order, as whoever records readings does, so that nobody waits in a circle.
    await sql.query(
      `WITH told AS (
         SELECT * FROM jsonb_to_recordset($1::jsonb) AS t("listingId" int, title text, brand text, "categoryPath" text[],
           "parentAsin" varchar, "imageUrl" text)
       ),
       locked AS (
         SELECT listing_id FROM listing_state WHERE listing_id IN (SELECT "listingId" FROM told) ORDER BY listing_id FOR UPDATE
       )
       UPDATE listing l SET title = t.title, brand = coalesce(l.brand, t.brand),
         category_path = coalesce(l.category_path, t."categoryPath"), parent_asin = coalesce(l.parent_asin, t."parentAsin"),
         image_url = coalesce(l.image_url, t."imageUrl")
       FROM told t JOIN locked k ON k.listing_id = t."listingId"
       WHERE l.id = t."listingId" AND l.title IS NULL`,
      [JSON.stringify(titled)],
    );
  }

  private async knownProducts(sql: SqlRunner, userId: string, listingIds: number[]): Promise<Map<number, string>> {
    const rows = await sql.query<{ id: string; listing_id: number }>(
      `SELECT id, listing_id FROM product WHERE user_id = $1 AND listing_id = ANY($2)`,
      [userId, listingIds],
    );
    return new Map(rows.map((row) => [row.listing_id, row.id]));
  }

  private async insertProducts(
    sql: SqlRunner,
    userId: string,
    created: { id: string; listingId: number; request: TrackRequest }[],
  ): Promise<void> {
    if (created.length === 0) return;
    const rows = created.map(({ id, listingId, request }) => ({
      id,
      listing_id: listingId,
      title: request.title ?? null,
      brand: request.brand ?? null,
      category: request.category ?? null,
      description: request.description ?? null,
      tags: request.tags ?? [],
      refresh_interval_minutes: request.refreshIntervalMinutes ?? null,
      cost_of_goods: request.costOfGoods ?? null,
    }));
    await sql.query(
      `INSERT INTO product (id, user_id, listing_id, title, brand, category, description, tags, is_active,
                            refresh_interval_minutes, cost_of_goods, created_at, updated_at)
       SELECT t.id, $2, t.listing_id, t.title, t.brand, t.category, t.description, t.tags, true,
              t.refresh_interval_minutes, t.cost_of_goods, $3, $3
       FROM jsonb_to_recordset($1::jsonb) AS t(id uuid, listing_id int, title text, brand text, category text,
         description text, tags text[], refresh_interval_minutes int, cost_of_goods int)`,
      [JSON.stringify(rows), userId, this.clock.now()],
    );
  }
}

function keyOf({ marketplace, asin }: { marketplace: Marketplace; asin: string }): string {
  return `${marketplace}/${asin}`;
}
