import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import { Queue } from 'bullmq';
import { ConflictError, NotFoundError, ValidationError } from '../common/app-error';
import { Clock } from '../common/clock';
import { Marketplace } from '../common/marketplace';
import { decodeCursor, toPage } from '../common/pagination';
import { Config } from '../config/config';
import { Sources } from '../marketplace-data/sources.service';
import { Postgres } from '../shared/database/postgres';
import { CreateProductDto, ListProductsQuery, UpdateProductDto } from './dto/product.dto';
import { ProductPage, ProductView, RefreshView } from './dto/product.view';
import { LISTINGS_DUE_QUEUE, ListingsDueJob } from './products.queue';
import { asJson, PRODUCT_SELECT, ProductRow, toProductView, ViewContext } from './product-view';
import { Tracking } from './tracking.service';
import { wake } from '../shared/queue/wake';

/** A listing checked this recently is not asked again by hand: the answer would be the same, at the budget's cost. */
const FRESH_MS = 5 * 60_000;

/** Redis keeps an `add` waiting for as long as it is away. */
const WAKE_MS = 1000;

const SORTS = {
  createdAt: { key: 'p.id::text', direction: 'ASC', comparison: '>' },
  '-createdAt': { key: 'p.id::text', direction: 'DESC', comparison: '<' },
  title: { key: 'lower(coalesce(p.title, l.title, l.asin))', direction: 'ASC', comparison: '>' },
  '-title': { key: 'lower(coalesce(p.title, l.title, l.asin))', direction: 'DESC', comparison: '<' },
} as const;

/** By column, what else an update sets with it: since when it is so. $3 now. */
const SINCE: Partial<Record<string, (value: string) => string[]>> = {
  is_active: (value) => [`active_since = CASE WHEN ${value} AND NOT is_active THEN $3 ELSE active_since END`],
  tags: (value) => [
    `tagged_at = (
       SELECT array_agg(CASE WHEN t.tag = ANY (product.tags) THEN product.tagged_at[array_position(product.tags, t.tag)] ELSE $3 END ORDER BY t.place)
       FROM unnest(${value}::text[]) WITH ORDINALITY AS t(tag, place))`,
  ],
};

@Injectable()
export class ProductsService {
  private readonly logger = new Logger(ProductsService.name);
  private readonly viewContext: ViewContext;

  constructor(
    private readonly postgres: Postgres,
    private readonly tracking: Tracking,
    private readonly clock: Clock,
    @InjectQueue(LISTINGS_DUE_QUEUE) private readonly dueQueue: Queue<ListingsDueJob>,
    sources: Sources,
    config: Config,
  ) {
    this.viewContext = {
      defaultIntervalMinutes: config.env.REFRESH_INTERVAL_MINUTES,
      failingAfterChecks: config.env.FAILING_AFTER_CHECKS,
      hasSource: (marketplace, asin) => sources.canRead(marketplace, asin),
    };
  }

  /** @throws ConflictError when the user tracks the listing already or may not track more */
  async create(userId: string, request: CreateProductDto): Promise<ProductView> {
    const [result] = await this.tracking.track(userId, [{ ...request, marketplace: request.marketplace ?? 'US' }]);
    if (result?.productId == null) {
      throw new ConflictError('Your number of products is used up', 'product_limit_reached');
    }
    if (result.status === 'exists') {
      throw new ConflictError(`You track this listing already, as product ${result.productId}`, 'already_tracked');
    }
    await this.announceDue();
    return this.get(userId, result.productId);
  }

  /** @throws NotFoundError, also for a product of somebody else */
  async get(userId: string, id: string): Promise<ProductView> {
    const [row] = await this.postgres.query<{ product: ProductRow }>(
      { name: 'product-by-id', text: asJson(`${PRODUCT_SELECT} WHERE p.id = $1 AND p.user_id = $2`) },
      [id, userId],
    );
    if (!row) throw new NotFoundError('Product');
    return toProductView(row.product, this.viewContext);
  }

  async list(userId: string, query: ListProductsQuery): Promise<ProductPage> {
    const sortedBy = query.sort ?? '-createdAt';
    const sort = SORTS[sortedBy];
    const size = query['page[size]'];
    const cursor = decodeCursor(query['page[cursor]'], 2);
    const [cursorKey = null, cursorId = null] = cursor ?? [];
    const rows = await this.postgres.query<{ product: ProductRow & { sort_key: string } }>(
      {
        name: `products-by${sortedBy}`,
        text: asJson(`SELECT * FROM (${PRODUCT_SELECT.replace('SELECT', `SELECT ${sort.key} AS sort_key,`)}
         WHERE p.user_id = $1
           AND ($2::boolean IS NULL OR p.is_active = $2)
           AND ($3::text IS NULL OR p.category = $3 OR (p.category IS NULL AND $3 = ANY(l.category_path)))
           AND ($4::text IS NULL OR $4 = ANY(p.tags))
           AND ($5::text IS NULL OR l.asin = upper($5)
                OR strpos(lower(coalesce(p.title, l.title, '')), lower($5)) > 0)
       ) t
       WHERE $6::text IS NULL OR (sort_key, id::text) ${sort.comparison} ($6, $7)
       ORDER BY sort_key ${sort.direction}, id::text ${sort.direction}
       LIMIT $8`),
      },
      [
        userId,
        query.isActive ?? null,
        query.category ?? null,
        query.tag ?? null,
        query.q ?? null,
        cursorKey,
        cursorId,
        size + 1,
      ],
    );
    return toPage(
      rows,
      size,
      ({ product }) => [product.sort_key, product.id],
      ({ product }) => toProductView(product, this.viewContext),
    );
  }

  async update(userId: string, id: string, change: UpdateProductDto): Promise<ProductView> {
    const columns: Record<string, unknown> = {
      title: change.title,
      brand: change.brand,
      category: change.category,
      description: change.description,
      // Tags and activity have no "unset": null empties the one and is refused for the other.
      tags: (change.tags as string[] | null | undefined) === null ? [] : change.tags,
      is_active: change.isActive,
      refresh_interval_minutes: change.refreshIntervalMinutes,
      cost_of_goods: change.costOfGoods,
    };
    if (columns.is_active === null)
      throw new ValidationError([{ field: 'isActive', message: 'must be true or false' }]);
    const given = Object.entries(columns).filter(([, value]) => value !== undefined);
    const assignments = given.flatMap(([column], index) => {
      const value = `$${index + 4}`;
      return [`${column} = ${value}`, ...(SINCE[column]?.(value) ?? [])];
    });
    const values = given.map(([, value]) => value);
    await this.postgres.transaction(async (sql) => {
      const [row] = await sql.query(
        `UPDATE product SET ${['updated_at = $3', ...assignments].join(', ')} WHERE id = $1 AND user_id = $2 RETURNING id`,
        [id, userId, this.clock.now(), ...values],
      );
      if (!row) throw new NotFoundError('Product');
      if (change.isActive !== undefined || change.refreshIntervalMinutes !== undefined) {
        await this.tracking.reschedule(sql, await this.tracking.listingsOf(sql, userId, id));
      }
    });
    return this.get(userId, id);
  }

  /** Removes what is the user's, private imports included. The shared history of the listing stays for its other trackers. */
  async delete(userId: string, id: string): Promise<void> {
    await this.postgres.transaction(async (sql) => {
      // Whoever adds a competitor locks the product: none is added between here and the end.
      await sql.query(`SELECT FROM product WHERE id = $1 AND user_id = $2 FOR UPDATE`, [id, userId]);
      const listings = await this.tracking.listingsOf(sql, userId, id);
      const [row] = await sql.query(`DELETE FROM product WHERE id = $1 AND user_id = $2 RETURNING id`, [id, userId]);
      if (!row) throw new NotFoundError('Product');
      await this.tracking.reschedule(sql, listings);
    });
  }

  /** Makes the listing due now. */
  async refresh(userId: string, id: string): Promise<RefreshView> {
    const product = await this.get(userId, id);
    if (product.tracking.state === 'no_source') {
      throw new ConflictError(`No configured source can read ${product.asin} in ${product.marketplace}`, 'no_source');
    }
    if (!product.isActive) throw new ConflictError('This product is paused');
    const now = this.clock.now();
    const rows = await this.postgres.query(
      `UPDATE listing_state s SET next_check_at = $3 FROM product p
       WHERE p.id = $1 AND p.user_id = $2 AND s.listing_id = p.listing_id AND p.is_active
         AND (s.checked_at IS NULL OR s.checked_at < $4)
       RETURNING s.listing_id`,
      [id, userId, now, new Date(now.getTime() - FRESH_MS)],
    );
    if (rows.length > 0) await this.announceDue();
    return { queued: rows.length > 0, lastCheckedAt: product.tracking.lastCheckedAt };
  }

  /**
   * The user's products of these listings, by `marketplace/asin`. With `track`, what is not tracked yet is, up to the user's
   * number of products.
   */
  async productIds(
    userId: string,
    listings: { marketplace: Marketplace; asin: string; title?: string; brand?: string }[],
    track: boolean,
  ): Promise<Map<string, string>> {
    if (track) {
      const results = await this.tracking.track(userId, listings);
      if (results.some(({ status }) => status === 'created')) await this.announceDue();
    }
    const rows = await this.postgres.query<{ id: string; marketplace: Marketplace; asin: string }>(
      `SELECT p.id, l.marketplace, l.asin FROM listing l
       JOIN unnest($2::varchar[], $3::varchar[]) AS t(marketplace, asin) USING (marketplace, asin)
       JOIN product p ON p.listing_id = l.id AND p.user_id = $1`,
      [userId, listings.map(({ marketplace }) => marketplace), listings.map(({ asin }) => asin)],
    );
    return new Map(rows.map(({ id, marketplace, asin }) => [`${marketplace}/${asin}`, id]));
  }

  /** Wakes the capture. When the queue is away nothing is lost: the next tick finds what is due in the database. */
  async announceDue(): Promise<void> {
    await wake(this.dueQueue.add('due', {}), WAKE_MS, this.logger, 'due listings wait for the next tick');
  }
}
