import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Clock } from '../common/clock';
import { Marketplace } from '../common/marketplace';
import { wordsOf } from '../common/words';
import { Config } from '../config/config';
import { Tracking } from '../products/tracking.service';
import { Postgres, SqlRunner } from '../shared/database/postgres';
import {
  CandidateRow,
  CANDIDATES_STATEMENT,
  COMMON_WORDS_STATEMENT,
  KNOWN_RIVALS_STATEMENT,
  KnownRivalRow,
  SHARED_WORDS_STATEMENT,
  shareOf,
  toKnownCandidate,
} from './candidates';
import { DiscoveryJob } from './competitors.queue';
import { MAX_COMPETITORS } from './competitors.service';
import { DiscoveryLog } from './discovery-log';
import { DiscoveryLine } from './discovery-outcome';
import { Origin } from './origins';
import { NamedHit, RivalSearch } from './rival-search.service';
import { Candidate, chooseRivals, Found, mergeCandidates, Rival, toCandidate } from './rivals';
import { searchTerms } from './search-terms';
import { WRITE_RIVALS_STATEMENT } from './write-rivals';

interface OwnRow {
  id: number;
  asin: string;
  marketplace: Marketplace;
  title: string | null;
  brand: string | null;
}

/** Finds rivals of a product among the listings that are known here, and by what the sources know. */
@Injectable()
export class DiscoveryService {
  constructor(
    private readonly postgres: Postgres,
    private readonly search: RivalSearch,
    private readonly log: DiscoveryLog,
    private readonly tracking: Tracking,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /**
   * Suggests the most similar listings. Sources are asked first and outside of any transaction; what they name is compared in
   * memory, and only what is suggested becomes a listing.
   * @returns how many are suggested now; 0 also for a product that is gone
   */
  async discover(job: DiscoveryJob): Promise<number> {
    const before = await this.log.begin(job);
    const own = before && (await this.ownListing(job));
    if (!own) return 0;
    const { shares, share } = await this.commonWords();
    const terms = own.title === null ? null : await this.termsOf(own, own.title, shares, share);
    const answers = await this.search.ask({
      marketplace: own.marketplace,
      asin: own.asin,
      terms,
      before,
      goodForDays: job.isDemanded ? 0 : this.config.env.DISCOVERY_SEARCH_DAYS,
    });
    const known = await this.postgres.query<CandidateRow>(
      { name: 'competitor-candidates', text: CANDIDATES_STATEMENT },
      [job.productId, job.userId, job.excludeOwnBrand, [...shares.keys()], [...shares.values()]],
    );
    const lines = [this.knownLine(own, known), ...answers.lines];
    return this.postgres.transaction(async (sql) => {
      const [product] = await sql.query(`SELECT FROM product WHERE id = $1 AND user_id = $2 FOR UPDATE`, [
        job.productId,
        job.userId,
      ]);
      const ownRow = known.find(({ is_own }) => is_own);
      if (!product || !ownRow) return 0;
      const found = await this.gather(sql, job, own.marketplace, known, answers.hits);
      const { suggested, confirmed } = chooseRivals(toKnownCandidate(ownRow), found, {
        answered: new Set(lines.filter(({ outcome }) => outcome === 'searched').map(toOrigin)),
        excludeOwnBrand: job.excludeOwnBrand,
        share,
      });
      const taken = found.filter(({ status }) => status === 'confirmed').length;
      const fitting = suggested.slice(0, Math.max(0, MAX_COMPETITORS - taken));
      await this.write(sql, job, own.marketplace, fitting, confirmed);
      await this.log.finish(sql, job, terms, lines);
      return fitting.length;
    });
  }

  private async ownListing({ userId, productId }: DiscoveryJob): Promise<OwnRow | undefined> {
    const [own] = await this.postgres.query<OwnRow>(
      `SELECT l.id, l.asin, l.marketplace, l.title, l.brand FROM product p JOIN listing l ON l.id = p.listing_id
       WHERE p.id = $1 AND p.user_id = $2`,
      [productId, userId],
    );
    return own;
  }

  /** The most common words of all titles, each with the share of listings that have it, and the share of any term. */
  private async commonWords(): Promise<{ shares: Map<string, number>; share: (term: string) => number }> {
    const common = await this.postgres.query<{ word: string; share: number; listings: number }>({
      name: 'common-words',
      text: COMMON_WORDS_STATEMENT,
    });
    const shares = new Map(common.map(({ word, share }) => [word, share]));
    return { shares, share: shareOf(shares, common[0]?.listings ?? 0) };
  }

  private async termsOf(
    own: OwnRow,
    title: string,
    shares: ReadonlyMap<string, number>,
    share: (term: string) => number,
  ): Promise<string | null> {
    const rare = wordsOf(title).filter((word) => !shares.has(word));
    const rows = await this.postgres.query<{ word: string }>({ name: 'shared-words', text: SHARED_WORDS_STATEMENT }, [
      rare,
      own.id,
    ]);
    const shared = new Set(rows.map(({ word }) => word));
    return searchTerms(title, own.brand, {
      share,
      isShared: (word) => shares.has(word) || shared.has(word),
    });
  }

  private knownLine({ title }: OwnRow, known: readonly CandidateRow[]): DiscoveryLine {
    const line = { source: 'known-listings', way: null, detail: null } as const;
    return title === null
      ? { ...line, outcome: 'no_title', hits: null, answeredAt: null }
      : {
          ...line,
          outcome: 'searched',
          hits: known.filter(({ is_own }) => !is_own).length,
          answeredAt: this.clock.now().toISOString(),
        };
  }

  /** Each listing once: those known here, those that sources named, and those that are competitors already. */
  private async gather(
    sql: SqlRunner,
    { productId, userId }: DiscoveryJob,
    marketplace: Marketplace,
    known: readonly CandidateRow[],
    hits: readonly NamedHit[],
  ): Promise<Found[]> {
    const found = new Map<string, Found>();
    const add = (candidate: Candidate, more: Partial<Pick<Found, 'status' | 'foundBy' | 'named' | 'isKnown'>>) => {
      const other = found.get(candidate.asin) ?? { ...candidate, status: null, foundBy: [], named: [], isKnown: false };
      const named = [...other.named, ...(more.named ?? [])];
      found.set(candidate.asin, { ...mergeCandidates(other, candidate), ...more, named });
    };
    for (const row of known) if (!row.is_own) add(toKnownCandidate(row), { isKnown: true });
    const asins = [...new Set(hits.map(({ hit }) => hit.asin))];
    const rows = await sql.query<KnownRivalRow>({ name: 'known-rivals', text: KNOWN_RIVALS_STATEMENT }, [
      productId,
      userId,
      marketplace,
      asins,
    ]);
    for (const row of rows) add(toKnownCandidate(row), { status: row.status, foundBy: row.found_by ?? [] });
    for (const { origin, hit } of hits) add(toCandidate(hit), { named: [origin] });
    return [...found.values()];
  }

  private async write(
    sql: SqlRunner,
    { productId, userId }: DiscoveryJob,
    marketplace: Marketplace,
    suggested: readonly Rival[],
    confirmed: readonly Rival[],
  ): Promise<void> {
    const ids = await this.tracking.ensureListings(
      sql,
      suggested.map(({ candidate }) => ({ marketplace, asin: candidate.asin })),
    );
    const rowOf = ({ candidate, score, parts, foundBy }: Rival) => ({
      id: uuidv7(),
      listing_id: ids.get(`${marketplace}/${candidate.asin}`) ?? candidate.listingId,
      similarity: score,
      parts,
      found_by: foundBy,
    });
    await this.tracking.describe(
      sql,
      suggested.map(({ candidate }) => ({
        ...candidate,
        listingId: ids.get(`${marketplace}/${candidate.asin}`) ?? 0,
      })),
    );
    await sql.query(WRITE_RIVALS_STATEMENT, [
      productId,
      userId,
      JSON.stringify(suggested.map(rowOf)),
      JSON.stringify(confirmed.map(rowOf)),
      this.clock.now(),
    ]);
  }
}

function toOrigin({ source, way }: DiscoveryLine): Origin {
  return way === null ? 'known-listings' : (`${source}:${way}` as Origin);
}
