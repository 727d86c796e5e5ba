import { Metric } from '../../src/common/metric';
import {
  CompetitiveAnalysisView,
  CompetitiveSummaryView,
  CompetitorAnalysisPage,
  CompetitorAnalysisView,
} from '../../src/competitors/dto/analysis.view';
import { Recorder } from '../../src/price-history/recorder';
import { Schedules } from '../../src/shared/queue/schedules';
import { Answer, startTestApp, TestApp } from '../support/app';
import { FixedClock } from '../support/clock';
import { eventually } from '../support/polling';
import { ScriptedSource } from '../support/scripted-source';

const DAY_MS = 86_400_000;

describe('competitive analysis', () => {
  let api: TestApp;
  let clock: FixedClock;
  let owner: string;
  let other: string;
  let asins = 0;

  beforeAll(async () => {
    clock = new FixedClock();
    api = await startTestApp({ sources: [new ScriptedSource()], clock, env: { ROLES: 'api,worker' } });
    owner = (await api.login('owner')).token;
    other = (await api.login('other')).token;
  });
  afterAll(() => api.close());

  const newAsin = () => `B0${String(++asins).padStart(8, '0')}`;
  const post = async (path: string, token = owner, body: object = {}) =>
    (await api.call('post', path, token).send(body)) as Answer;
  const get = async (path: string, token = owner) => (await api.call('get', path, token)) as Answer;
  const analyze = async (productId: string) =>
    (await post(`/products/${productId}/competitive-analysis`)) as Answer & { body: CompetitiveAnalysisView };
  const analysesOf = async (competitorId: string, query = '') =>
    ((await get(`/competitors/${competitorId}/analyses${query}`)) as Answer & { body: CompetitorAnalysisPage }).body;
  const summaryOf = async (productId: string) =>
    ((await get(`/products/${productId}/competitive-summary`)) as Answer & { body: CompetitiveSummaryView }).body;
  const idOf = ({ body }: Answer) => (body as { id: string }).id;

  async function product() {
    const asin = newAsin();
    return { asin, id: idOf(await post('/products', owner, { asin })) };
  }
  async function rivalOf(productId: string) {
    const asin = newAsin();
    return { asin, id: idOf(await post(`/products/${productId}/competitors`, owner, { asin })) };
  }

  /** What a source said of a listing some days ago. */
  async function read(asin: string, daysAgo: number, values: Partial<Record<Metric, number | null>>) {
    const [listing] = await api.postgres.query<{ id: number }>(`SELECT id FROM listing WHERE asin = $1`, [asin]);
    await api.app.get(Recorder).record('keepa', [
      {
        listingId: listing?.id ?? 0,
        result: 'ok',
        reading: {
          asin,
          marketplace: 'US',
          source: 'keepa',
          observedAt: new Date(clock.now().getTime() - daysAgo * DAY_MS),
          values,
          facts: { title: `Kettle ${asin}`, bsrCategory: 'Kitchen', bullets: ['Boils'] },
        },
      },
    ]);
  }

  async function pair() {
    const own = await product();
    const rival = await rivalOf(own.id);
    await read(own.asin, 0.4, { price: 2000, bsr: 300 });
    await read(rival.asin, 0.4, { price: 1900, bsr: 100 });
    await read(rival.asin, 0.2, { price: 2100, bsr: 100 });
    await read(own.asin, 0, { price: 2000, bsr: 300 });
    await read(rival.asin, 0, { price: 2100, bsr: 100 });
    return { own, rival };
  }

  it('should compare a product with its competitors and keep what came out', async () => {
    const { own, rival } = await pair();
    const { status, body } = await analyze(own.id);
    expect(status).toBe(201);
    expect(body).toMatchObject({
      productId: own.id,
      madeAt: clock.now().toISOString(),
      simulated: false,
      own: { asin: own.asin, content: { bullets: 1 }, figures: { itemPrice: { value: 2000, sources: ['keepa'] } } },
      competitors: [
        {
          competitorId: rival.id,
          differences: {
            itemPrice: { difference: -100, leader: 'own', atLeast: false },
            bsr: { difference: 200, leader: 'competitor', atLeast: true },
          },
        },
      ],
      standings: { itemPrice: { place: 1, of: 2 }, rating: null },
    });
    expect(body.competitors[0]?.differences['itemPrice']?.since).toBe(
      new Date(Math.floor((clock.now().getTime() - 0.2 * DAY_MS) / 60_000) * 60_000).toISOString(),
    );
    expect(await summaryOf(own.id)).toEqual({ analysis: body, competitorsChanged: false, missing: null });
  });

  it('should keep the analyses of a competitor, the latest first, page by page', async () => {
    const { own, rival } = await pair();
    const second = await rivalOf(own.id);
    const whole = await analyze(own.id);
    const single = await post(`/competitors/${rival.id}/analyze`);
    expect((single.body as CompetitorAnalysisView).competitor.asin).toBe(rival.asin);
    const first = await analysesOf(rival.id, '?page[size]=1');
    expect(first.data.map(({ id }) => id)).toEqual([idOf(single)]);
    const rest = await analysesOf(rival.id, `?page[cursor]=${first.page.next ?? ''}`);
    expect(rest.data.map(({ id, competitor }) => [id, competitor.competitorId])).toEqual([[whole.body.id, rival.id]]);
    expect(rest.page.next).toBeNull();
    expect((await analysesOf(second.id)).data.map(({ id }) => id)).toEqual([whole.body.id]);
    // One competitor alone is no summary of all.
    expect((await summaryOf(own.id)).analysis?.id).toBe(whole.body.id);
  });

  it('should say what is missing', async () => {
    const own = await product();
    const refused = await analyze(own.id);
    expect([refused.status, (refused.body as unknown as { errorCode: string }).errorCode]).toEqual([
      409,
      'no_competitors',
    ]);
    expect(await summaryOf(own.id)).toEqual({
      analysis: null,
      competitorsChanged: false,
      missing: 'The product has no confirmed competitor: name one, or confirm one that is suggested',
    });
    const rival = await rivalOf(own.id);
    expect((await summaryOf(own.id)).missing).toContain('No analysis has been made yet');
    expect(await analysesOf(rival.id)).toEqual({ data: [], page: { next: null } });
    const empty = await analyze(own.id);
    expect(empty.body.own.figures).toEqual({});
    expect(Object.values(empty.body.standings).filter((standing) => standing !== null)).toEqual([]);
  });

  it('should be a summary only as long as there are competitors, and say when they have changed', async () => {
    const { own, rival } = await pair();
    const { body } = await analyze(own.id);
    const second = await rivalOf(own.id);
    expect(await summaryOf(own.id)).toMatchObject({ analysis: { id: body.id }, competitorsChanged: true });
    for (const { id } of [rival, second]) await api.call('delete', `/competitors/${id}`, owner);
    expect(await summaryOf(own.id)).toMatchObject({ analysis: null });
    expect((await summaryOf(own.id)).missing).toContain('no confirmed competitor');
  });

  it('should be there for nobody else', async () => {
    const { own, rival } = await pair();
    await post(`/products/${own.id}/competitive-analysis`);
    const answers = await Promise.all([
      post(`/products/${own.id}/competitive-analysis`, other),
      get(`/products/${own.id}/competitive-summary`, other),
      post(`/competitors/${rival.id}/analyze`, other),
      get(`/competitors/${rival.id}/analyses`, other),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
    const [row] = await api.postgres.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM competitive_analysis WHERE product_id = $1`,
      [own.id],
    );
    expect(row?.count).toBe(1);
  });

  it('should be made daily of active products with a confirmed competitor, and deleted when too old', async () => {
    const { own } = await pair();
    const paused = await pair();
    await api.call('patch', `/products/${paused.own.id}`, owner).send({ isActive: false });
    const without = await product();
    await post(`/products/${paused.own.id}/competitive-analysis`);
    await api.postgres.query(
      `UPDATE competitive_analysis SET made_at = made_at - interval '731 days' WHERE product_id = $1`,
      [paused.own.id],
    );
    const slot = clock.now();
    const task = api.app.get(Schedules).find('analyze-competitors');
    expect(task?.cron).toBe('0 3 * * *');
    const counts = await task?.run(slot);
    expect(counts?.['deleted']).toBe(1);
    const made = await eventually(async () => {
      const rows = await api.postgres.query<{ product_id: string }>(
        `SELECT product_id FROM competitive_analysis WHERE product_id = ANY ($1::uuid[])`,
        [[own.id, paused.own.id, without.id]],
      );
      return rows.length > 0 && rows;
    }, 'the analysis');
    expect(made).toEqual([{ product_id: own.id }]);
  });
});
