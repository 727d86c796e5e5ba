import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import { Queue } from 'bullmq';
import { v7 as uuidv7 } from 'uuid';
import { AppError, ConflictError, NotFoundError, ValidationError } from '../common/app-error';
import { Clock } from '../common/clock';
import { withDeadline } from '../common/deadline';
import { Marketplace } from '../common/marketplace';
import { ProductsService } from '../products/products.service';
import { Tracking } from '../products/tracking.service';
import { Postgres, SqlRunner } from '../shared/database/postgres';
import { COMPETITOR_SELECT, CompetitorRow, toCompetitorView } from './competitor-view';
import { DISCOVERY_QUEUE, DiscoveryJob } from './competitors.queue';
import { DiscoveryLog, DiscoveryRow } from './discovery-log';
import { ListCompetitorsQuery, UpdateCompetitorDto } from './dto/competitor.dto';
import { CompetitorList, CompetitorView, DiscoveryQueuedView } from './dto/competitor.view';

/** Of one product, suggested and confirmed together. */
export const MAX_COMPETITORS = 20;

/** Redis keeps an `add` waiting for as long as it is away. */
const ENQUEUE_MS = 2000;

@Injectable()
export class CompetitorsService {
  constructor(
    private readonly postgres: Postgres,
    private readonly tracking: Tracking,
    private readonly products: ProductsService,
    private readonly log: DiscoveryLog,
    private readonly clock: Clock,
    @InjectQueue(DISCOVERY_QUEUE) private readonly queue: Queue<DiscoveryJob>,
  ) {}

  /** @throws NotFoundError, also for a product of somebody else */
  async list(userId: string, productId: string, query: ListCompetitorsQuery): Promise<CompetitorList> {
    // Before the rivals, not beside them: what a finished discovery found is there when it is called finished.
    const [product] = await this.postgres.query<
      DiscoveryRow | (Record<keyof DiscoveryRow, null> & { started_at: null })
    >(
      `SELECT d.run_id, d.started_at, d.finished_at, d.exclude_own_brand, d.terms, d.outcomes
       FROM product p LEFT JOIN competitor_discovery d ON d.product_id = p.id AND d.user_id = p.user_id
       WHERE p.id = $1 AND p.user_id = $2`,
      [productId, userId],
    );
    if (!product) throw new NotFoundError('Product');
    const rows = await this.postgres.query<CompetitorRow>(
      `${COMPETITOR_SELECT} WHERE c.product_id = $1 AND c.user_id = $2 AND c.status = ANY ($3::text[])
       ORDER BY c.is_pinned DESC, c.similarity DESC NULLS LAST, c.id`,
      [productId, userId, query.status === undefined ? ['suggested', 'confirmed'] : [query.status]],
    );
    return {
      data: rows.map(toCompetitorView),
      discovery: product.started_at === null ? null : this.log.toView(product),
    };
  }

  /** @throws NotFoundError, also for one of somebody else */
  async get(userId: string, id: string): Promise<CompetitorView> {
    const [row] = await this.postgres.query<CompetitorRow>(`${COMPETITOR_SELECT} WHERE c.id = $1 AND c.user_id = $2`, [
      id,
      userId,
    ]);
    if (!row) throw new NotFoundError('Competitor');
    return toCompetitorView(row);
  }

  /** @throws ConflictError when it is a competitor already or there are too many */
  async add(userId: string, productId: string, asin: string): Promise<CompetitorView> {
    const id = await this.postgres.transaction(async (sql) => {
      const own = await this.listingOf(sql, userId, productId, 'FOR UPDATE OF p');
      if (own.asin === asin) throw new ValidationError([{ field: 'asin', message: 'is the product itself' }]);
      const listings = await this.tracking.ensureListings(sql, [{ marketplace: own.marketplace, asin }]);
      const [listingId] = [...listings.values()];
      if (listingId === undefined) throw new Error('a listing was neither found nor made');
      const [known] = await sql.query<{ status: string }>(
        `SELECT status FROM competitor WHERE product_id = $1 AND user_id = $2 AND listing_id = $3`,
        [productId, userId, listingId],
      );
      if (known?.status === 'confirmed') throw new ConflictError(`${asin} is a competitor already`, 'already_tracked');
      await this.ensureRoom(sql, userId, productId, listingId);
      const [row] = await sql.query<{ id: string }>(
        `INSERT INTO competitor (id, user_id, product_id, listing_id, status, confirmed_at, found_by, created_at, updated_at)
         VALUES ($1, $2, $3, $4, 'confirmed', $5, '{user}', $5, $5)
         ON CONFLICT (product_id, listing_id) DO UPDATE
           SET status = 'confirmed', confirmed_at = excluded.confirmed_at, found_by = array_remove(competitor.found_by, 'user') || excluded.found_by, updated_at = excluded.updated_at
         RETURNING id`,
        [uuidv7(), userId, productId, listingId, this.clock.now()],
      );
      await this.tracking.watch(sql, productId, [listingId]);
      return row?.id ?? '';
    });
    await this.products.announceDue();
    return this.get(userId, id);
  }

  /** @throws NotFoundError, also for one of somebody else */
  async update(userId: string, id: string, change: UpdateCompetitorDto): Promise<CompetitorView> {
    // What is pinned is wanted: a suggestion may go with the next discovery.
    const isConfirmed = change.status === 'confirmed' || (change.status === undefined && change.isPinned === true);
    await this.postgres.transaction(async (sql) => {
      const [competitor] = await sql.query<{ product_id: string; listing_id: number; status: string }>(
        `SELECT c.product_id, c.listing_id, c.status FROM competitor c JOIN product p ON p.id = c.product_id
         WHERE c.id = $1 AND c.user_id = $2 FOR UPDATE OF p, c`,
        [id, userId],
      );
      if (!competitor) throw new NotFoundError('Competitor');
      const { product_id: productId, listing_id: listingId, status } = competitor;
      if (isConfirmed && status !== 'confirmed') {
        await this.ensureRoom(sql, userId, productId, listingId);
        await this.tracking.watch(sql, productId, [listingId]);
      }
      if (change.status === 'dismissed') await this.tracking.unwatch(sql, productId, [listingId]);
      await sql.query(
        `UPDATE competitor SET status = coalesce($3, status), is_pinned = coalesce($4, is_pinned), updated_at = $5,
           confirmed_at = CASE WHEN coalesce($3, status) = 'confirmed' THEN coalesce(confirmed_at, $5) END
         WHERE id = $1 AND user_id = $2`,
        [id, userId, isConfirmed ? 'confirmed' : (change.status ?? null), change.isPinned ?? null, this.clock.now()],
      );
    });
    if (isConfirmed) await this.products.announceDue();
    return this.get(userId, id);
  }

  /** Those of the products, of any users, that have a confirmed competitor. */
  async withConfirmed(productIds: readonly string[]): Promise<Set<string>> {
    const rows = await this.postgres.query<{ product_id: string }>(
      `SELECT DISTINCT product_id FROM competitor WHERE product_id = ANY ($1::uuid[]) AND status = 'confirmed'`,
      [productIds],
    );
    return new Set(rows.map(({ product_id }) => product_id));
  }

  /** Dismisses it. */
  async dismiss(userId: string, id: string): Promise<void> {
    await this.update(userId, id, { status: 'dismissed', isPinned: false });
  }

  async discover(userId: string, productId: string, excludeOwnBrand: boolean): Promise<DiscoveryQueuedView> {
    const job: DiscoveryJob = { userId, productId, excludeOwnBrand, isDemanded: true, runId: uuidv7() };
    // Before the worker can have finished: whoever asks next sees that it is under way, and waits for that one.
    const started = await this.log.start(job);
    if (started === undefined) throw new NotFoundError('Product');
    if (started === 'under_way') return { queued: true };
    try {
      await withDeadline(this.queue.add('discover', job), ENQUEUE_MS);
    } catch {
      await this.log.abandon(job);
      throw new AppError('service_unavailable', 'The queue cannot be reached at the moment');
    }
    return { queued: true };
  }

  private async listingOf(
    sql: SqlRunner,
    userId: string,
    productId: string,
    lock: 'FOR UPDATE OF p' | '' = '',
  ): Promise<{ asin: string; marketplace: Marketplace }> {
    const [listing] = await sql.query<{ asin: string; marketplace: Marketplace }>(
      `SELECT l.asin, l.marketplace FROM product p JOIN listing l ON l.id = p.listing_id WHERE p.id = $1 AND p.user_id = $2 ${lock}`,
      [productId, userId],
    );
    if (!listing) throw new NotFoundError('Product');
    return listing;
  }

  /** Makes way for one more that is confirmed: the least similar suggestion gives its place. The caller has locked the product. */
  private async ensureRoom(sql: SqlRunner, userId: string, productId: string, listingId: number): Promise<void> {
    const [row] = await sql.query<{ confirmed: number }>(
      `SELECT count(*)::int AS confirmed FROM competitor WHERE product_id = $1 AND user_id = $2 AND status = 'confirmed'`,
      [productId, userId],
    );
    const left = MAX_COMPETITORS - (row?.confirmed ?? 0) - 1;
    if (left < 0) {
      const message = `A product has at most ${String(MAX_COMPETITORS)} competitors`;
      throw new ConflictError(message, 'competitor_limit_reached');
    }
    await sql.query(
      `DELETE FROM competitor WHERE user_id = $2 AND id IN (
         SELECT id FROM competitor WHERE product_id = $1 AND user_id = $2 AND status = 'suggested' AND listing_id <> $3
         ORDER BY similarity DESC NULLS LAST, id OFFSET $4)`,
      [productId, userId, listingId, left],
    );
  }
}
