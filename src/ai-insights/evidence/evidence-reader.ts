import { Injectable } from '@nestjs/common';
import { NotFoundError } from '../../common/app-error';
import { Clock } from '../../common/clock';
import { Marketplace } from '../../common/marketplace';
import { Metric } from '../../common/metric';
import { toMinute } from '../../common/minute';
import { Alerts } from '../../alerts/alerts.service';
import { SalesEstimates } from '../../analytics/sales/sales-estimates.service';
import { AnalysisService } from '../../competitors/analysis.service';
import { CompetitiveAnalysisView } from '../../competitors/dto/analysis.view';
import { SourceName } from '../../marketplace-data/marketplace-data';
import { sourceName } from '../../marketplace-data/sources.service';
import { ListingChanges } from '../../price-history/listing-changes.service';
import { KnownHistory, PriceHistoryService } from '../../price-history/price-history.service';
import { Postgres } from '../../shared/database/postgres';
import { OwnSellers } from '../../users/own-sellers.service';
import {
  COMPARISON_KEY,
  Evidence,
  EvidenceItem,
  listingKey,
  SALES_KEY,
  SELLER_FIELD,
  SELLERS_KEY,
  seriesKey,
} from './evidence';

const DAY_MINUTES = 1440;
const OWN_DAYS = 366;
const RIVAL_DAYS = 181;
const ALERT_DAYS = 14;
const MOST_ALERTS = 20;
const CHANGE_DAYS = 60;
const FIELDS = ['title', 'brand', 'category_path', 'bullets', 'image_count'] as const;
/** As far back as causes are looked for. */
const SELLER_DAYS = 181;
/** An older comparison is made anew, and so is one of before the last change. */
const COMPARISON_HOURS = 24;

const OWN_METRICS: readonly Metric[] = ['price', 'buy_box_price', 'bsr', 'rating', 'review_count', 'coupon'];
const RIVAL_METRICS: readonly Metric[] = ['price', 'bsr'];

/** $1 product, $2 user: the product's listing, then those of its confirmed competitors. */
const LISTINGS_STATEMENT = `
SELECT l.id, known.tracked_since, l.asin, l.marketplace, l.title, l.brand, l.bullets, l.image_count, l.category_path, l.bsr_category,
       l.bsr_sub_category, s.source, (SELECT max(minute) FROM unnest(s.current_recorded) AS minute) AS changed
FROM (
  SELECT p.listing_id, NULL::uuid AS competitor_id, p.created_at AS tracked_since FROM product p WHERE p.id = $1 AND p.user_id = $2
  UNION ALL
  SELECT c.listing_id, c.id, c.created_at FROM competitor c WHERE c.product_id = $1 AND c.user_id = $2 AND c.status = 'confirmed'
) known JOIN listing l ON l.id = known.listing_id JOIN listing_state s ON s.listing_id = l.id
ORDER BY known.competitor_id NULLS FIRST`;

interface ListingRow {
  id: number;
  tracked_since: Date;
  asin: string;
  marketplace: Marketplace;
  title: string | null;
  brand: string | null;
  bullets: string[] | null;
  image_count: number | null;
  category_path: string[] | null;
  bsr_category: string | null;
  bsr_sub_category: string | null;
  source: number | null;
  /** The minute at which the last change became known. */
  changed: number | null;
}

/** Reads everything that an insight may rest on. */
@Injectable()
export class EvidenceReader {
  constructor(
    private readonly postgres: Postgres,
    private readonly history: PriceHistoryService,
    private readonly analyses: AnalysisService,
    private readonly sales: SalesEstimates,
    private readonly changes: ListingChanges,
    private readonly sellers: OwnSellers,
    private readonly alerts: Alerts,
    private readonly clock: Clock,
  ) {}

  /** @throws NotFoundError, also for a product of somebody else */
  async read(userId: string, productId: string): Promise<Evidence> {
    const [own, ...rivals] = await this.postgres.query<ListingRow>(LISTINGS_STATEMENT, [productId, userId]);
    if (!own) throw new NotFoundError('Product');
    const now = this.clock.now();
    const at = toMinute(now);
    const [[history], shared, comparison, sales, changes, sellerChanges, ownSellers, alerts] = await Promise.all([
      this.history.known(userId, [productId], OWN_METRICS, at - OWN_DAYS * DAY_MINUTES, at),
      this.history.knownShared(
        rivals.map(({ id }) => id),
        RIVAL_METRICS,
        at - RIVAL_DAYS * DAY_MINUTES,
        at,
      ),
      rivals.length > 0 ? this.comparison(userId, productId, now, [own, ...rivals]) : null,
      this.sales.modelsOf(userId),
      this.changes.changesOf([own.id], FIELDS, at - CHANGE_DAYS * DAY_MINUTES, at),
      this.changes.changesOf([own.id], [SELLER_FIELD], at - SELLER_DAYS * DAY_MINUTES, at, { withLast: true }),
      this.sellers.ownSellersOf([userId]),
      this.alerts.list(userId, { productId, 'page[size]': MOST_ALERTS }),
    ]);
    if (!history) throw new NotFoundError('Product');
    const items: [string, EvidenceItem][] = [
      ...seriesOf(history),
      ...rivals.flatMap(({ id }) => seriesOf(shared.get(id))),
      ...[own, ...rivals].map((row): [string, EvidenceItem] => [listingKey(row.asin), listingOf(row)]),
      [SALES_KEY, { type: 'sales', models: sales.models, own: sales.own }],
    ];
    const ownIds = [...(ownSellers.get(userId)?.get(own.marketplace) ?? [])].sort();
    if (ownIds.length > 0) {
      items.push([SELLERS_KEY, { type: 'sellers', own: ownIds, trackedSince: toMinute(own.tracked_since) }]);
    }
    for (const change of [...(changes.get(own.id) ?? []), ...(sellerChanges.get(own.id) ?? [])]) {
      items.push([
        `change:${own.asin}:${change.field}:${String(change.observedMinute)}`,
        { type: 'change', asin: own.asin, change },
      ]);
    }
    if (comparison) items.push([COMPARISON_KEY, { type: 'comparison', analysis: comparison }]);
    const since = now.getTime() - ALERT_DAYS * 86_400_000;
    for (const { id, occurredAt, severity, ruleName, message, simulated } of alerts.data) {
      if (Date.parse(occurredAt) < since) continue;
      items.push([
        `alert:${id}`,
        { type: 'alert', alertId: id, occurredAt, severity, rule: ruleName, message, simulated },
      ]);
    }
    return { productId, asin: own.asin, marketplace: own.marketplace, at, items: Object.fromEntries(items) };
  }

  private async comparison(
    userId: string,
    productId: string,
    now: Date,
    listings: readonly ListingRow[],
  ): Promise<CompetitiveAnalysisView> {
    const { analysis, competitorsChanged } = await this.analyses.summary(userId, productId);
    const madeAt = analysis === null ? 0 : Date.parse(analysis.madeAt);
    const isFresh =
      now.getTime() - madeAt < COMPARISON_HOURS * 3_600_000 &&
      listings.every(({ changed }) => changed === null || changed < toMinute(new Date(madeAt)));
    return analysis && isFresh && !competitorsChanged ? analysis : this.analyses.analyzeProduct(userId, productId);
  }
}

function seriesOf(history: KnownHistory | undefined): [string, EvidenceItem][] {
  if (!history) return [];
  const { asin } = history;
  return [...history.series].map(([metric, { segments, sources }]) => [
    seriesKey(asin, metric),
    {
      type: 'series',
      asin,
      metric,
      sources,
      segments: segments.map(({ start, end, value }): [number, number, number | null] => [start, end, value]),
    },
  ]);
}

function listingOf(row: ListingRow): EvidenceItem {
  const source: SourceName | null = row.source === null ? null : sourceName(row.source);
  return {
    type: 'listing',
    asin: row.asin,
    title: row.title,
    brand: row.brand,
    bullets: row.bullets,
    imageCount: row.image_count,
    categoryPath: row.category_path,
    bsrCategory: row.bsr_category,
    bsrSubCategory: row.bsr_sub_category,
    source,
  };
}
