import { RivalWay, SourceName } from '../marketplace-data/marketplace-data';

/** How a competitor was found: named by the user, among the listings that are known here, or by a source in one of its ways. */
export type Origin = 'user' | 'known-listings' | `${SourceName}:${RivalWay}`;

export interface OriginsKnown {
  /** As stored; empty for a listing that is no competitor yet. */
  before: readonly Origin[];
  /** Which sources named it this time. */
  named: readonly Origin[];
  /** Whether it was found among the known listings this time. */
  isKnown: boolean;
  /** The origins that were asked this time and answered. */
  answered: ReadonlySet<Origin>;
}

/**
 * Where a suggestion comes from now. A source that answered and does not name it any more is no origin of it; one that was not
 * asked, or did not answer, stays. A listing that is known here only because a source named it does not count as found here.
 * Empty where nobody names it.
 */
export function originsNow({ before, named, isKnown, answered }: OriginsKnown): Origin[] {
  const sources = before.filter((origin) => origin !== 'known-listings' && !answered.has(origin));
  const origins = [...new Set([...sources, ...named])];
  const isFoundHere = before.length === 0 || before.includes('known-listings') || origins.length === 0;
  return isKnown && isFoundHere ? ['known-listings', ...origins] : origins;
}

/** Of a competitor that the user decided about nothing is forgotten. */
export function originsEver(before: readonly Origin[], named: readonly Origin[]): Origin[] {
  return [...new Set([...before, ...named])];
}
