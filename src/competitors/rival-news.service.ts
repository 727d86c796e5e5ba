import { Injectable } from '@nestjs/common';
import { METRICS } from '../common/metric';
import { SourceName } from '../marketplace-data/marketplace-data';
import { SqlRunner } from '../shared/database/postgres';
import { Origin } from './origins';

export interface OwnedProduct {
  userId: string;
  productId: string;
}

export interface ConfirmedRival {
  productId: string;
  listingId: number;
  asin: string;
  title: string | null;
  confirmedAt: Date;
}

export interface FoundRival {
  productId: string;
  asin: string;
  title: string | null;
  foundAt: Date;
  similarity: number | null;
  /** Those that named it; none where it was found among the listings that are known here. */
  sources: SourceName[];
}

const HEADS = [METRICS.price.id, METRICS.buy_box_price.id].map(
  (id) => `s.current_since[${String(id)}], s.current_recorded[${String(id)}]`,
);

/** A price of the rival became known last at this minute. */
const LAST_PRICE = `greatest(s.current_recorded[${String(METRICS.price.id)}], s.current_recorded[${String(METRICS.buy_box_price.id)}])`;

/**
 * SQL for what there is of the rivals of a product `p`: `version`, another one once a rival is confirmed, dismissed or found for the first time, or a
 * confirmed one's price changed; `latest`, the minute at whose start all of that was known.
 */
export const RIVALS_NOW = `(
  SELECT md5(concat_ws(';', c.version, f.version)) AS version, greatest(c.latest, f.latest) AS latest
  FROM (
    SELECT string_agg(concat_ws(':', c.listing_id, extract(epoch FROM c.confirmed_at), ${HEADS.join(', ')}), ',' ORDER BY c.listing_id) AS version,
           max(greatest(ceil(extract(epoch FROM c.confirmed_at) / 60)::int, ${LAST_PRICE})) AS latest
    FROM competitor c JOIN listing_state s ON s.listing_id = c.listing_id
    WHERE c.product_id = p.id AND c.user_id = p.user_id AND c.status = 'confirmed'
  ) c,
  (
    SELECT concat_ws(':', count(*), extract(epoch FROM max(f.found_at))) AS version, ceil(extract(epoch FROM max(f.found_at)) / 60)::int AS latest
    FROM competitor_found f WHERE f.product_id = p.id AND f.user_id = p.user_id
  ) f
)`;

/** SQL for whether one of the listings $1 is a confirmed rival of a product `p`. It names nothing of `p` within, or PostgreSQL 15 would look once for each product. */
export const RIVALLED = `(p.id, p.user_id) IN (
  SELECT c.product_id, c.user_id FROM competitor c WHERE c.listing_id = ANY ($1::int[]) AND c.status = 'confirmed')`;

/** What is new about the rivals of products. */
@Injectable()
export class RivalNews {
  /** Those that are confirmed now. */
  async confirmed(products: readonly OwnedProduct[], sql: SqlRunner): Promise<ConfirmedRival[]> {
    const rows = await sql.query<{
      product_id: string;
      listing_id: number;
      asin: string;
      title: string | null;
      confirmed_at: Date;
    }>(
      `SELECT c.product_id, c.listing_id, l.asin, l.title, c.confirmed_at
       FROM unnest($1::uuid[], $2::uuid[]) AS t(product_id, user_id)
       JOIN competitor c ON c.product_id = t.product_id AND c.user_id = t.user_id AND c.status = 'confirmed'
       JOIN listing l ON l.id = c.listing_id ORDER BY c.product_id, c.listing_id`,
      arraysOf(products),
    );
    return rows.map((row) => ({
      productId: row.product_id,
      listingId: row.listing_id,
      asin: row.asin,
      title: row.title,
      confirmedAt: row.confirmed_at,
    }));
  }

  /** Those that a discovery suggested for the first time, since a time; by time, and the most similar of a discovery first. */
  async found(products: readonly OwnedProduct[], since: Date, sql: SqlRunner): Promise<FoundRival[]> {
    const rows = await sql.query<{
      product_id: string;
      asin: string;
      title: string | null;
      found_at: Date;
      similarity: number | null;
      found_by: Origin[];
    }>(
      `SELECT f.product_id, l.asin, l.title, f.found_at, f.similarity, f.found_by
       FROM unnest($1::uuid[], $2::uuid[]) AS t(product_id, user_id)
       JOIN competitor_found f ON f.product_id = t.product_id AND f.user_id = t.user_id AND f.found_at >= $3
       JOIN listing l ON l.id = f.listing_id
       ORDER BY f.product_id, f.found_at, f.similarity DESC NULLS LAST, l.asin`,
      [...arraysOf(products), since],
    );
    return rows.map((row) => ({
      productId: row.product_id,
      asin: row.asin,
      title: row.title,
      foundAt: row.found_at,
      similarity: row.similarity,
      sources: [...new Set(row.found_by.flatMap(sourceOf))],
    }));
  }
}

function sourceOf(origin: Origin): SourceName[] {
  return origin === 'user' || origin === 'known-listings' ? [] : [origin.slice(0, origin.indexOf(':')) as SourceName];
}

function arraysOf(products: readonly OwnedProduct[]): [string[], string[]] {
  return [products.map(({ productId }) => productId), products.map(({ userId }) => userId)];
}
