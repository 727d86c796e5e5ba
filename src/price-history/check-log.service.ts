import { Injectable } from '@nestjs/common';
import { toMinute } from '../common/minute';
import { CheckResult, ReadingResult, SourceName } from '../marketplace-data/marketplace-data';
import { sourceName } from '../marketplace-data/sources.service';
import { SqlRunner } from '../shared/database/postgres';

/** Minutes since 1970. */
interface CheckEnd {
  minute: number;
  result: CheckResult;
  detail: string | null;
  source: SourceName;
}

/** A time in which every check of a listing failed. */
export interface Outage {
  /** The last good check before; null where none is known. */
  since: number | null;
  first: CheckEnd;
  /** The good check that ended it; null: it goes on. */
  until: number | null;
}

const GOOD: readonly ReadingResult[] = ['ok', 'no_offer'];

/** SQL for when the last good check of a listing with state `s` was, as far as that is known. */
export const LAST_GOOD_CHECK = `coalesce((
  SELECT c.checked_at FROM listing_check c WHERE c.listing_id = s.listing_id AND c.result IN ('${GOOD.join("', '")}')
  ORDER BY c.checked_at DESC LIMIT 1
), s.observed_at)`;

/**
 * Where checks of the listings $1 begin to fail and where they end to: $2 from when on, with the last good check before that; $3 results that are
 * good. Where no good check is kept any more, the last good reading stands in for it.
 */
const TURNS_STATEMENT = `
WITH start AS (
  SELECT s.listing_id, s.observed_at, (
    SELECT c.checked_at FROM listing_check c WHERE c.listing_id = s.listing_id AND c.checked_at < $2 AND c.result = ANY ($3::text[])
    ORDER BY c.checked_at DESC LIMIT 1
  ) AS at
  FROM listing_state s WHERE s.listing_id = ANY ($1::int[])
),
ends AS (
  SELECT c.listing_id, c.checked_at, c.source, c.result, c.detail, start.observed_at, c.result = ANY ($3::text[]) AS is_good,
         lag(c.result = ANY ($3::text[])) OVER w AS was_good, lag(c.checked_at) OVER w AS last_at
  FROM start JOIN listing_check c ON c.listing_id = start.listing_id AND c.checked_at >= coalesce(start.at, '-infinity')
  WINDOW w AS (PARTITION BY c.listing_id ORDER BY c.checked_at)
)
SELECT listing_id, checked_at, source, result, detail, is_good,
       coalesce(last_at, CASE WHEN observed_at < checked_at THEN observed_at END) AS last_at
FROM ends WHERE NOT is_good AND was_good IS DISTINCT FROM false OR is_good AND NOT was_good
ORDER BY listing_id, checked_at`;

/** How checks ended. */
@Injectable()
export class CheckLog {
  /** The outages of listings that did not end before a time. @returns by listing id, ascending */
  async outages(listingIds: readonly number[], from: Date, sql: SqlRunner): Promise<Map<number, Outage[]>> {
    const rows = await sql.query<{
      listing_id: number;
      checked_at: Date;
      source: number;
      result: CheckResult;
      detail: string | null;
      is_good: boolean;
      last_at: Date | null;
    }>({ name: 'check-turns', text: TURNS_STATEMENT }, [listingIds, from, GOOD]);
    const outages = new Map<number, Outage[]>();
    for (const { listing_id, checked_at, source, result, detail, is_good, last_at } of rows) {
      const known = outages.get(listing_id) ?? [];
      outages.set(listing_id, known);
      const last = known.at(-1);
      if (!is_good) {
        const first = { minute: toMinute(checked_at), result, detail, source: sourceName(source) };
        known.push({ since: last_at && toMinute(last_at), first, until: null });
      } else if (last) {
        last.until = toMinute(checked_at);
      }
    }
    return outages;
  }
}
