import { Injectable } from '@nestjs/common';
import { Clock } from '../../common/clock';
import { Marketplace } from '../../common/marketplace';
import { SOURCE_IDS } from '../../common/source-name';
import { AnalysisService } from '../../competitors/analysis.service';
import { Availability } from '../../marketplace-data/marketplace-data';
import { Postgres } from '../../shared/database/postgres';
import { ProductAnalytics } from '../product/product-analytics.service';
import { ProductAnalysisView } from '../product/dto/product-analytics.view';
import { DirectionsView, OpportunityList, OpportunityView, OverviewView, RecentChangeView } from './dto/portfolio.view';
import { opportunityOf } from './opportunity';

const FRESH_DAYS = 3;
const RECENT_DAYS = 14;
const MOST_CHANGES = 20;
const DIRECTION_DAYS = 30;

interface PortfolioRow {
  id: string;
  asin: string;
  marketplace: Marketplace;
  title: string | null;
  is_active: boolean;
  availability: Availability | null;
  source: number | null;
  computed_at: Date | null;
  trends: ProductAnalysisView['trends'] | null;
  change_points: ProductAnalysisView['changePoints'] | null;
  time_in_stock: ProductAnalysisView['timeInStock'] | null;
  simulated: boolean | null;
}

/** Of a user with more the daily run makes the rest. */
const MOST_ASKED = 100;

/** All products of a user at once, as their last analyses have them: nothing is computed for it but sums. */
@Injectable()
export class Portfolio {
  constructor(
    private readonly postgres: Postgres,
    private readonly analyses: AnalysisService,
    private readonly analytics: ProductAnalytics,
    private readonly clock: Clock,
  ) {}

  async overview(userId: string): Promise<OverviewView> {
    const [rows, analyses] = await Promise.all([this.rows(userId), this.analyses.latestOf(userId, this.oldest())]);
    const standings = rows.map(({ id }) => analyses.get(id)?.position.standing ?? null);
    const standing = (wanted: string) => standings.filter((found) => found === wanted).length;
    const available = (wanted: Availability) => rows.filter(({ availability }) => availability === wanted).length;
    return {
      products: rows.length,
      active: rows.filter((row) => row.is_active).length,
      simulated: rows.filter(({ source }) => source === SOURCE_IDS.sandbox).length,
      analyzed: rows.filter((row) => row.computed_at !== null).length,
      availability: {
        inStock: available('in_stock'),
        outOfStock: available('out_of_stock'),
        unknown: rows.length - available('in_stock') - available('out_of_stock'),
      },
      price: directionsOf(rows, 'price'),
      bsr: directionsOf(rows, 'bsr'),
      standing: {
        leader: standing('leader'),
        challenger: standing('challenger'),
        follower: standing('follower'),
        unknown: standings.filter((found) => found === null).length,
      },
      recentChanges: this.recentChanges(rows),
    };
  }

  async opportunities(userId: string, limit: number): Promise<OpportunityList> {
    const [rows, analyses] = await Promise.all([this.rows(userId), this.analyses.latestOf(userId, this.oldest())]);
    const all = rows.map((row): OpportunityView => {
      const { id, asin, marketplace, title, computed_at, trends, time_in_stock: timeInStock } = row;
      const analysis = analyses.get(id) ?? null;
      const analytics = trends && timeInStock ? { trends, timeInStock } : null;
      return {
        productId: id,
        asin,
        marketplace,
        title,
        ...opportunityOf({
          comparison: analysis,
          analytics,
        }),
        insights: `/api/v1/products/${id}/insights`,
        analysisId: analysis?.id ?? null,
        analysisMadeAt: analysis?.madeAt ?? null,
        analyticsComputedAt: computed_at?.toISOString() ?? null,
        simulated: (analysis?.simulated ?? false) || (row.simulated ?? row.source === SOURCE_IDS.sandbox),
      };
    });
    all.sort((a, b) => (b.score ?? -1) - (a.score ?? -1) || (a.productId < b.productId ? -1 : 1));
    return { data: all.slice(0, limit) };
  }

  private recentChanges(rows: readonly PortfolioRow[]): RecentChangeView[] {
    const first = new Date(this.clock.now().getTime() - RECENT_DAYS * 86_400_000).toISOString().slice(0, 10);
    const changes = rows.flatMap(({ id, asin, marketplace, title, change_points }) =>
      Object.entries(change_points ?? {}).flatMap(([metric, points]) =>
        points
          .filter(({ date }) => date >= first)
          .map((point) => ({ productId: id, asin, marketplace, title, metric, ...point })),
      ),
    );
    return changes.sort((a, b) => (a.date < b.date ? 1 : a.date > b.date ? -1 : 0)).slice(0, MOST_CHANGES);
  }

  /** Asks for the analytics that are not there, so that they are the next time. */
  private async rows(userId: string): Promise<PortfolioRow[]> {
    const rows = await this.stored(userId);
    const missing = rows.filter((row) => row.is_active && row.source !== null && row.computed_at === null);
    await this.analytics.ask(
      userId,
      missing.slice(0, MOST_ASKED).map(({ id }) => id),
    );
    return rows;
  }

  private stored(userId: string): Promise<PortfolioRow[]> {
    return this.postgres.query<PortfolioRow>(
      {
        name: 'portfolio',
        text: `SELECT p.id, l.asin, l.marketplace, coalesce(p.title, l.title) AS title, p.is_active, l.availability, s.source, a.computed_at,
                      a.result->'trends' AS trends, a.result->'changePoints' AS change_points, a.result->'timeInStock' AS time_in_stock,
                      (a.result->>'simulated')::boolean AS simulated
               FROM product p JOIN listing l ON l.id = p.listing_id JOIN listing_state s ON s.listing_id = l.id
               LEFT JOIN product_analytics a ON a.product_id = p.id AND a.user_id = $1 AND a.computed_at >= $2
               WHERE p.user_id = $1 ORDER BY p.id`,
      },
      [userId, this.oldest()],
    );
  }

  /** What is older says nothing of now: of a paused product, say. */
  private oldest(): Date {
    return new Date(this.clock.now().getTime() - FRESH_DAYS * 86_400_000);
  }
}

function directionsOf(rows: readonly PortfolioRow[], metric: string): DirectionsView {
  const found = rows.map(({ trends }) => trends?.[metric]?.find(({ days }) => days === DIRECTION_DAYS)?.direction);
  const count = (wanted: 'rising' | 'falling' | 'none' | undefined) => found.filter((one) => one === wanted).length;
  return { rising: count('rising'), falling: count('falling'), none: count('none'), unknown: count(undefined) };
}
