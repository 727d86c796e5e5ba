import { METRICS } from '../common/metric';
import { Described } from './similarity';

/** Listings whose titles share telling words with the product's, and the product's own first. */
export interface CandidateRow {
  listing_id: number;
  is_own: boolean;
  title: string | null;
  bullets: string[] | null;
  brand: string | null;
  category_path: string[] | null;
  bsr_category: string | null;
  price: number | null;
  bsr: number | null;
}

const CANDIDATES = 300;
/** Words are looked up, the rarest first, as long as together they lead to no more than this share of all listings, */
const REACH = 0.05;
/** or to this many where that is more. */
const FEW = 2000;
/** Share of the listings that have a word of which the planner's statistics know nothing. */
const RARE = 0.0001;

/** How common each of the most common words is: what PostgreSQL's own statistics say of `listing.title_words`. */
export const COMMON_WORDS_STATEMENT = `
SELECT t.word, t.share
FROM pg_stats s CROSS JOIN LATERAL unnest(s.most_common_elems::text::text[], s.most_common_elem_freqs) AS t(word, share)
WHERE s.schemaname = current_schema() AND s.tablename = 'listing' AND s.attname = 'title_words' AND t.word IS NOT NULL`;

/**
 * Candidates in one statement, by an index of words: $1 product, $2 user, $3 whether those of its own brand are left out,
 * $4 common words and $5 the share of each, in parallel.
 * Left out are the listing itself and its variations.
 */
export const CANDIDATES_STATEMENT = `
WITH own AS (
  SELECT l.* FROM product p JOIN listing l ON l.id = p.listing_id WHERE p.id = $1 AND p.user_id = $2
),
common AS (SELECT * FROM unnest($4::text[], $5::real[]) AS t(word, share)),
words AS (
  SELECT w.word, coalesce(c.share, ${String(RARE)}) AS share
  FROM own CROSS JOIN LATERAL unnest(own.title_words) AS w(word) LEFT JOIN common c USING (word)
),
telling AS (
  SELECT word, ln(1 + 1 / share) AS weight FROM (SELECT *, sum(share) OVER (ORDER BY share, word) AS reach FROM words) w
  WHERE reach <= greatest(${String(REACH)}, ${String(FEW)} / (SELECT greatest(reltuples, 1) FROM pg_class WHERE oid = 'listing'::regclass))
),
near AS (
  SELECT l.id FROM own JOIN listing l ON l.marketplace = own.marketplace AND l.id <> own.id
  CROSS JOIN LATERAL (SELECT sum(weight) AS nearness FROM telling t WHERE t.word = ANY (l.title_words)) n
  WHERE l.title_words && (SELECT array_agg(word) FROM telling)
    AND (l.parent_asin IS DISTINCT FROM own.parent_asin OR own.parent_asin IS NULL)
    AND l.asin IS DISTINCT FROM own.parent_asin AND l.parent_asin IS DISTINCT FROM own.asin
    AND NOT ($3 AND lower(l.brand) IS NOT DISTINCT FROM lower(own.brand) AND own.brand IS NOT NULL)
  ORDER BY n.nearness DESC, l.id LIMIT ${String(CANDIDATES)}
)
SELECT l.id AS listing_id, l.id = own.id AS is_own, l.title, l.bullets, l.brand, l.category_path, l.bsr_category,
       s.current_values[${String(METRICS.price.id)}] AS price, s.current_values[${String(METRICS.bsr.id)}] AS bsr
FROM own CROSS JOIN LATERAL (SELECT own.id UNION ALL SELECT id FROM near) ids(id)
JOIN listing l ON l.id = ids.id JOIN listing_state s ON s.listing_id = l.id`;

export function toDescribed(row: CandidateRow): Described {
  return {
    title: row.title,
    bullets: row.bullets?.join('\n') ?? null,
    brand: row.brand,
    categoryPath: row.category_path,
    price: row.price,
    bsr: row.bsr,
    bsrCategory: row.bsr_category,
  };
}

/** The share of all listings that have a word, for words and pairs of words: a pair is at most as common as each of its words. */
export function shareOf(common: ReadonlyMap<string, number>): (term: string) => number {
  return (term) => Math.min(...term.split(' ').map((word) => common.get(word) ?? RARE));
}
