import { Injectable } from '@nestjs/common';
import { v7 as uuidv7, validate as isUuid } from 'uuid';
import { ConflictError, NotFoundError } from '../common/app-error';
import { Clock } from '../common/clock';
import { toMinute } from '../common/minute';
import { decodeCursor, foreignCursor, PageQuery, toPage } from '../common/pagination';
import { PriceHistoryService } from '../price-history/price-history.service';
import { Postgres } from '../shared/database/postgres';
import { compare, Compared } from './comparison/comparison';
import { COMPARED_METRICS } from './comparison/measures';
import {
  ComparedListingView,
  ComparisonResult,
  CompetitiveAnalysisView,
  CompetitiveSummaryView,
  CompetitorAnalysisPage,
  CompetitorAnalysisView,
} from './dto/analysis.view';

/** How far back it is looked since when somebody leads. */
const WINDOW_MINUTES = 90 * 1440;

const LISTING = 'l.id, l.asin, l.title, l.bullets, l.image_count, l.bsr_category, l.bsr_sub_category';

/** The product's listing and those of its rivals: $1 product, $2 user, $3 one competitor or null for all that are confirmed. */
const COMPARED_STATEMENT = `
SELECT NULL::uuid AS competitor_id, ${LISTING}
FROM product p JOIN listing l ON l.id = p.listing_id WHERE p.id = $1 AND p.user_id = $2
UNION ALL
SELECT c.id, ${LISTING} FROM competitor c JOIN listing l ON l.id = c.listing_id
WHERE c.product_id = $1 AND c.user_id = $2 AND CASE WHEN $3::uuid IS NULL THEN c.status = 'confirmed' ELSE c.id = $3 END
ORDER BY competitor_id NULLS FIRST`;

interface ComparedRow {
  competitor_id: string | null;
  id: number;
  asin: string;
  title: string | null;
  bullets: string[] | null;
  image_count: number | null;
  bsr_category: string | null;
  bsr_sub_category: string | null;
}

interface AnalysisRow {
  id: string;
  product_id: string;
  made_at: Date;
  result: ComparisonResult;
}

/** Compares products with their rivals, and keeps what came out. */
@Injectable()
export class AnalysisService {
  constructor(
    private readonly postgres: Postgres,
    private readonly history: PriceHistoryService,
    private readonly clock: Clock,
  ) {}

  /**
   * Compares a product with all its confirmed competitors.
   * @throws NotFoundError, also for a product of somebody else; ConflictError when it has no confirmed competitor
   */
  async analyzeProduct(userId: string, productId: string): Promise<CompetitiveAnalysisView> {
    return toView(await this.analyze(userId, productId, null));
  }

  /** Compares one competitor with its product. @throws NotFoundError, also for one of somebody else */
  async analyzeCompetitor(userId: string, competitorId: string): Promise<CompetitorAnalysisView> {
    const [competitor] = await this.postgres.query<{ product_id: string }>(
      `SELECT product_id FROM competitor WHERE id = $1 AND user_id = $2`,
      [competitorId, userId],
    );
    if (!competitor) throw new NotFoundError('Competitor');
    const row = await this.analyze(userId, competitor.product_id, competitorId);
    const { own, competitors } = row.result;
    return toCompetitorView({ ...row, own, competitor: competitors[0] });
  }

  /** The last analysis of all competitors, as long as there are any. @throws NotFoundError, also for a product of somebody else */
  async summary(userId: string, productId: string): Promise<CompetitiveSummaryView> {
    const [row] = await this.postgres.query<Partial<AnalysisRow> & { confirmed: string[]; competitor_ids: string[] }>(
      `SELECT a.*, ARRAY(
         SELECT c.id FROM competitor c WHERE c.product_id = p.id AND c.user_id = $2 AND c.status = 'confirmed' ORDER BY c.id
       ) AS confirmed
       FROM product p LEFT JOIN LATERAL (
         SELECT id, product_id, made_at, result, competitor_ids FROM competitive_analysis a
         WHERE a.product_id = p.id AND a.user_id = $2 AND a.is_complete ORDER BY id DESC LIMIT 1
       ) a ON true
       WHERE p.id = $1 AND p.user_id = $2`,
      [productId, userId],
    );
    if (!row) throw new NotFoundError('Product');
    const { id, product_id, made_at, result, confirmed, competitor_ids } = row;
    if (confirmed.length === 0) {
      const missing = 'The product has no confirmed competitor: name one, or confirm one that is suggested';
      return { analysis: null, competitorsChanged: false, missing };
    }
    if (!id || !product_id || !made_at || !result) {
      const missing =
        'No analysis has been made yet: there is one every day, or on POST /products/{id}/competitive-analysis';
      return { analysis: null, competitorsChanged: false, missing };
    }
    const competitorsChanged = confirmed.join() !== [...competitor_ids].sort().join();
    return { analysis: toView({ id, product_id, made_at, result }), competitorsChanged, missing: null };
  }

  /** The last analysis of all competitors since a time, of each product of a user that has one and still has competitors. */
  async latestOf(userId: string, since: Date): Promise<Map<string, CompetitiveAnalysisView>> {
    const rows = await this.postgres.query<AnalysisRow>(
      `SELECT a.* FROM product p CROSS JOIN LATERAL (
         SELECT id, product_id, made_at, result FROM competitive_analysis a
         WHERE a.product_id = p.id AND a.user_id = $1 AND a.is_complete ORDER BY id DESC LIMIT 1
       ) a
       WHERE p.user_id = $1 AND a.made_at >= $2
         AND EXISTS (SELECT FROM competitor c WHERE c.product_id = p.id AND c.user_id = $1 AND c.status = 'confirmed')`,
      [userId, since],
    );
    return new Map(rows.map((row) => [row.product_id, toView(row)]));
  }

  /** @throws NotFoundError, also for one of somebody else */
  async analysesOf(userId: string, competitorId: string, query: PageQuery): Promise<CompetitorAnalysisPage> {
    const size = query['page[size]'];
    const before = decodeCursor(query['page[cursor]'], 1)?.[0] ?? null;
    if (before !== null && !isUuid(before)) throw foreignCursor();
    const rows = await this.postgres.query<CompetitorAnalysisRow | (Omit<CompetitorAnalysisRow, 'id'> & { id: null })>(
      `SELECT a.* FROM competitor c LEFT JOIN LATERAL (
         SELECT a.id, a.product_id, a.made_at, a.result->'own' AS own,
                jsonb_path_query_first(a.result, '$.competitors[*] ? (@.competitorId == $id)', jsonb_build_object('id', c.id)) AS competitor
         FROM competitive_analysis a
         WHERE a.product_id = c.product_id AND a.user_id = $2 AND c.id = ANY (a.competitor_ids) AND ($3::uuid IS NULL OR a.id < $3)
         ORDER BY a.id DESC LIMIT $4
       ) a ON true
       WHERE c.id = $1 AND c.user_id = $2 ORDER BY a.id DESC`,
      [competitorId, userId, before, size + 1],
    );
    if (rows.length === 0) throw new NotFoundError('Competitor');
    const analyses = rows.filter((row): row is CompetitorAnalysisRow => row.id !== null);
    return toPage(analyses, size, ({ id }) => [id], toCompetitorView);
  }

  /** Deletes what is older. @returns how many analyses that were */
  async deleteBefore(time: Date): Promise<number> {
    const rows = await this.postgres.query(`DELETE FROM competitive_analysis WHERE made_at < $1 RETURNING 1`, [time]);
    return rows.length;
  }

  private async analyze(userId: string, productId: string, competitorId: string | null): Promise<AnalysisRow> {
    const [own, ...rivals] = await this.postgres.query<ComparedRow>(COMPARED_STATEMENT, [
      productId,
      userId,
      competitorId,
    ]);
    if (!own) throw new NotFoundError('Product');
    if (rivals.length === 0) {
      throw new ConflictError('The product has no confirmed competitor: name or confirm one first', 'no_competitors');
    }
    const made_at = this.clock.now();
    const at = toMinute(made_at);
    const [[ownHistory], shared] = await Promise.all([
      this.history.known(userId, [productId], COMPARED_METRICS, at - WINDOW_MINUTES, at),
      this.history.knownShared(
        rivals.map(({ id }) => id),
        COMPARED_METRICS,
        at - WINDOW_MINUTES,
        at,
      ),
    ]);
    const compared = (row: ComparedRow): Compared[] => {
      const history = row === own ? ownHistory : shared.get(row.id);
      return history
        ? [
            {
              competitorId: row.competitor_id,
              asin: row.asin,
              title: row.title,
              bullets: row.bullets,
              imageCount: row.image_count,
              bsrCategory: row.bsr_category,
              bsrSubCategory: row.bsr_sub_category,
              history,
            },
          ]
        : [];
    };
    const [product] = compared(own);
    if (!product) throw new NotFoundError('Product');
    const row = {
      id: uuidv7(),
      product_id: productId,
      made_at,
      result: compare(product, rivals.flatMap(compared), at),
    };
    await this.postgres.query(
      `INSERT INTO competitive_analysis (id, user_id, product_id, made_at, is_complete, competitor_ids, result)
       SELECT $1, $2, p.id, $4, $5, $6, $7 FROM product p WHERE p.id = $3 AND p.user_id = $2`,
      [
        row.id,
        userId,
        productId,
        made_at,
        competitorId === null,
        row.result.competitors.map((one) => one.competitorId),
        JSON.stringify(row.result),
      ],
    );
    return row;
  }
}

interface CompetitorAnalysisRow {
  id: string;
  product_id: string;
  made_at: Date;
  own: ComparedListingView;
  competitor: CompetitorAnalysisView['competitor'] | undefined;
}

function toView({ id, product_id, made_at, result }: AnalysisRow): CompetitiveAnalysisView {
  const simulated = [result.own, ...result.competitors].some(isSimulated);
  return { id, productId: product_id, madeAt: made_at.toISOString(), simulated, ...result };
}

function toCompetitorView({ id, product_id, made_at, own, competitor }: CompetitorAnalysisRow): CompetitorAnalysisView {
  if (!competitor) throw new Error('an analysis without its competitor');
  const simulated = isSimulated(own) || isSimulated(competitor);
  return { id, productId: product_id, madeAt: made_at.toISOString(), simulated, own, competitor };
}

function isSimulated({ figures }: ComparedListingView): boolean {
  return Object.values(figures).some(({ sources }) => sources.includes('sandbox'));
}
