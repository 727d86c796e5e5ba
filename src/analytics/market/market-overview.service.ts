import { Injectable } from '@nestjs/common';
import { Clock } from '../../common/clock';
import { Marketplace } from '../../common/marketplace';
import { Metric, METRICS } from '../../common/metric';
import { unitOf } from '../../common/metric-unit';
import { isoMinute, toMinute } from '../../common/minute';
import { round } from '../../common/round';
import { SOURCE_IDS } from '../../common/source-name';
import { sourceName } from '../../marketplace-data/sources.service';
import { PriceHistoryService } from '../../price-history/price-history.service';
import { Postgres } from '../../shared/database/postgres';
import { MarketListingView, MarketOverviewView, MoverView, QuartilesView } from './dto/market.view';

const FRESH_DAYS = 30;
const LEADERS = 10;
/** Among so many best ranks movers are looked for. */
const RANKED = 200;
const MOVERS = 5;
const MOVE_MINUTES = 7 * 1440;
/** A rank that moved by less, either way, is no mover: it is what ranks do anyway. */
const LEAST_MOVE = 1.25;

const current = (metric: Metric) => `s.current_values[${String(METRICS[metric].id)}]`;
const QUARTILES = 'ARRAY[0.25, 0.5, 0.75]';
const quartiles = (column: string) =>
  `json_build_object('count', count(${column}), 'quartiles', percentile_cont(${QUARTILES}) WITHIN GROUP (ORDER BY ${column})) AS ${column}`;

/** $1 marketplace, $2 category, $3 the time before which a reading is too old to count, $4 the sandbox's id. */
const OVERVIEW_STATEMENT = `
WITH members AS MATERIALIZED (
  SELECT l.id, l.asin, l.title, l.brand, l.bsr_category, s.observed_at, s.source,
         s.observed_at >= $3 AS is_fresh, coalesce(${current('buy_box_price')}, ${current('price')}) AS price,
         ${current('bsr')} AS bsr, s.current_until[${String(METRICS.bsr.id)}] AS bsr_until,
         ${current('rating')} AS rating, ${current('review_count')} AS reviews
  FROM listing l JOIN listing_state s ON s.listing_id = l.id
  WHERE l.marketplace = $1 AND (l.category_path @> ARRAY[$2] OR l.bsr_category = $2)
),
fresh AS MATERIALIZED (SELECT * FROM members WHERE is_fresh),
ranked_in AS (
  SELECT bsr_category FROM fresh WHERE bsr IS NOT NULL AND bsr_category IS NOT NULL
  GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1
)
SELECT (SELECT count(*)::int FROM members) AS listings, count(*)::int AS with_data, coalesce(bool_or(source = $4), false) AS simulated,
       ${quartiles('price')}, ${quartiles('rating')}, ${quartiles('reviews')},
       (SELECT bsr_category FROM ranked_in) AS ranked_in,
       (SELECT coalesce(json_agg(r ORDER BY r.bsr, r.asin), '[]') FROM (
          SELECT id, asin, title, brand, bsr, bsr_until, source FROM fresh
          WHERE bsr IS NOT NULL AND bsr_category = (SELECT bsr_category FROM ranked_in) ORDER BY bsr, asin LIMIT ${String(RANKED)}
        ) r) AS ranked
FROM fresh`;

interface Quartiles {
  count: number;
  quartiles: [number, number, number] | null;
}

interface OverviewRow {
  listings: number;
  with_data: number;
  simulated: boolean;
  price: Quartiles;
  rating: Quartiles;
  reviews: Quartiles;
  ranked_in: string | null;
  ranked: RankedRow[];
}

interface RankedRow {
  id: number;
  asin: string;
  title: string | null;
  brand: string | null;
  bsr: number;
  bsr_until: number;
  source: number | null;
}

/** A category as the shared feed shows it: of every listing that is known here, whoever tracks it. */
@Injectable()
export class MarketOverview {
  constructor(
    private readonly postgres: Postgres,
    private readonly history: PriceHistoryService,
    private readonly clock: Clock,
  ) {}

  async of(marketplace: Marketplace, category: string): Promise<MarketOverviewView> {
    const now = this.clock.now();
    const oldest = new Date(now.getTime() - FRESH_DAYS * 86_400_000);
    const [row] = await this.postgres.query<OverviewRow>({ name: 'market-overview', text: OVERVIEW_STATEMENT }, [
      marketplace,
      category,
      oldest,
      SOURCE_IDS.sandbox,
    ]);
    if (!row) throw new Error('an aggregate without a row');
    const movers = await this.movers(row.ranked, toMinute(now) - MOVE_MINUTES);
    return {
      category,
      marketplace,
      listings: row.listings,
      withData: row.with_data,
      simulated: row.simulated,
      price: quartilesView(row.price, unitOf('price', marketplace)),
      rating: quartilesView(row.rating, unitOf('rating', marketplace)),
      reviews: quartilesView(row.reviews, unitOf('review_count', marketplace)),
      rankedIn: row.ranked_in,
      leaders: row.ranked.slice(0, LEADERS).map(listingView),
      risers: movers.filter(({ ratio }) => ratio <= 1 / LEAST_MOVE).slice(0, MOVERS),
      fallers: movers
        .filter(({ ratio }) => ratio >= LEAST_MOVE)
        .reverse()
        .slice(0, MOVERS),
    };
  }

  /** Those whose rank was known at the minute, the most improved first. */
  private async movers(ranked: readonly RankedRow[], minute: number): Promise<MoverView[]> {
    if (ranked.length === 0) return [];
    const ids = ranked.map(({ id }) => id);
    // A day more: without the reading after it a rank is known only up to the last time it was seen.
    const histories = await this.history.knownShared(ids, ['bsr'], minute, minute + 1440);
    const movers = ranked.flatMap((row) => {
      const segments = histories.get(row.id)?.series.get('bsr')?.segments ?? [];
      const then = segments.findLast(({ start, end }) => start <= minute && minute <= end)?.value ?? null;
      if (then === null) return [];
      return [{ ...listingView(row), bsrBefore: then, before: isoMinute(minute), ratio: round(row.bsr / then, 3) }];
    });
    return movers.sort((a, b) => a.ratio - b.ratio);
  }
}

function listingView({ asin, title, brand, bsr, bsr_until, source }: RankedRow): MarketListingView {
  const name = source === null ? null : sourceName(source);
  return { asin, title, brand, bsr, observedAt: isoMinute(bsr_until), source: name, simulated: name === 'sandbox' };
}

function quartilesView(
  { count, quartiles: found }: Quartiles,
  unit: Pick<QuartilesView, 'unit' | 'scale'>,
): QuartilesView {
  const [lower, middle, upper] = (found ?? [null, null, null]).map((value) =>
    value === null ? null : round(value, 1),
  );
  return { count, lower: lower ?? null, median: middle ?? null, upper: upper ?? null, ...unit };
}
