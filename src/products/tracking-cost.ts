import { Injectable } from '@nestjs/common';
import { Marketplace } from '../common/marketplace';
import { Config } from '../config/config';
import { MarketplaceData } from '../marketplace-data/marketplace-data';
import { SourceStatus } from '../marketplace-data/source-status.service';
import { Sources } from '../marketplace-data/sources.service';
import { Postgres } from '../shared/database/postgres';
import { SourceCostView, TrackingCostDto, TrackingCostView } from './dto/tracking-cost.dto';

const DAY_MINUTES = 1440;

interface Listing {
  marketplace: Marketplace;
  asin: string;
}

/** What tracking would cost, before anybody is asked. */
@Injectable()
export class TrackingCost {
  constructor(
    private readonly postgres: Postgres,
    private readonly sources: Sources,
    private readonly status: SourceStatus,
    private readonly config: Config,
  ) {}

  async estimate({ products, refreshIntervalMinutes }: TrackingCostDto): Promise<TrackingCostView> {
    const interval = refreshIntervalMinutes ?? this.config.env.REFRESH_INTERVAL_MINUTES;
    const asked = new Map(
      products.map(({ asin, marketplace = 'US' }) => [`${marketplace}/${asin}`, { asin, marketplace }] as const),
    );
    const tracked = await this.checkedAsOften([...asked.values()], interval);
    const fresh = [...asked].filter(([key]) => !tracked.has(key)).map(([, listing]) => listing);
    const current = groupByFirst(fresh, ({ marketplace, asin }) => this.sources.chain('fetch', marketplace, asin)[0]);
    const past = groupByFirst(fresh, ({ marketplace, asin }) => this.sources.chain('history', marketplace, asin)[0]);
    const yesterday = await this.status.unitsYesterday();
    const sources = [...new Set([...current.keys(), ...past.keys()])].map((source): SourceCostView => {
      const perCheck = sum(batchesOf(current.get(source) ?? [], source.batchSize), (size) => source.cost(size, false));
      const calls = batchesOf(current.get(source) ?? [], source.batchSize).length;
      const unitsPerDay = Math.ceil((perCheck * DAY_MINUTES) / interval);
      const unitsYesterday = yesterday.get(source.name) ?? 0;
      const limitPerDay = this.config.sourceDailyLimits[source.name] ?? null;
      return {
        name: source.name,
        unit: source.unit,
        listings: current.get(source)?.length ?? 0,
        callsPerDay: Math.ceil((calls * DAY_MINUTES) / interval),
        unitsPerDay,
        unitsForHistory: sum(batchesOf(past.get(source) ?? [], source.historyBatchSize), (size) =>
          source.cost(size, true),
        ),
        unitsYesterday,
        limitPerDay,
        fits: limitPerDay === null ? null : unitsPerDay + unitsYesterday <= limitPerDay,
      };
    });
    return {
      listings: asked.size,
      trackedAlready: tracked.size,
      withoutSource: fresh.length - sum([...current.values()], (listings) => listings.length),
      refreshIntervalMinutes: interval,
      sources,
    };
  }

  private async checkedAsOften(listings: Listing[], interval: number): Promise<Set<string>> {
    const rows = await this.postgres.query<Listing>(
      `SELECT l.marketplace, l.asin FROM listing l
       JOIN unnest($1::varchar[], $2::varchar[]) AS t(marketplace, asin) USING (marketplace, asin)
       JOIN listing_state s ON s.listing_id = l.id
       WHERE s.interval_minutes <= $3`,
      [listings.map(({ marketplace }) => marketplace), listings.map(({ asin }) => asin), interval],
    );
    return new Set(rows.map(({ marketplace, asin }) => `${marketplace}/${asin}`));
  }
}

function groupByFirst(
  listings: Listing[],
  firstOf: (listing: Listing) => MarketplaceData | undefined,
): Map<MarketplaceData, Listing[]> {
  const groups = new Map<MarketplaceData, Listing[]>();
  for (const listing of listings) {
    const source = firstOf(listing);
    if (source) groups.set(source, [...(groups.get(source) ?? []), listing]);
  }
  return groups;
}

/** Sizes of the calls: listings of one marketplace go together. */
function batchesOf(listings: Listing[], size: number): number[] {
  const counts = new Map<Marketplace, number>();
  for (const { marketplace } of listings) counts.set(marketplace, (counts.get(marketplace) ?? 0) + 1);
  return [...counts.values()].flatMap((count) =>
    Array.from({ length: Math.ceil(count / size) }, (_, index) => Math.min(size, count - index * size)),
  );
}

function sum<T>(items: T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
