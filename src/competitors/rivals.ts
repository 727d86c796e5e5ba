import { HIT_TEXT, SearchHit } from '../marketplace-data/marketplace-data';
import { CompetitorStatus } from './entities/competitor.entity';
import { Origin, originsEver, originsNow } from './origins';
import { Described, SimilaritySet } from './similarity';

/** Below this a listing is no rival: of pairs less similar 1 or 2 % are of one leaf category, of those up to DIRECT_FROM about half. */
const RIVAL_FROM = 0.3;

/** A listing that may be a rival, as far as it is known. */
export interface Candidate extends Described {
  asin: string;
  /** Null where it is not known here yet. */
  listingId: number | null;
  parentAsin: string | null;
  imageUrl: string | null;
}

/** What has been found out of one candidate. */
export interface Found extends Candidate {
  /** Null where it is no competitor yet. */
  status: CompetitorStatus | null;
  foundBy: readonly Origin[];
  named: Origin[];
  isKnown: boolean;
}

export interface Rival {
  candidate: Candidate;
  /** From 0 to 1; null where one of the two has no title to compare. */
  score: number | null;
  parts: Record<string, number> | null;
  foundBy: Origin[];
}

/** What the source names as a competitor, and not just as something near: it needs no comparison where none can be made. */
const isNamedCompetitor = (origin: Origin) => origin.endsWith(':similar-items');

/** A hit of a search as a candidate. It is compared by what its listing would keep, so that a later comparison finds the same. */
export function toCandidate(hit: SearchHit): Candidate {
  return {
    asin: hit.asin,
    listingId: null,
    title: kept(hit.title),
    bullets: null,
    brand: kept(hit.brand),
    categoryPath: hit.categoryPath?.map((name) => kept(name) ?? '') ?? null,
    parentAsin: hit.parentAsin,
    imageUrl: hit.imageUrl,
    price: null,
    bsr: null,
    bsrCategory: null,
  };
}

/** What the first of two says, and the second where the first says nothing. */
export function mergeCandidates<T extends Candidate>(first: T, second: Candidate): T {
  return {
    ...first,
    title: first.title ?? second.title,
    bullets: first.bullets ?? second.bullets,
    brand: first.brand ?? second.brand,
    categoryPath: first.categoryPath ?? second.categoryPath,
    parentAsin: first.parentAsin ?? second.parentAsin,
    imageUrl: first.imageUrl ?? second.imageUrl,
  };
}

/**
 * Compares all of them as one set.
 * Suggested are those that are similar enough, the most similar first, then those that cannot be compared and that a source
 * names as competitors. Of those that the user confirmed, only what is similar enough is given.
 * @param answered origins that were asked this time and answered
 * @param share of all listings that have a term
 */
export function chooseRivals(
  own: Candidate,
  found: readonly Found[],
  {
    answered,
    excludeOwnBrand,
    share,
  }: {
    answered: ReadonlySet<Origin>;
    excludeOwnBrand: boolean;
    share: (term: string) => number;
  },
): { suggested: Rival[]; confirmed: Rival[] } {
  const rivals = found.filter((one) => one.status === 'confirmed' || mayBeRival(own, one, excludeOwnBrand));
  const similar = compare(own, rivals, share);
  const suggested: Rival[] = [];
  const confirmed: Rival[] = [];
  for (const candidate of rivals) {
    const { status, foundBy: before, named, isKnown } = candidate;
    const { score, parts } = similar.get(candidate.asin) ?? { score: null, parts: null };
    if (status === 'confirmed') {
      if (score !== null && score >= RIVAL_FROM) {
        confirmed.push({ candidate, score, parts, foundBy: originsEver(before, named) });
      }
    } else if (status !== 'dismissed') {
      const foundBy = originsNow({ before, named, isKnown, answered });
      const isRival = score === null ? foundBy.some(isNamedCompetitor) : score >= RIVAL_FROM;
      if (isRival && foundBy.length > 0) suggested.push({ candidate, score, parts, foundBy });
    }
  }
  suggested.sort((a, b) => (b.score ?? -1) - (a.score ?? -1) || (a.candidate.asin < b.candidate.asin ? -1 : 1));
  return { suggested, confirmed };
}

/** Neither the listing itself nor a variation of it, nor where that is not wanted one of its brand. */
function mayBeRival(own: Candidate, other: Candidate, excludeOwnBrand: boolean): boolean {
  if (other.asin === own.asin || other.asin === own.parentAsin || other.parentAsin === own.asin) return false;
  if (own.parentAsin !== null && other.parentAsin === own.parentAsin) return false;
  return !(excludeOwnBrand && own.brand !== null && other.brand?.toLowerCase() === own.brand.toLowerCase());
}

/** By ASIN; nothing of those that cannot be compared. */
function compare(
  own: Candidate,
  others: readonly Candidate[],
  share: (term: string) => number,
): Map<string, { score: number; parts: Record<string, number> }> {
  const titled = others.filter(({ title }) => title !== null);
  if (own.title === null || titled.length === 0) return new Map();
  const set = new SimilaritySet([own, ...titled], share);
  return new Map(
    set.similarTo(0, titled.length).map(({ index, score, parts }) => [titled[index - 1]?.asin ?? '', { score, parts }]),
  );
}

/** Half a surrogate pair cannot be stored. */
function kept(text: string | null): string | null {
  return text === null ? null : text.slice(0, HIT_TEXT).replace(/\p{Cs}/gu, '\uFFFD');
}
