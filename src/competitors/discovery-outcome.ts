import { RivalWay, SourceName } from '../marketplace-data/marketplace-data';

/**
 * How a discovery went with one source in one of its ways:
 * `searched` (it answered, also with nothing), `skipped` (it answered lately), `unsupported` (its account may not),
 * `cannot_search`, `no_title` (there is nothing to search with yet), `not_configured`, `not_in_order` (SOURCE_ORDER does not
 * name it), `not_covered` (it does not know the marketplace or the listing), `over_budget`, `unavailable` (left alone after
 * failures), `failed`.
 */
export const DISCOVERY_OUTCOMES = [
  'searched',
  'skipped',
  'unsupported',
  'cannot_search',
  'no_title',
  'not_configured',
  'not_in_order',
  'not_covered',
  'over_budget',
  'unavailable',
  'failed',
] as const;
export type DiscoveryOutcome = (typeof DISCOVERY_OUTCOMES)[number];

/** A line of a discovery's account. */
export interface DiscoveryLine {
  source: SourceName | 'known-listings';
  /** Null where it does not come to that. */
  way: RivalWay | null;
  outcome: DiscoveryOutcome;
  /** Other listings that the last answer named; null without one. */
  hits: number | null;
  /** ISO time of the last answer, also of one that the account may not ask. */
  answeredAt: string | null;
  /** For a person to read. */
  detail: string | null;
}

/** What was answered lately, here or in a discovery that ran at the same time, stays known. */
export function withLatestAnswers(lines: DiscoveryLine[], stored: readonly DiscoveryLine[]): DiscoveryLine[] {
  return lines.map((line) => {
    const other = findLine(stored, line);
    const isLater = (other?.answeredAt ?? '') > (line.answeredAt ?? '');
    return isLater && other ? { ...line, answeredAt: other.answeredAt, hits: other.hits } : line;
  });
}

export function findLine(
  lines: readonly DiscoveryLine[],
  { source, way }: Pick<DiscoveryLine, 'source' | 'way'>,
): DiscoveryLine | undefined {
  return lines.find((line) => line.source === source && line.way === way);
}
