import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import { Queue } from 'bullmq';
import { setTimeout as sleep } from 'node:timers/promises';
import { NotFoundError } from '../../common/app-error';
import { Clock } from '../../common/clock';
import { toMinute } from '../../common/minute';
import { HISTORY_VERSION, PriceHistoryService } from '../../price-history/price-history.service';
import { Postgres } from '../../shared/database/postgres';
import { wake } from '../../shared/queue/wake';
import { SalesEstimates } from '../sales/sales-estimates.service';
import { ANALYTICS_QUEUE, AnalyticsJob } from './analytics.queue';
import { ProductAnalysisView, ProductAnalyticsView } from './dto/product-analytics.view';
import { ANALYZED_METRICS, analyzeProduct, HISTORY_DAYS } from './product-analysis';

/** A request waits so long for what a worker computes, and then shows what there is. */
const PATIENCE_MS = 180;
const LOOK_MS = 20;
const STATISTICS_DAYS = [7, 30, 90, 365];

/**
 * What an analysis was computed from: the history, own sales and the day. $1 product, $2 user, $3 the day. The one that is stored
 * comes with it.
 */
const STORED_STATEMENT = `
SELECT v.version, l.bsr_category, a.version = v.version AS is_current, a.computed_at, a.result
FROM product p JOIN listing l ON l.id = p.listing_id JOIN listing_state s ON s.listing_id = l.id
CROSS JOIN LATERAL (
  SELECT concat_ws('.', ${HISTORY_VERSION}, $3::text,
                   (SELECT md5(string_agg(m.inputs, '' ORDER BY m.marketplace, m.category)) FROM sales_model m WHERE m.user_id = $2)) AS version
) v
LEFT JOIN product_analytics a ON a.product_id = p.id AND a.user_id = $2
WHERE p.id = $1 AND p.user_id = $2`;

interface StoredRow {
  version: string;
  bsr_category: string | null;
  is_current: boolean | null;
  computed_at: Date | null;
  result: ProductAnalysisView | null;
}

/** A product's analytics: computed by workers, kept by what they were computed from, shown by requests. */
@Injectable()
export class ProductAnalytics {
  private readonly logger = new Logger(ProductAnalytics.name);

  constructor(
    private readonly postgres: Postgres,
    private readonly history: PriceHistoryService,
    private readonly sales: SalesEstimates,
    private readonly clock: Clock,
    @InjectQueue(ANALYTICS_QUEUE) private readonly queue: Queue<AnalyticsJob>,
  ) {}

  /**
   * Never waits long: what is not computed yet is asked for, and shown when it is there in time.
   * @param horizon days of forecast to show
   * @throws NotFoundError, also for a product of somebody else
   */
  async show(userId: string, productId: string, horizon: number): Promise<ProductAnalyticsView> {
    let stored = await this.stored(userId, productId);
    if (!stored.is_current) {
      await this.ask(userId, [productId]);
      for (const end = Date.now() + PATIENCE_MS; !stored.is_current && Date.now() < end;) {
        await sleep(LOOK_MS);
        stored = await this.stored(userId, productId);
      }
    }
    const { result, computed_at: computedAt, is_current: isCurrent } = stored;
    return {
      state: result === null ? 'computing' : isCurrent ? 'current' : 'outdated',
      computedAt: computedAt?.toISOString() ?? null,
      analysis: result === null ? null : withHorizon(result, horizon),
    };
  }

  /** Computes and keeps it, unless the one that is kept is of the same readings. @throws NotFoundError */
  async compute(userId: string, productId: string): Promise<void> {
    const { version, bsr_category, is_current } = await this.stored(userId, productId);
    if (is_current) return;
    const now = this.clock.now();
    const at = toMinute(now);
    const [[history], { view: stats }, sales] = await Promise.all([
      this.history.known(userId, [productId], ANALYZED_METRICS, at - (HISTORY_DAYS + 1) * 1440, at),
      this.history.stats(userId, productId, { windows: STATISTICS_DAYS }, []),
      this.sales.modelsOf(userId),
    ]);
    if (!history) throw new NotFoundError('Product');
    const result = await analyzeProduct({
      productId,
      history,
      bsrCategory: bsr_category,
      statistics: stats?.windows ?? [],
      sales,
      at,
    });
    // Of two that compute at once the one that began later stays.
    await this.postgres.query(
      `INSERT INTO product_analytics AS known (product_id, user_id, version, computed_at, result)
       SELECT p.id, $2, $3, $4, $5 FROM product p WHERE p.id = $1 AND p.user_id = $2
       ON CONFLICT (product_id) DO UPDATE SET version = excluded.version, computed_at = excluded.computed_at, result = excluded.result
       WHERE known.user_id = $2 AND known.computed_at <= excluded.computed_at`,
      [productId, userId, version, now, JSON.stringify(result)],
    );
  }

  /** Has them computed soon. A job that waits already is not added again. */
  async ask(userId: string, productIds: readonly string[]): Promise<void> {
    if (productIds.length === 0) return;
    const added = this.queue.addBulk(
      productIds.map((productId) => ({ name: 'compute', data: { userId, productId }, opts: { jobId: productId } })),
    );
    await wake(added, PATIENCE_MS, this.logger, 'analytics could not be asked for');
  }

  private async stored(userId: string, productId: string): Promise<StoredRow> {
    const day = this.clock.now().toISOString().slice(0, 10);
    const [row] = await this.postgres.query<StoredRow>({ name: 'product-analytics', text: STORED_STATEMENT }, [
      productId,
      userId,
      day,
    ]);
    if (!row) throw new NotFoundError('Product');
    return row;
  }
}

/** A shorter forecast is the beginning of the longest: each day's interval is its own. */
function withHorizon(analysis: ProductAnalysisView, horizon: number): ProductAnalysisView {
  return {
    ...analysis,
    // One that was computed before it told them has none; the next one does.
    missingDays: (analysis as Partial<ProductAnalysisView>).missingDays ?? {},
    unitsForecast: analysis.unitsForecast && {
      ...analysis.unitsForecast,
      days: analysis.unitsForecast.days.slice(0, horizon),
    },
    forecasts: Object.fromEntries(
      Object.entries(analysis.forecasts).map(([quantity, forecast]) => [
        quantity,
        {
          ...forecast,
          days: forecast.days.slice(0, horizon),
          weeks: forecast.weeks.filter(({ fromDay }) => fromDay <= horizon),
        },
      ]),
    ),
  };
}
