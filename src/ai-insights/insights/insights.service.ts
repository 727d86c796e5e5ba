import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import { Queue } from 'bullmq';
import { v7 as uuidv7, validate as isUuid } from 'uuid';
import { ConflictError, NotFoundError } from '../../common/app-error';
import { Clock } from '../../common/clock';
import { Marketplace } from '../../common/marketplace';
import { decodeCursor, foreignCursor, PageQuery, toPage } from '../../common/pagination';
import { Postgres } from '../../shared/database/postgres';
import { wake } from '../../shared/queue/wake';
import { analysisOf, comparisonOf } from '../claims/claims';
import { CLAIMS_VERSION, reproduce } from '../claims/reproduction';
import { restrict } from '../evidence/evidence';
import { archive, unarchive } from '../evidence/evidence-archive';
import { EvidenceReader } from '../evidence/evidence-reader';
import { reportDocument, ReportInputs } from '../report/report';
import { toHtml } from '../report/html';
import { toMarkdown } from '../report/markdown';
import { Writer } from '../wording/writer';
import {
  ClaimReceiptView,
  InsightIdentityView,
  InsightPage,
  InsightQueuedView,
  InsightSummaryView,
  InsightView,
  ReportView,
} from './dto/insight.view';
import { InsightState } from './entities/insight.entity';
import { asKept, findingsOf, InsightContent, KeptContent } from './insight-content';
import { INSIGHTS_QUEUE, InsightJob } from './insights.queue';
import { toWrite } from './to-write';

/** The slot of what was asked for, until it is made: a product has one of them. */
const REQUESTED = 'requested';
const WAKE_MS = 1000;
/** A job that has not come by then was lost. */
const LOST_AFTER_MINUTES = 10;
const MOST_REQUEUED = 1000;

const INSIGHT_SELECT = `
SELECT i.id, i.product_id, l.asin, l.marketplace, coalesce(p.title, l.title) AS title, i.state, i.requested_at, i.made_at, i.failure`;
const INSIGHT_FROM = `FROM insight i JOIN product p ON p.id = i.product_id JOIN listing l ON l.id = p.listing_id`;

interface InsightRow {
  id: string;
  product_id: string;
  asin: string;
  marketplace: Marketplace;
  title: string | null;
  state: InsightState;
  requested_at: Date;
  made_at: Date | null;
  failure: string | null;
}

interface SummaryRow extends InsightRow {
  simulated: boolean | null;
  headline: string | null;
  claims: number | null;
}

/** Insights: asked for, made by workers, and kept as they were. */
@Injectable()
export class Insights {
  private readonly logger = new Logger(Insights.name);

  constructor(
    private readonly postgres: Postgres,
    private readonly evidence: EvidenceReader,
    private readonly writer: Writer,
    private readonly clock: Clock,
    @InjectQueue(INSIGHTS_QUEUE) private readonly queue: Queue<InsightJob>,
  ) {}

  /** Asked for twice before it is made, it is the same one. @throws NotFoundError, also for a product of somebody else */
  async request(userId: string, productId: string): Promise<InsightQueuedView> {
    const [row] = await this.postgres.query<{ id: string }>(
      `INSERT INTO insight AS i (id, user_id, product_id, slot, state, requested_at)
       SELECT $3, $2, p.id, $4, 'queued', $5 FROM product p WHERE p.id = $1 AND p.user_id = $2
       ON CONFLICT (product_id, slot) DO UPDATE SET requested_at = i.requested_at RETURNING i.id`,
      [productId, userId, uuidv7(), REQUESTED, this.clock.now()],
    );
    if (!row) throw new NotFoundError('Product');
    const added = this.queue.add('make', { insightId: row.id }, { jobId: row.id });
    await wake(added, WAKE_MS, this.logger, 'an insight could not be asked for at once');
    return { id: row.id, state: 'queued' };
  }

  /** One a day of each product, however often it is asked for. */
  async requestDaily(products: readonly { userId: string; productId: string }[], day: string): Promise<number> {
    const rows = await this.postgres.query<{ id: string }>(
      `INSERT INTO insight (id, user_id, product_id, slot, state, requested_at)
       SELECT t.id, t.user_id, p.id, $4, 'queued', $5 FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS t(id, user_id, product_id)
       JOIN product p ON p.id = t.product_id AND p.user_id = t.user_id
       ON CONFLICT (product_id, slot) DO NOTHING RETURNING id`,
      [
        products.map(() => uuidv7()),
        products.map(({ userId }) => userId),
        products.map(({ productId }) => productId),
        day,
        this.clock.now(),
      ],
    );
    await this.enqueue(rows.map(({ id }) => id));
    return rows.length;
  }

  /** Those whose jobs were lost; those that have waited longest first, so that each has its turn. */
  async requeueLost(most = MOST_REQUEUED): Promise<number> {
    const rows = await this.postgres.query<{ id: string }>(
      `SELECT id FROM insight WHERE state = 'queued' AND requested_at < $1::timestamptz - make_interval(mins => $2)
       ORDER BY requested_at, id LIMIT $3`,
      [this.clock.now(), LOST_AFTER_MINUTES, most],
    );
    await this.enqueue(rows.map(({ id }) => id));
    return rows.length;
  }

  /** Makes one that waits. One that does not, or is gone, is left as it is. */
  async make(insightId: string): Promise<void> {
    const [waiting] = await this.postgres.query<{ user_id: string; product_id: string }>(
      `SELECT user_id, product_id FROM insight WHERE id = $1 AND state = 'queued'`,
      [insightId],
    );
    if (!waiting) return;
    const evidence = await this.evidence.read(waiting.user_id, waiting.product_id);
    const { findings } = await findingsOf(evidence);
    const text = await this.writer.write(waiting.user_id, toWrite(findings));
    const content: InsightContent = { ...findings, text, claimsVersion: CLAIMS_VERSION };
    await this.postgres.query(
      `UPDATE insight SET state = 'ready', made_at = $2, content = $3, evidence = $4, slot = nullif(slot, $5)
       WHERE id = $1 AND state = 'queued'`,
      [insightId, this.clock.now(), JSON.stringify(content), await archive(evidence), REQUESTED],
    );
  }

  /** After the last try. */
  async fail(insightId: string): Promise<void> {
    await this.postgres.query(
      `UPDATE insight SET state = 'failed', failure = $2, slot = nullif(slot, $3) WHERE id = $1 AND state = 'queued'`,
      [insightId, 'It could not be made: the log of the worker says why', REQUESTED],
    );
  }

  /** The latest first. @throws NotFoundError, also for a product of somebody else */
  async list(userId: string, productId: string, query: PageQuery): Promise<InsightPage> {
    const size = query['page[size]'];
    const before = decodeCursor(query['page[cursor]'], 1)?.[0] ?? null;
    if (before !== null && !isUuid(before)) throw foreignCursor();
    const rows = await this.postgres.query<SummaryRow | (Omit<SummaryRow, 'id'> & { id: null })>(
      `SELECT i.* FROM product p LEFT JOIN LATERAL (
         ${INSIGHT_SELECT}, (i.content->>'simulated')::boolean AS simulated, i.content->'text'->>'headline' AS headline,
           jsonb_array_length(i.content->'claims') AS claims
         ${INSIGHT_FROM}
         WHERE i.product_id = $2 AND i.user_id = $1 AND ($3::uuid IS NULL OR i.id < $3) ORDER BY i.id DESC LIMIT $4
       ) i ON true
       WHERE p.id = $2 AND p.user_id = $1 ORDER BY i.id DESC`,
      [userId, productId, before, size + 1],
    );
    if (rows.length === 0) throw new NotFoundError('Product');
    const insights = rows.filter((row): row is SummaryRow => row.id !== null);
    return toPage(insights, size, ({ id }) => [id], toSummary);
  }

  /** @throws NotFoundError, also for one of somebody else */
  async get(userId: string, id: string): Promise<InsightView> {
    const [row] = await this.postgres.query<InsightRow & { content: KeptContent | null }>(
      `${INSIGHT_SELECT}, i.content ${INSIGHT_FROM} WHERE i.id = $1 AND i.user_id = $2`,
      [id, userId],
    );
    if (!row) throw new NotFoundError('Insight');
    const content = row.content && asKept(row.content);
    return { ...identity(row), simulated: content?.simulated ?? false, content };
  }

  /**
   * A claim with the readings behind it as they were, made again from them.
   * @throws NotFoundError, also for one of somebody else; ConflictError for one that is not ready
   */
  async receipt(userId: string, id: string, key: string): Promise<ClaimReceiptView> {
    const { content, evidence } = await this.kept(userId, id);
    const claim = content.claims.find((one) => one.key === key);
    if (!claim) throw new NotFoundError('Claim');
    const reproduction = await reproduce(claim, evidence, content.claimsVersion);
    return { claim, evidence: restrict(evidence, claim.evidence).items, ...reproduction };
  }

  /** Of an insight, also of an old one. @throws as `receipt` */
  async report(userId: string, id: string): Promise<ReportView> {
    const inputs = await this.reportInputs(userId, id);
    const { content, analysis, comparison } = inputs;
    return {
      id,
      asin: inputs.asin,
      marketplace: inputs.marketplace,
      title: inputs.title,
      madeAt: inputs.madeAt,
      ...content,
      comparison,
      forecasts: analysis.forecasts,
      unitsForecast: analysis.unitsForecast,
    };
  }

  /** The same to read. @throws as `receipt` */
  async reportText(userId: string, id: string, format: 'markdown' | 'html'): Promise<string> {
    const document = reportDocument(await this.reportInputs(userId, id));
    return format === 'html' ? toHtml(document) : toMarkdown(document);
  }

  /** Deletes what is older. @returns how many that were */
  async deleteBefore(time: Date): Promise<number> {
    const rows = await this.postgres.query(`DELETE FROM insight WHERE requested_at < $1 RETURNING 1`, [time]);
    return rows.length;
  }

  private async reportInputs(userId: string, id: string): Promise<ReportInputs> {
    const { row, content, evidence } = await this.kept(userId, id);
    return {
      asin: row.asin,
      marketplace: row.marketplace,
      title: row.title,
      madeAt: row.made_at?.toISOString() ?? '',
      content,
      evidence,
      analysis: await analysisOf(evidence),
      comparison: comparisonOf(evidence),
    };
  }

  private async kept(userId: string, id: string) {
    const [row] = await this.postgres.query<InsightRow & { content: KeptContent | null; evidence: Buffer | null }>(
      `${INSIGHT_SELECT}, i.content, i.evidence ${INSIGHT_FROM} WHERE i.id = $1 AND i.user_id = $2`,
      [id, userId],
    );
    if (!row) throw new NotFoundError('Insight');
    const { content, evidence } = row;
    if (!content || !evidence) throw new ConflictError('The insight is not ready', 'not_ready');
    return { row, content: asKept(content), evidence: await unarchive(evidence) };
  }

  /** A job that waits already is not added again. */
  private async enqueue(ids: readonly string[]): Promise<void> {
    await this.queue.addBulk(
      ids.map((insightId) => ({ name: 'make', data: { insightId }, opts: { jobId: insightId } })),
    );
  }
}

function toSummary(row: SummaryRow): InsightSummaryView {
  const { simulated, headline, claims } = row;
  return { ...identity(row), simulated: simulated ?? false, headline, claims: claims ?? 0 };
}

function identity(row: InsightRow): Omit<InsightIdentityView, 'simulated'> {
  return {
    id: row.id,
    productId: row.product_id,
    asin: row.asin,
    marketplace: row.marketplace,
    title: row.title,
    state: row.state,
    requestedAt: row.requested_at.toISOString(),
    madeAt: row.made_at?.toISOString() ?? null,
    failure: row.failure,
  };
}
