import { ratioSimilarity, sizesOf, sizeSimilarity } from './sizes';
import { nameSimilarity, Terms, textTerms, titleTerms } from './terms';

/** What is known of a listing. What nobody told is null, and takes no part. */
export interface Described {
  title: string | null;
  /** Bullets or a description, as one text. */
  bullets: string | null;
  brand: string | null;
  /** Root to leaf. */
  categoryPath: readonly string[] | null;
  /** Of all that are compared in one currency, in one unit. */
  price: number | null;
  bsr: number | null;
  /** In which `bsr` counts: only ranks of one category are compared. */
  bsrCategory: string | null;
}

/**
 * Parts of a similarity, each from 0 to 1, with what each weighs. A part of which one side is not known is left out and its
 * weight goes to the others; it never counts as 0.
 */
export const WEIGHTS = {
  /** Cosine of the titles' words and pairs of words, by their rarity (tf-idf; Salton and Buckley 1988). */
  title: 0.4,
  /** The same of title and bullets together. */
  text: 0.4,
  /** How far the paths from the root go together. */
  category: 0.3,
  /** The lower price as a share of the higher one. */
  price: 0.05,
  /** The same of ranks in one category, by their logarithms. */
  rank: 0.05,
  brand: 0.03,
  /** Sizes and packs that both titles name. */
  size: 0.03,
} as const;

type Part = keyof typeof WEIGHTS;

/**
 * What is similar to the nearest of a listing's neighbours is similar to it (pseudo-relevance feedback; Rocchio 1971): they say
 * in other words what it is. Of the whole similarity this is half.
 */
const NEIGHBOURS = 5;
const NEIGHBOURS_WEIGHT = 0.5;
/** Listings whose texts are nearest, and of which all parts are compared. */
const POOL = 300;

export interface Similar {
  /** Place in the set. */
  index: number;
  /** From 0 to 1. */
  score: number;
  parts: Partial<Record<Part | 'neighbours', number>>;
}

type Vector = ReadonlyMap<string, number>;
/** Of one listing with every other. */
type Cosines = Record<'titles' | 'texts', Float64Array>;
type Postings = Map<string, { index: number; weight: number }[]>;

/**
 * Listings that are compared with each other. Texts are compared by their words, from each word to the listings that have it,
 * and never listing by listing.
 */
export class SimilaritySet {
  private readonly texts: Record<'title' | 'text', { vectors: (Vector | null)[]; postings: Postings }>;
  private readonly sizes: Map<string, number>[];

  /** @param share of all listings that have a term; where it is not given, of these */
  constructor(
    private readonly listings: readonly Described[],
    share?: (term: string) => number,
  ) {
    this.texts = {
      title: indexed(
        listings.map(({ title, brand }) => (title === null ? null : titleTerms(title, brand))),
        share,
      ),
      text: indexed(
        listings.map(({ title, bullets, brand }) =>
          title === null && bullets === null ? null : textTerms(title ?? '', bullets ?? '', brand),
        ),
        share,
      ),
    };
    this.sizes = listings.map(({ title }) => sizesOf(title ?? ''));
  }

  /** The `limit` most similar to listing number `index`, the most similar first. */
  similarTo(index: number, limit: number): Similar[] {
    const cosines = this.cosinesOf(index);
    const pool = this.pool(index, cosines, Math.max(POOL, limit));
    const own = this.among(index, cosines, pool);
    const nearest = best(own, NEIGHBOURS).filter(({ score }) => score > 0);
    const weight = nearest.reduce((sum, { score }) => sum + score, 0);
    if (weight === 0) return best(own, limit);
    const through = new Map<number, number>();
    for (const near of nearest) {
      for (const { index: other, score } of this.among(near.index, this.cosinesOf(near.index), pool)) {
        through.set(other, (through.get(other) ?? 0) + near.score * score);
      }
      // A neighbour is as similar to itself as it is to the one that asks, not more.
      through.set(near.index, (through.get(near.index) ?? 0) + near.score * near.score);
    }
    return best(
      own.map((one) => {
        const neighbours = (through.get(one.index) ?? 0) / weight;
        const score = (1 - NEIGHBOURS_WEIGHT) * one.score + NEIGHBOURS_WEIGHT * neighbours;
        return { ...one, score, parts: { ...one.parts, neighbours } };
      }),
      limit,
    );
  }

  /** How similar two are by what is known of them alone. Null where nothing of both is known. */
  pair(a: number, b: number): Omit<Similar, 'index'> | null {
    const { title, text } = this.texts;
    return this.weighed(a, b, cosine(title.vectors[a], title.vectors[b]), cosine(text.vectors[a], text.vectors[b]));
  }

  /** The others whose texts are nearest; where there is no text, all of them. */
  private pool(index: number, { titles, texts }: Cosines, size: number): number[] {
    const others = this.listings.map((_, other) => other).filter((other) => other !== index);
    if (!this.texts.text.vectors[index]) return others;
    const near = (other: number) => WEIGHTS.title * (titles[other] ?? 0) + WEIGHTS.text * (texts[other] ?? 0);
    return others.sort((a, b) => near(b) - near(a) || a - b).slice(0, size);
  }

  private among(index: number, { titles, texts }: Cosines, pool: readonly number[]): Similar[] {
    const known = (vectors: readonly (Vector | null)[], cosines: Float64Array, other: number) =>
      vectors[index] && vectors[other] ? (cosines[other] ?? 0) : null;
    return pool.flatMap((other): Similar[] => {
      if (other === index) return [];
      const title = known(this.texts.title.vectors, titles, other);
      const similarity = this.weighed(index, other, title, known(this.texts.text.vectors, texts, other));
      return similarity ? [{ index: other, ...similarity }] : [];
    });
  }

  private cosinesOf(index: number): Cosines {
    return { titles: this.cosines('title', index), texts: this.cosines('text', index) };
  }

  /** The cosine of one with every other. */
  private cosines(kind: 'title' | 'text', index: number): Float64Array {
    const { vectors, postings } = this.texts[kind];
    const sums = new Float64Array(this.listings.length);
    for (const [term, weight] of vectors[index] ?? []) {
      for (const entry of postings.get(term) ?? [])
        sums[entry.index] = (sums[entry.index] ?? 0) + weight * entry.weight;
    }
    return sums;
  }

  private weighed(a: number, b: number, title: number | null, text: number | null): Omit<Similar, 'index'> | null {
    const [left, right] = [this.listings[a], this.listings[b]];
    if (!left || !right) return null;
    const found: Record<Part, number | null> = {
      title,
      text,
      category: categorySimilarity(left.categoryPath, right.categoryPath),
      price: left.price && right.price ? ratioSimilarity(left.price, right.price) : null,
      rank: rankSimilarity(left, right),
      brand: left.brand && right.brand ? nameSimilarity(left.brand, right.brand) : null,
      size: sizeSimilarity(this.sizes[a] ?? new Map(), this.sizes[b] ?? new Map()),
    };
    const parts: Similar['parts'] = {};
    let sum = 0;
    let weight = 0;
    for (const [part, value] of Object.entries(found) as [Part, number | null][]) {
      if (value === null) continue;
      parts[part] = value;
      sum += WEIGHTS[part] * value;
      weight += WEIGHTS[part];
    }
    return weight === 0 ? null : { score: sum / weight, parts };
  }
}

/** Vectors of length 1: what each term counts, times ln(1 + 1 / share of the listings that have it). */
function indexed(all: (Terms | null)[], share = shareAmong(all)): { vectors: (Vector | null)[]; postings: Postings } {
  const postings: Postings = new Map();
  const vectors = all.map((terms, index) => {
    if (!terms) return null;
    const weights = [...terms].map(([term, weight]): [string, number] => [
      term,
      weight * Math.log(1 + 1 / share(term)),
    ]);
    const length = Math.hypot(...weights.map(([, weight]) => weight));
    const vector = new Map(weights.map(([term, weight]) => [term, length > 0 ? weight / length : 0]));
    for (const [term, weight] of vector) {
      const list = postings.get(term);
      if (list) list.push({ index, weight });
      else postings.set(term, [{ index, weight }]);
    }
    return vector;
  });
  return { vectors, postings };
}

function shareAmong(all: readonly (Terms | null)[]): (term: string) => number {
  const having = new Map<string, number>();
  for (const terms of all) for (const term of terms?.keys() ?? []) having.set(term, (having.get(term) ?? 0) + 1);
  return (term) => (having.get(term) ?? 1) / all.length;
}

function cosine(a: Vector | null | undefined, b: Vector | null | undefined): number | null {
  if (!a || !b) return null;
  let sum = 0;
  for (const [term, weight] of a) sum += weight * (b.get(term) ?? 0);
  return sum;
}

function categorySimilarity(a: readonly string[] | null, b: readonly string[] | null): number | null {
  if (!a?.length || !b?.length) return null;
  const apart = a.findIndex((name, level) => name !== b[level]);
  return (apart < 0 ? a.length : apart) / Math.max(a.length, b.length);
}

/** Ranks are told apart by their ratio: 1 for the same, a half for one ten times the other. */
function rankSimilarity(a: Described, b: Described): number | null {
  if (!a.bsr || !b.bsr || a.bsrCategory === null || a.bsrCategory !== b.bsrCategory) return null;
  return 1 / (1 + Math.abs(Math.log10(a.bsr / b.bsr)));
}

function best(all: readonly Similar[], limit: number): Similar[] {
  return [...all].sort((a, b) => b.score - a.score || a.index - b.index).slice(0, limit);
}
