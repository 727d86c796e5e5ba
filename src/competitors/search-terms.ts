import { wordsOf } from '../common/words';

/** A few words find the kind of thing; each one more narrows the search down to the listing itself. */
const WORDS = 4;
/** Where a title still says what a thing is. */
const HEAD_WORDS = 12;
const LONGEST = 40;

/** What the listings that are known here say of words, as `wordsOf` spells them. */
export interface WordStatistics {
  /** Share of all listings that have it. */
  share: (word: string) => number;
  /** Whether another listing has it. */
  isShared: (word: string) => boolean;
}

/**
 * The most telling words of a title in its own order, to search with: rare ones tell most (inverse document frequency; Sparck
 * Jones 1972), but a word that no other listing has is a name and comes last. Left out are the brand, words with digits
 * (sizes, models) and particles of one or two Latin letters, unless nothing else is there.
 * @returns null for a title without words
 */
export function searchTerms(title: string, brand: string | null, { share, isShared }: WordStatistics): string | null {
  const head = tokensOf(title).slice(0, HEAD_WORDS);
  const made = new Set(brand === null ? head.slice(0, 1).map(({ word }) => word) : wordsOf(brand));
  const others = head.filter(({ word }) => !made.has(word));
  const plain = others.filter(({ word }) => !/\p{N}|^[a-z]{1,2}$/u.test(word));
  const words = [plain, others, head].find((some) => some.length > 0) ?? [];
  const chosen = words
    .map((token) => ({ ...token, isName: isShared(token.word) ? 0 : 1, share: share(token.word) }))
    .sort((a, b) => a.isName - b.isName || a.share - b.share || a.place - b.place)
    .slice(0, WORDS)
    .sort((a, b) => a.place - b.place);
  return chosen.length === 0 ? null : chosen.map(({ text }) => text).join(' ');
}

/** Each word once: as the title spells it, and as words are compared. */
function tokensOf(title: string): { text: string; word: string; place: number }[] {
  const tokens = new Map<string, { text: string; word: string; place: number }>();
  for (const [text] of title.normalize('NFC').matchAll(/[\p{L}\p{M}\p{N}]+/gu)) {
    const [word] = wordsOf(text);
    if (word === undefined || tokens.has(word)) continue;
    tokens.set(word, { text: [...text].slice(0, LONGEST).join(''), word, place: tokens.size });
  }
  return [...tokens.values()];
}
