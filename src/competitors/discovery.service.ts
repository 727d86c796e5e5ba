import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Clock } from '../common/clock';
import { Postgres } from '../shared/database/postgres';
import { CandidateRow, CANDIDATES_STATEMENT, COMMON_WORDS_STATEMENT, shareOf, toDescribed } from './candidates';
import { MAX_COMPETITORS } from './competitors.service';
import { SimilaritySet } from './similarity';

/** Below this a listing is no rival: of pairs less similar 1 or 2 % are of one leaf category, of those up to DIRECT_FROM about half. */
const RIVAL_FROM = 0.3;

export interface Rival {
  listingId: number;
  score: number;
  parts: Record<string, number>;
}

/** Finds rivals of a product among the listings that are known here. */
@Injectable()
export class DiscoveryService {
  constructor(
    private readonly postgres: Postgres,
    private readonly clock: Clock,
  ) {}

  /** Suggests the most similar listings. @returns how many are suggested now; 0 also for a product that is gone */
  async discover(userId: string, productId: string, excludeOwnBrand: boolean): Promise<number> {
    const rivals = await this.rivals(userId, productId, excludeOwnBrand);
    return this.postgres.transaction(async (sql) => {
      const [product] = await sql.query(`SELECT FROM product WHERE id = $1 AND user_id = $2 FOR UPDATE`, [
        productId,
        userId,
      ]);
      if (!product) return 0;
      const now = this.clock.now();
      const [row] = await sql.query<{ suggested: number }>(
        `WITH found AS (
           SELECT * FROM unnest($3::int[], $4::real[], $5::jsonb[]) WITH ORDINALITY AS t(listing_id, similarity, parts, place)
         ),
         room AS (
           SELECT ${String(MAX_COMPETITORS)} - count(*) FILTER (WHERE status = 'confirmed') AS places FROM competitor
           WHERE product_id = $1 AND user_id = $2
         ),
         fresh AS (
           SELECT f.* FROM found f
           WHERE NOT EXISTS (SELECT FROM competitor c WHERE c.product_id = $1 AND c.user_id = $2 AND c.listing_id = f.listing_id AND c.status <> 'suggested')
           ORDER BY f.place LIMIT (SELECT places FROM room)
         ),
         compared AS (
           UPDATE competitor c SET similarity = f.similarity, parts = f.parts, updated_at = $6
           FROM found f WHERE c.product_id = $1 AND c.user_id = $2 AND c.listing_id = f.listing_id AND c.status = 'confirmed'
         ),
         outdated AS (
           DELETE FROM competitor c WHERE c.product_id = $1 AND c.user_id = $2 AND c.status = 'suggested'
             AND c.listing_id NOT IN (SELECT listing_id FROM fresh)
         ),
         written AS (
           INSERT INTO competitor (id, user_id, product_id, listing_id, status, found_by, similarity, parts, created_at, updated_at)
           SELECT ($7::uuid[])[f.place], $2, $1, f.listing_id, 'suggested', 'known-listings', f.similarity, f.parts, $6, $6 FROM fresh f
           ON CONFLICT (product_id, listing_id) DO UPDATE
             SET similarity = excluded.similarity, parts = excluded.parts, updated_at = excluded.updated_at
         )
         SELECT count(*)::int AS suggested FROM fresh`,
        [
          productId,
          userId,
          rivals.map(({ listingId }) => listingId),
          rivals.map(({ score }) => score),
          rivals.map(({ parts }) => JSON.stringify(parts)),
          now,
          rivals.map(() => uuidv7()),
        ],
      );
      return row?.suggested ?? 0;
    });
  }

  /** The nearest first. Empty where the product has no title yet. */
  async rivals(userId: string, productId: string, excludeOwnBrand: boolean): Promise<Rival[]> {
    const common = await this.postgres.query<{ word: string; share: number }>({
      name: 'common-words',
      text: COMMON_WORDS_STATEMENT,
    });
    const shares = new Map(common.map(({ word, share }) => [word, share]));
    const rows = await this.postgres.query<CandidateRow>(
      { name: 'competitor-candidates', text: CANDIDATES_STATEMENT },
      [productId, userId, excludeOwnBrand, [...shares.keys()], [...shares.values()]],
    );
    const own = rows.findIndex(({ is_own }) => is_own);
    if (own < 0 || rows.length === 1) return [];
    const set = new SimilaritySet(rows.map(toDescribed), shares.size > 0 ? shareOf(shares) : undefined);
    return set.similarTo(own, 2 * MAX_COMPETITORS).flatMap(({ index, score, parts }) => {
      const row = rows[index];
      return row && score >= RIVAL_FROM ? [{ listingId: row.listing_id, score, parts }] : [];
    });
  }
}
