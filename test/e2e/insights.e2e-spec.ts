import {
  ClaimReceiptView,
  InsightPage,
  InsightQueuedView,
  InsightView,
  ReportView,
} from '../../src/ai-insights/insights/dto/insight.view';
import { Insights } from '../../src/ai-insights/insights/insights.service';
import { Recorder } from '../../src/price-history/recorder';
import { Schedules } from '../../src/shared/queue/schedules';
import { Answer, startTestApp, TestApp } from '../support/app';
import { FixedClock } from '../support/clock';
import { MODEL_KEY, ModelServer, USAGE } from '../support/model-server';
import { eventually } from '../support/polling';
import { ScriptedSource } from '../support/scripted-source';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const UNKNOWN = '00000000-0000-4000-8000-000000000000';

describe('insights', () => {
  let api: TestApp;
  let model: ModelServer;
  let clock: FixedClock;
  let owner: { userId: string; token: string };
  let other: { userId: string; token: string };
  let asins = 0;

  beforeAll(async () => {
    clock = new FixedClock();
    model = await ModelServer.start();
    api = await startTestApp({
      sources: [new ScriptedSource()],
      clock,
      env: {
        ROLES: 'api,worker',
        LLM_BASE_URL: model.url,
        LLM_MODEL: 'a-model',
        LLM_API_KEY: MODEL_KEY,
      },
    });
    owner = await api.login('owner');
    other = await api.login('other');
  });
  beforeEach(() => {
    model.mode = 'honest';
  });
  afterAll(async () => {
    await api.close();
    await model.stop();
  });

  const post = async (path: string, token = owner.token) => (await api.call('post', path, token).send({})) as Answer;
  const get = async (path: string, token = owner.token) => (await api.call('get', path, token)) as Answer;
  const insightOf = async (id: string) => ((await get(`/insights/${id}`)) as Answer & { body: InsightView }).body;
  const listOf = async (id: string, query = '') =>
    ((await get(`/products/${id}/insights${query}`)) as Answer & { body: InsightPage }).body;
  const receiptOf = async (id: string, key: string) =>
    ((await get(`/insights/${id}/claims/${encodeURIComponent(key)}`)) as Answer & { body: ClaimReceiptView }).body;

  async function product(token = owner.token) {
    const asin = `B0${String(++asins).padStart(8, '0')}`;
    const { body } = (await api.call('post', '/products', token).send({ asin })) as Answer;
    return { asin, id: (body as { id: string }).id };
  }

  /** 120 days with a reading a day, in which the price was cut and the rank got better 30 days ago. Texts are kept by what they tell: another `high` price makes another one. */
  async function productWithPast(high = 2999) {
    const own = await product();
    const [listing] = await api.postgres.query<{ id: number }>(`SELECT id FROM listing WHERE asin = $1`, [own.asin]);
    const now = Math.floor(clock.now().getTime() / MINUTE_MS);
    const price = (daysAgo: number) => (daysAgo > 30 ? high : 2199);
    const bsr = (daysAgo: number) => (daysAgo > 30 ? 9000 : 4000) + ((daysAgo * 7919) % 500);
    await api.app.get(Recorder).recordHistory(
      'keepa',
      {
        listingId: listing?.id ?? 0,
        result: 'ok',
        reading: {
          asin: own.asin,
          marketplace: 'US',
          source: 'keepa',
          observedAt: clock.now(),
          values: { price: price(0), bsr: bsr(0) },
          facts: { title: `Kettle <b>${own.asin}</b>`, bsrCategory: 'Kitchen' },
        },
      },
      [
        {
          metric: 'price',
          points: past(120).map((days) => [now - days * 1440, price(days), now - days * 1440 + 1439]),
        },
        { metric: 'bsr', points: past(120).map((days) => [now - days * 1440, bsr(days), now - days * 1440 + 1439]) },
      ],
    );
    return own;
  }
  const past = (days: number) => Array.from({ length: days }, (_, place) => days - place);

  /** Asked for, and waited for. */
  async function made(productId: string): Promise<InsightView> {
    const { body } = (await post(`/products/${productId}/insights`)) as Answer & { body: InsightQueuedView };
    return eventually(async () => {
      const insight = await insightOf(body.id);
      return insight.state === 'queued' ? undefined : insight;
    }, 'the insight');
  }

  it('should be made in the background from what is known', async () => {
    const own = await productWithPast();
    const insight = await made(own.id);
    const date = new Date(clock.now().getTime() - 30 * DAY_MS).toISOString().slice(0, 10);
    expect(insight).toMatchObject({ asin: own.asin, state: 'ready', simulated: false, failure: null });
    const claim = insight.content?.claims.find(({ key }) => key === `level_change:price:${date}`);
    expect(claim).toMatchObject({
      values: { before: { value: 2999, unit: 'USD', scale: 2 }, after: { value: 2199, unit: 'USD', scale: 2 } },
      direction: 'down',
      confidence: 'measured',
      evidence: [`series:${own.asin}:price`],
    });
    expect(insight.content?.abstentions).toContainEqual({
      key: 'position',
      missing: 'needs a confirmed competitor to compare with',
      until: null,
    });
  });

  it('should show of a claim the readings behind it, from which it follows once more', async () => {
    const own = await productWithPast();
    const { id, content } = await made(own.id);
    for (const claim of content?.claims ?? []) {
      const receipt = await receiptOf(id, claim.key);
      expect(receipt.claim).toEqual(claim);
      expect(Object.keys(receipt.evidence).sort()).toEqual([...claim.evidence].sort());
      expect(receipt).toMatchObject({ isIntact: true, isReproduced: true, isReworded: false });
    }
  });

  it('should stay readable, with its receipts, when an earlier release made it and told it in other words', async () => {
    const own = await productWithPast();
    const { id, content } = await made(own.id);
    const key = content?.claims.find(({ kind }) => kind === 'level_change')?.key ?? '';
    const earlier = (name: string) =>
      `(SELECT coalesce(jsonb_agg(a - 'until'), '[]') FROM jsonb_array_elements(content->'${name}') a)`;
    await api.postgres.query(
      `UPDATE insight SET content = (content - 'claimsVersion' - 'setAside') || jsonb_build_object(
         'abstentions', ${earlier('abstentions')}, 'undecided', ${earlier('undecided')},
         'claims', (SELECT jsonb_agg(CASE WHEN c->>'key' = $2 THEN c || '{"template":"It was {before}.","text":"It was USD 29.99."}' ELSE c END)
                    FROM jsonb_array_elements(content->'claims') c))
       WHERE id = $1`,
      [id, key],
    );
    const kept = (await insightOf(id)).content;
    expect(kept).toMatchObject({ claimsVersion: 1, setAside: [] });
    expect(kept?.abstentions.map((one) => one.key)).toEqual(content?.abstentions.map((one) => one.key));
    expect(kept?.abstentions.every(({ until }) => until === null)).toBe(true);
    expect(await receiptOf(id, key)).toMatchObject({
      claim: { text: 'It was USD 29.99.' },
      ...{ isIntact: true, isReproduced: true, isReworded: true },
    });
    const report = await api.call('get', `/insights/${id}/report?format=markdown`, owner.token);
    expect(report.text).toContain('It was USD 29.99.');
    expect(report.text).toContain('## What cannot be said yet');
  });

  it('should know which sellers are the user’s own, and of no other user', async () => {
    const own = await product();
    for (const [userId, sellerId] of [
      [owner.userId, 'AMINE'],
      [other.userId, 'ATHEIRS'],
    ]) {
      await api.postgres.query(`INSERT INTO own_seller (user_id, marketplace, seller_id) VALUES ($1, 'US', $2)`, [
        userId,
        sellerId,
      ]);
    }
    const minute = Math.floor(clock.now().getTime() / MINUTE_MS) - 1440;
    await api.postgres.query(
      `INSERT INTO listing_change (listing_id, field, before, after, observed_minute, recorded_minute, source)
       SELECT id, 'buy_box_seller_id', '"AMINE"', '"ATHEIRS"', $2, $2, 1 FROM listing WHERE asin = $1`,
      [own.asin, minute],
    );
    const { id, content } = await made(own.id);
    const claim = content?.claims.find(({ kind }) => kind === 'seller_changed');
    expect(claim?.text).toMatch(/the buy box went from your seller “AMINE” to the seller “ATHEIRS”\.$/);
    const { evidence } = await receiptOf(id, claim?.key ?? '');
    expect(evidence['sellers']).toMatchObject({ type: 'sellers', own: ['AMINE'] });
    expect(content?.recommendations.map(({ key }) => key)).toContain('check_seller');
    await api.postgres.query(`DELETE FROM own_seller`);
  });

  it('should stay as it was when the readings are other ones', async () => {
    const own = await productWithPast();
    const first = await made(own.id);
    await api.postgres.query(`DELETE FROM observation_month`);
    await api.postgres.query(`DELETE FROM observation`);
    const [claim] = first.content?.claims ?? [];
    expect(await insightOf(first.id)).toEqual(first);
    expect((await receiptOf(first.id, claim?.key ?? '')).isReproduced).toBe(true);
  });

  it('should be of two requests the same one, as long as it is not made', async () => {
    const own = await product();
    await api.postgres.query(`DELETE FROM insight WHERE product_id = $1`, [own.id]);
    const insights = api.app.get(Insights);
    const queued = await Promise.all([1, 2, 3, 4].map(() => insights.request(owner.userId, own.id)));
    await eventually(async () => (await insightOf(queued[0]?.id ?? '')).state === 'ready', 'the insight');
    expect((await listOf(own.id)).data.length).toBe(new Set(queued.map(({ id }) => id)).size);
  });

  it('should be made of a product of which nothing is known, and say so', async () => {
    const own = await product();
    const { id, content, state } = await made(own.id);
    expect(state).toBe('ready');
    expect(content?.claims).toEqual([]);
    expect(content?.recommendations).toEqual([]);
    expect(content?.risk.score).toBeNull();
    expect(content?.opportunity.score).toBeNull();
    expect(content?.text.paragraphs).toEqual([]);
    const report = await api.call('get', `/insights/${id}/report?format=markdown`, owner.token);
    expect(report.text).toContain('Too little is known to say anything yet.');
    expect(report.text).toContain('Too little is known to tell a change.');
    expect(report.text).not.toContain('Nothing changed');
    expect(report.text).toContain('| stock | not known: needs a price, or its absence');
  });

  it('should be worded by the model, which costs nothing the next time', async () => {
    const own = await productWithPast(3199);
    const first = (await made(own.id)).content?.text;
    expect(first).toMatchObject({
      writtenBy: 'model',
      model: 'a-model',
      cached: false,
      tokens: { input: USAGE.prompt_tokens, output: USAGE.completion_tokens },
    });
    const calls = model.calls.length;
    const second = (await made(own.id)).content?.text;
    expect(second).toMatchObject({ writtenBy: 'model', cached: true });
    expect(model.calls.length).toBe(calls);
  });

  it('should be worded by rules, and say why, when the model makes up numbers', async () => {
    model.mode = 'lying_with_numbers';
    const { content } = await made((await productWithPast(3399)).id);
    expect(content?.text.writtenBy).toBe('rules');
    expect(content?.text.note).not.toBeNull();
    expect(content?.text.paragraphs.length).toBeGreaterThan(0);
  });

  it('should not rest on a comparison of before the last reading', async () => {
    const [own, rival] = [await productWithPast(), await product()];
    const add = api.call('post', `/products/${own.id}/competitors`, owner.token).send({ asin: rival.asin });
    expect(((await add) as Answer).status).toBe(201);
    const [listing] = await api.postgres.query<{ id: number }>(`SELECT id FROM listing WHERE asin = $1`, [rival.asin]);
    const record = (price: number) =>
      api.app.get(Recorder).record('keepa', [
        {
          listingId: listing?.id ?? 0,
          result: 'ok',
          reading: {
            asin: rival.asin,
            marketplace: 'US',
            source: 'keepa',
            observedAt: clock.now(),
            values: { price },
            facts: {},
          },
        },
      ]);
    await record(1999);
    expect((await post(`/products/${own.id}/competitive-analysis`)).status).toBe(201);
    clock.advance(5);
    await record(1799);
    const insight = await made(own.id);
    const { body } = (await get(`/insights/${insight.id}/report`)) as Answer & { body: ReportView };
    expect(body.comparison?.competitors.map(({ asin, figures }) => [asin, figures['itemPrice']?.value])).toEqual([
      [rival.asin, 1799],
    ]);
  });

  it('should be told as a report: JSON, Markdown and a page that loads and runs nothing', async () => {
    const own = await productWithPast();
    const { body } = (await post(`/products/${own.id}/intelligence-report`)) as Answer & {
      body: { id: string; report: string };
    };
    const path = body.report.replace('/api/v1', '');
    await eventually(async () => (await insightOf(body.id)).state === 'ready', 'the report');
    const json = (await get(path)) as Answer & { body: ReportView };
    expect(json.body).toMatchObject({ id: body.id, asin: own.asin, comparison: null });
    expect(json.body.forecasts['price']?.days.length).toBeGreaterThan(0);
    const markdown = await api.call('get', `${path}?format=markdown`, owner.token);
    expect(markdown.headers['content-type']).toBe('text/markdown; charset=utf-8');
    expect(markdown.text).toContain('## Causes');
    const html = await api.call('get', `${path}?format=html`, owner.token);
    expect(html.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(html.headers['content-security-policy']).toBe("default-src 'none'; style-src 'unsafe-inline'; sandbox");
    expect(html.text).toContain('<svg');
    expect(html.text).not.toMatch(/<script|src=|href=|<b>B0/);
    expect((await get(`${path}?format=pdf`)).status).toBe(422);
  });

  it('should be listed with the latest first, page by page', async () => {
    const own = await product();
    const ids: string[] = [];
    for (let count = 0; count < 3; count++) ids.unshift((await made(own.id)).id);
    const first = await listOf(own.id, '?page[size]=2');
    expect(first.data.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    const second = await listOf(own.id, `?page[size]=2&page[cursor]=${first.page.next ?? ''}`);
    expect(second.data.map(({ id }) => id)).toEqual(ids.slice(2));
    expect(second.page.next).toBeNull();
  });

  it('should be one a day of each active product, however often the schedule runs', async () => {
    const [active, paused] = [await product(), await product()];
    await api.call('patch', `/products/${paused.id}`, owner.token).send({ isActive: false });
    const task = api.app.get(Schedules).find('make-insights');
    const slot = clock.now();
    await task?.run(slot);
    await task?.run(slot);
    await eventually(async () => (await listOf(active.id)).data[0]?.state === 'ready', 'the daily insight');
    expect((await listOf(active.id)).data).toHaveLength(1);
    expect((await listOf(paused.id)).data).toEqual([]);
  });

  it('should be made though its job was lost', async () => {
    const own = await product();
    await api.postgres.query(
      `INSERT INTO insight (id, user_id, product_id, slot, state, requested_at) VALUES ($1, $2, $3, 'requested', 'queued', $4)`,
      ['01900000-0000-7000-8000-000000000001', owner.userId, own.id, new Date(clock.now().getTime() - 20 * MINUTE_MS)],
    );
    await api.app.get(Schedules).find('requeue-insights')?.run(clock.now());
    await eventually(async () => (await listOf(own.id)).data[0]?.state === 'ready', 'the lost insight');
    expect((await listOf(own.id)).data).toHaveLength(1);
  });

  it('should be asked for again the longer it has waited the sooner', async () => {
    const [late, early] = [await product(), await product()];
    const id = (place: number) => `01900000-0000-7000-8000-00000000001${String(place)}`;
    for (const [place, { id: productId }] of [late, early].entries()) {
      const requestedAt = new Date(clock.now().getTime() - (20 + place) * MINUTE_MS);
      await api.postgres.query(
        `INSERT INTO insight (id, user_id, product_id, slot, state, requested_at) VALUES ($1, $2, $3, 'requested', 'queued', $4)`,
        [id(place), owner.userId, productId, requestedAt],
      );
    }
    expect(await api.app.get(Insights).requeueLost(1)).toBe(1);
    await eventually(async () => (await listOf(early.id)).data[0]?.state === 'ready', 'the one that waited longer');
    expect((await listOf(late.id)).data[0]?.state).toBe('queued');
    await api.app.get(Insights).requeueLost(1);
    await eventually(async () => (await listOf(late.id)).data[0]?.state === 'ready', 'the other one');
  });

  it('should be gone after its retention', async () => {
    const own = await product();
    const { id } = await made(own.id);
    expect(await api.app.get(Insights).deleteBefore(clock.now())).toBeGreaterThanOrEqual(0);
    expect((await get(`/insights/${id}`)).status).toBe(200);
    await api.app.get(Insights).deleteBefore(new Date(clock.now().getTime() + 1));
    expect((await get(`/insights/${id}`)).status).toBe(404);
  });

  it.each([
    ['post', '/products/{product}/insights'],
    ['post', '/products/{product}/intelligence-report'],
    ['get', '/products/{product}/insights'],
    ['get', '/insights/{insight}'],
    ['get', '/insights/{insight}/report'],
    ['get', '/insights/{insight}/claims/no_offer'],
  ] as const)('should not be there for another user: %s %s', async (method, path) => {
    const own = await product();
    const { id } = await made(own.id);
    const at = path.replace('{product}', own.id).replace('{insight}', id);
    expect(((await api.call(method, at, other.token).send()) as Answer).status).toBe(404);
    const unknown = path.replace(/\{\w+\}/, UNKNOWN);
    expect(((await api.call(method, unknown, owner.token).send()) as Answer).status).toBe(404);
  });

  it('should answer 404 for a claim that it does not have, and 409 before it is made', async () => {
    const own = await product();
    const { id } = await made(own.id);
    expect((await get(`/insights/${id}/claims/trend:price:90d`)).status).toBe(404);
    const waiting = '01900000-0000-7000-8000-000000000002';
    await api.postgres.query(
      `INSERT INTO insight (id, user_id, product_id, slot, state, requested_at) VALUES ($1, $2, $3, 'x', 'queued', $4)`,
      [waiting, owner.userId, own.id, clock.now()],
    );
    expect((await get(`/insights/${waiting}/report`)).status).toBe(409);
    expect((await get(`/insights/${waiting}/claims/no_offer`)).status).toBe(409);
  });
});
