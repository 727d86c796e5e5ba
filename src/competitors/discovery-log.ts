import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock';
import { Postgres, SqlRunner } from '../shared/database/postgres';
import { DiscoveryJob } from './competitors.queue';
import { DiscoveryLine, withLatestAnswers } from './discovery-outcome';
import { DiscoveryView } from './dto/discovery.view';

/** A run that has not finished by then was lost with its worker. */
const LONGEST_RUN_MS = 30 * 60_000;

export interface DiscoveryRow {
  run_id: string | null;
  started_at: Date;
  finished_at: Date | null;
  exclude_own_brand: boolean;
  terms: string | null;
  outcomes: DiscoveryLine[];
}

/** One row a product: which discovery is under way, and the account of the last one that finished. */
@Injectable()
export class DiscoveryLog {
  constructor(
    private readonly postgres: Postgres,
    private readonly clock: Clock,
  ) {}

  /** @returns the account of the last discovery; undefined where the user has no such product */
  async begin({ userId, productId, runId, excludeOwnBrand }: DiscoveryJob): Promise<DiscoveryLine[] | undefined> {
    const [row] = await this.postgres.query<Pick<DiscoveryRow, 'outcomes'>>(
      `INSERT INTO competitor_discovery AS d (product_id, user_id, run_id, started_at, exclude_own_brand)
       SELECT id, user_id, $3, $4, $5 FROM product WHERE id = $1 AND user_id = $2
       ON CONFLICT (product_id) DO UPDATE
         SET run_id = excluded.run_id, started_at = excluded.started_at, exclude_own_brand = excluded.exclude_own_brand
       RETURNING d.outcomes`,
      [productId, userId, runId, this.clock.now(), excludeOwnBrand],
    );
    return row?.outcomes;
  }

  /** As `begin`, for one that is asked for: another one of the same that is under way is as good, and sources are asked once. */
  async start({
    userId,
    productId,
    runId,
    excludeOwnBrand,
  }: DiscoveryJob): Promise<'started' | 'under_way' | undefined> {
    const now = this.clock.now();
    const [row] = await this.postgres.query<{ is_started: boolean }>(
      `WITH own AS (SELECT id FROM product WHERE id = $1 AND user_id = $2),
       started AS (
         INSERT INTO competitor_discovery AS d (product_id, user_id, run_id, started_at, exclude_own_brand)
         SELECT id, $2, $3, $4, $5 FROM own
         ON CONFLICT (product_id) DO UPDATE
           SET run_id = excluded.run_id, started_at = excluded.started_at, exclude_own_brand = excluded.exclude_own_brand
           WHERE d.run_id IS NULL OR d.started_at < $6 OR d.exclude_own_brand <> excluded.exclude_own_brand
         RETURNING product_id
       )
       SELECT EXISTS (SELECT FROM started) AS is_started FROM own`,
      [productId, userId, runId, now, excludeOwnBrand, new Date(now.getTime() - LONGEST_RUN_MS)],
    );
    if (!row) return undefined;
    return row.is_started ? 'started' : 'under_way';
  }

  /** Those of the products, of any users, whose last discovery left their own brand out. */
  async excludingOwnBrand(productIds: readonly string[]): Promise<Set<string>> {
    const rows = await this.postgres.query<{ product_id: string }>(
      `SELECT product_id FROM competitor_discovery WHERE product_id = ANY ($1::uuid[]) AND exclude_own_brand`,
      [productIds],
    );
    return new Set(rows.map(({ product_id }) => product_id));
  }

  /** It will not run after all. */
  async abandon({ userId, productId, runId }: DiscoveryJob): Promise<void> {
    await this.postgres.query(
      `UPDATE competitor_discovery SET run_id = NULL WHERE product_id = $1 AND user_id = $2 AND run_id = $3`,
      [productId, userId, runId],
    );
  }

  /** In the transaction that writes what was found, which has locked the product. Another run that began since stays under way. */
  async finish(
    sql: SqlRunner,
    { userId, productId, runId }: DiscoveryJob,
    terms: string | null,
    lines: DiscoveryLine[],
  ): Promise<void> {
    const [stored] = await sql.query<Pick<DiscoveryRow, 'outcomes'>>(
      `SELECT outcomes FROM competitor_discovery WHERE product_id = $1 AND user_id = $2 FOR UPDATE`,
      [productId, userId],
    );
    await sql.query(
      `UPDATE competitor_discovery SET run_id = nullif(run_id, $3), finished_at = $4, terms = $5, outcomes = $6
       WHERE product_id = $1 AND user_id = $2`,
      [
        productId,
        userId,
        runId,
        this.clock.now(),
        terms,
        JSON.stringify(withLatestAnswers(lines, stored?.outcomes ?? [])),
      ],
    );
  }

  toView(row: DiscoveryRow): DiscoveryView {
    const isLost = this.clock.now().getTime() - row.started_at.getTime() > LONGEST_RUN_MS;
    return {
      state: row.run_id === null ? 'finished' : isLost ? 'interrupted' : 'under_way',
      startedAt: row.started_at.toISOString(),
      finishedAt: row.finished_at?.toISOString() ?? null,
      excludeOwnBrand: row.exclude_own_brand,
      terms: row.terms,
      // jsonb keeps no order of keys.
      sources: row.outcomes.map(({ source, way, outcome, hits, answeredAt, detail }) => ({
        source,
        way,
        outcome,
        hits,
        answeredAt,
        detail,
      })),
    };
  }
}
