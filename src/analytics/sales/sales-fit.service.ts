import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { max, min } from 'simple-statistics';
import { Clock } from '../../common/clock';
import { Marketplace } from '../../common/marketplace';
import { PriceHistoryService } from '../../price-history/price-history.service';
import { Postgres } from '../../shared/database/postgres';
import { CurveInputs, curveInputs, OwnPeriod, SellingProduct } from './observations';
import { countPeriods, CurveRefusal, fitSalesCurve, SalesCurve } from './sales-curve';

/** Part of the digest: another method is another fit of the same inputs. */
const METHOD = 1;
/** Products whose ranks are read together. */
const CHUNK = 20;
const DAY_MINUTES = 1440;

interface OwnSalesRow {
  product_id: string;
  marketplace: Marketplace;
  family: string;
  category: string | null;
  periods: OwnPeriod[] | null;
}

/** Fits a user's own sales to the ranks that the user may see. */
@Injectable()
export class SalesFitService {
  constructor(
    private readonly postgres: Postgres,
    private readonly history: PriceHistoryService,
    private readonly clock: Clock,
  ) {}

  /**
   * Brings the user's models up to date. The second time nothing changes; of two at the same time those of the later inputs stay.
   * @returns how many were fitted
   */
  async fit(userId: string): Promise<number> {
    const readAt = this.clock.now();
    const all = curveInputs(await this.products(userId));
    const digests = new Map(all.map((inputs) => [inputs, digestOf(inputs)]));
    const known = await this.postgres.query<{ inputs: string }>(`SELECT inputs FROM sales_model WHERE user_id = $1`, [
      userId,
    ]);
    const fitted = new Set(known.map(({ inputs }) => inputs));
    const models: FittedModel[] = [];
    for (const [inputs, digest] of digests) {
      if (!fitted.has(digest)) models.push(await fitModel(inputs, digest));
    }
    await this.postgres.query(
      `WITH gone AS (
         DELETE FROM sales_model WHERE user_id = $1 AND fitted_at <= $2
           AND (marketplace, category) NOT IN (SELECT * FROM unnest($3::varchar[], $4::text[]))
       )
       INSERT INTO sales_model AS known (user_id, marketplace, category, inputs, fitted_at, periods, families, simulated, left_out, curve, refusal)
       SELECT $1, t.marketplace, t.category, t.inputs, $2, t.periods, t.families, t.simulated, t.left_out, t.curve, t.refusal
       FROM jsonb_to_recordset($5::jsonb) AS t(marketplace varchar, category text, inputs text, periods int, families int,
         simulated boolean, left_out jsonb, curve jsonb, refusal text)
       WHERE EXISTS (SELECT FROM app_user WHERE id = $1)
       ON CONFLICT (user_id, marketplace, category) DO UPDATE SET
         inputs = excluded.inputs, fitted_at = excluded.fitted_at, periods = excluded.periods, families = excluded.families,
         simulated = excluded.simulated, left_out = excluded.left_out, curve = excluded.curve, refusal = excluded.refusal
       WHERE known.fitted_at <= excluded.fitted_at`,
      [
        userId,
        readAt,
        all.map(({ marketplace }) => marketplace),
        all.map(({ category }) => category),
        JSON.stringify(models),
      ],
    );
    return models.length;
  }

  /** Products with own sales and their variations, which may have none. */
  private async products(userId: string): Promise<SellingProduct[]> {
    const rows = await this.postgres.query<OwnSalesRow>(
      `WITH tracked AS (
         SELECT p.id AS product_id, l.marketplace, coalesce(l.parent_asin, l.asin) AS family, l.bsr_category AS category, s.periods
         FROM product p JOIN listing l ON l.id = p.listing_id
         CROSS JOIN LATERAL (
           SELECT jsonb_agg(jsonb_build_object('from', o.first_day - DATE '1970-01-01', 'to', o.last_day - DATE '1970-01-01',
                                               'units', o.units) ORDER BY o.first_day) AS periods
           FROM own_sales o WHERE o.product_id = p.id AND o.user_id = p.user_id
         ) s
         WHERE p.user_id = $1
       )
       SELECT * FROM tracked
       WHERE (marketplace, family) IN (SELECT marketplace, family FROM tracked WHERE periods IS NOT NULL)
       ORDER BY product_id`,
      [userId],
    );
    const periods = rows.flatMap((row) => row.periods ?? []);
    if (periods.length === 0) return [];
    const from = min(periods.map((period) => period.from)) * DAY_MINUTES;
    const to = (max(periods.map((period) => period.to)) + 1) * DAY_MINUTES;
    const products: SellingProduct[] = [];
    for (let start = 0; start < rows.length; start += CHUNK) {
      const chunk = rows.slice(start, start + CHUNK);
      const ids = chunk.map((row) => row.product_id);
      const histories = await this.history.known(userId, ids, ['bsr'], from, to);
      chunk.forEach(({ marketplace, family, category, periods }, index) => {
        const { segments = [], sources = [] } = histories[index]?.series.get('bsr') ?? {};
        const simulated = sources.includes('sandbox');
        products.push({ marketplace, family, category, periods: periods ?? [], ranks: segments, simulated });
      });
    }
    return products;
  }
}

interface FittedModel {
  marketplace: Marketplace;
  category: string;
  inputs: string;
  periods: number;
  families: number;
  simulated: boolean;
  left_out: CurveInputs['leftOut'];
  curve: SalesCurve | null;
  refusal: CurveRefusal | null;
}

async function fitModel(inputs: CurveInputs, digest: string): Promise<FittedModel> {
  const { marketplace, category, observations, leftOut, simulated } = inputs;
  const outcome = await fitSalesCurve(observations);
  return {
    marketplace,
    category,
    inputs: digest,
    periods: countPeriods(observations),
    families: new Set(observations.map(({ family }) => family)).size,
    simulated,
    left_out: leftOut,
    curve: typeof outcome === 'string' ? null : outcome,
    refusal: typeof outcome === 'string' ? outcome : null,
  };
}

function digestOf(inputs: CurveInputs): string {
  return createHash('sha256')
    .update(JSON.stringify([METHOD, inputs]))
    .digest('hex');
}
