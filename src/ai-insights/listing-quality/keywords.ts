import { Marketplace } from '../../common/marketplace';
import { wordsOf } from '../../common/words';
import { functionWords, isWrittenWithoutSpaces } from './languages';

/** A confirmed competitor, as far as its words go. */
export interface RivalWords {
  title: string | null;
  brand: string | null;
}

export interface Keywords {
  /** Competitors whose titles are known. */
  rivals: number;
  /** Words of at least half of these titles, the most common first. */
  shared: string[];
  /** Of these, those that the own text lacks. */
  lacking: string[];
}

export const FEWEST_RIVALS = 3;
/** Shorter ones are found in words of another meaning. */
const SHORTEST_PART = 4;
/** What plural and cases add to a word. */
const LONGEST_ENDING = 2;

/**
 * What half of the competitors' titles say and the own text does not. Left out are their brands, articles, prepositions and conjunctions,
 * words with digits (sizes, models) and particles of one or two Latin letters.
 * @returns null where too few titles are known, or nothing is common to them
 */
export function keywordsOf(own: string, rivals: readonly RivalWords[], marketplace: Marketplace): Keywords | null {
  const skipped = functionWords(marketplace);
  const titles = rivals.flatMap(({ title, brand }) => {
    if (title === null) return [];
    const made = new Set(wordsOf(brand ?? ''));
    const isTelling = (word: string) => !made.has(word) && !skipped.has(word) && !/\p{N}|^[a-z]{1,2}$/u.test(word);
    return [new Set(wordsOf(title).filter(isTelling))];
  });
  if (titles.length < FEWEST_RIVALS) return null;
  const counts = new Map<string, number>();
  for (const title of titles) for (const word of title) counts.set(word, (counts.get(word) ?? 0) + 1);
  const shared = [...counts]
    .filter(([, count]) => 2 * count >= titles.length)
    .sort(([a, more], [b, fewer]) => fewer - more || (a < b ? -1 : 1))
    .map(([word]) => word);
  if (shared.length === 0) return null;
  const said = new Set(wordsOf(own));
  return { rivals: titles.length, shared, lacking: shared.filter((word) => !isSaid(word, said)) };
}

/** As it is, within a longer word, or short of an ending. */
function isSaid(word: string, said: ReadonlySet<string>): boolean {
  if (said.has(word)) return true;
  const isLong = word.length >= SHORTEST_PART || isWrittenWithoutSpaces(word);
  return [...said].some(
    (own) =>
      (isLong && own.includes(word)) ||
      (own.length >= SHORTEST_PART && word.startsWith(own) && word.length - own.length <= LONGEST_ENDING),
  );
}
