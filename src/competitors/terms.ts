import { wordsOf } from '../common/words';

/** Of one text: each term and how much it counts before its rarity does. */
export type Terms = ReadonlyMap<string, number>;

/** Where a title stops saying what a thing is and goes on with what it fits, has and looks like. */
const HEAD_WORDS = 12;
const TAIL_WEIGHT = 0.5;
/** Two neighbouring words name a kind of thing ("usb cable") where each alone does not. */
const PAIR_WEIGHT = 0.7;

/**
 * Words of a title and pairs of neighbours. The brand is left out: it says who made a thing and not what it is, and competitors
 * are of others. Where nobody told the brand, the first word is taken for it, as Amazon's titles start with it.
 */
export function titleTerms(title: string, brand: string | null): Terms {
  const words = wordsOf(title);
  const made = new Set(brand === null ? words.slice(0, 1) : wordsOf(brand));
  const terms = new Map<string, number>();
  words.forEach((word, place) => {
    if (made.has(word)) return;
    const weight = place < HEAD_WORDS ? 1 : TAIL_WEIGHT;
    add(terms, word, weight);
    const before = words[place - 1];
    if (before !== undefined && !made.has(before)) add(terms, `${before} ${word}`, weight * PAIR_WEIGHT);
  });
  return terms;
}

/** Words of all there is to read: of bullets damped by the logarithm of how often they come, those of the title on top. */
export function textTerms(title: string, bullets: string, brand: string | null): Terms {
  const counts = new Map<string, number>();
  for (const word of wordsOf(bullets)) add(counts, word, 1);
  const terms = new Map([...counts].map(([word, count]) => [word, 1 + Math.log(count)]));
  for (const [term, weight] of titleTerms(title, brand)) if (!term.includes(' ')) add(terms, term, weight);
  return terms;
}

/** Words that two names share, of all that they have (Jaccard). */
export function nameSimilarity(a: string, b: string): number {
  const [left, right] = [new Set(wordsOf(a)), new Set(wordsOf(b))];
  const shared = [...left].filter((word) => right.has(word)).length;
  const all = left.size + right.size - shared;
  return all === 0 ? 0 : shared / all;
}

function add(terms: Map<string, number>, term: string, weight: number): void {
  terms.set(term, (terms.get(term) ?? 0) + weight);
}
