import { METRICS } from '../common/metric';
import { CompetitorStatus } from './entities/competitor.entity';
import { Origin } from './origins';
import { Candidate } from './rivals';

interface ListingRow {
  listing_id: number;
  asin: string;
  title: string | null;
  bullets: string[] | null;
  brand: string | null;
  category_path: string[] | null;
  parent_asin: string | null;
  image_url: string | null;
  bsr_category: string | null;
  price: number | null;
  bsr: number | null;
}

/** Listings whose titles share telling words with the product's, and the product's own first. */
export interface CandidateRow extends ListingRow {
  is_own: boolean;
}

/** A listing that is a competitor already, or that a source named. */
export interface KnownRivalRow extends ListingRow {
  status: CompetitorStatus | null;
  found_by: Origin[] | null;
}

const LISTING_COLUMNS = `l.id AS listing_id, l.asin, l.title, l.bullets, l.brand, l.category_path, l.parent_asin, l.image_url, l.bsr_category,
       s.current_values[${String(METRICS.price.id)}] AS price, s.current_values[${String(METRICS.bsr.id)}] AS bsr`;

const CANDIDATES = 300;
/** Words are looked up, the rarest first, as long as together they lead to no more than this share of all listings, */
const REACH = 0.05;
/** or to this many where that is more. */
const FEW = 2000;
/** Share of the listings that have a word of which the planner's statistics know nothing. */
const RARE = 0.0001;

/**
 * Listings of other kinds that are thought of as standing beside those that are known here (additive smoothing by a background
 * collection; Zhai and Lafferty 2004): where all known ones are kettles, "kettle" still tells what a kettle is. On eight pages of
 * search results, where every title has the words that were searched for and nothing else is known, the median listing finds
 * nobody similar on five of them without it and on one with it; of pairs of 1,465 titles of amazon.in that come close above
 * RIVAL_FROM, 86 % are of one leaf category with it and 88 % without.
 */
const BACKGROUND_LISTINGS = 10_000;

/** How common each of the most common words is: what PostgreSQL's own statistics say of `listing.title_words`. */
export const COMMON_WORDS_STATEMENT = `
SELECT t.word, t.share, (SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = 'listing'::regclass) AS listings
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
SELECT l.id = own.id AS is_own, ${LISTING_COLUMNS}
FROM own CROSS JOIN LATERAL (SELECT own.id UNION ALL SELECT id FROM near) ids(id)
JOIN listing l ON l.id = ids.id JOIN listing_state s ON s.listing_id = l.id`;

/** $1 product, $2 user, $3 marketplace, $4 ASINs: which of them are known here, and the product's competitors whatever they are. */
export const KNOWN_RIVALS_STATEMENT = `
WITH ids AS (
  SELECT listing_id AS id FROM competitor WHERE product_id = $1 AND user_id = $2
  UNION SELECT id FROM listing WHERE marketplace = $3 AND asin = ANY ($4::varchar[])
)
SELECT c.status, c.found_by, ${LISTING_COLUMNS}
FROM ids JOIN listing l USING (id) JOIN listing_state s ON s.listing_id = l.id
LEFT JOIN competitor c ON c.listing_id = l.id AND c.product_id = $1 AND c.user_id = $2`;

/** Which of the words $1 stand in the title of another listing than $2. */
export const SHARED_WORDS_STATEMENT = `
SELECT DISTINCT w.word FROM unnest($1::text[]) AS w(word)
WHERE EXISTS (SELECT FROM listing l WHERE l.title_words @> ARRAY[w.word] AND l.id <> $2)`;

export function toKnownCandidate(row: ListingRow): Candidate {
  return {
    asin: row.asin,
    listingId: row.listing_id,
    title: row.title,
    bullets: row.bullets?.join('\n') ?? null,
    brand: row.brand,
    categoryPath: row.category_path,
    parentAsin: row.parent_asin,
    imageUrl: row.image_url,
    price: row.price,
    bsr: row.bsr,
    bsrCategory: row.bsr_category,
  };
}

/**
 * The share of all listings that have a word, for words and pairs of words: a pair is at most as common as each of its words.
 * Hits of a search must not be counted for it: they all have the words that were searched for.
 * @param listings of which `common` tells the shares
 */
export function shareOf(common: ReadonlyMap<string, number>, listings: number): (term: string) => number {
  const weight = listings / (listings + BACKGROUND_LISTINGS);
  return (term) => Math.max(RARE, Math.min(...term.split(' ').map((word) => (common.get(word) ?? RARE) * weight)));
}
