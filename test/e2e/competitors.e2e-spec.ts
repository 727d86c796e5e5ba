import { v7 as uuidv7 } from 'uuid';
import { DiscoveryJob } from '../../src/competitors/competitors.queue';
import { getQueueToken } from '@nestjs/bullmq';
import { Queue } from 'bullmq';
import { DISCOVERY_QUEUE } from '../../src/competitors/competitors.queue';
import { DiscoveryService } from '../../src/competitors/discovery.service';
import { Schedules } from '../../src/shared/queue/schedules';
import { Answer, startTestApp, TestApp } from '../support/app';
import { FixedClock } from '../support/clock';
import { lockWaiters } from '../support/locks';
import { eventually } from '../support/polling';
import { ScriptedSource } from '../support/scripted-source';

interface Competitor {
  id: string;
  asin: string;
  status: string;
  isPinned: boolean;
  foundBy: string[];
  similarity: { score: number; kind: string; parts: Record<string, number> } | null;
}

const jobOf = (userId: string, productId: string, excludeOwnBrand = false): DiscoveryJob => ({
  userId,
  productId,
  excludeOwnBrand,
  isDemanded: true,
  runId: uuidv7(),
});

const KETTLES = ['Home', 'Kitchen', 'Kettles'];

describe('competitors', () => {
  let api: TestApp;
  let owner: { userId: string; token: string };
  let other: { userId: string; token: string };
  let asins = 0;

  beforeAll(async () => {
    api = await startTestApp({ sources: [new ScriptedSource()], clock: new FixedClock() });
    owner = await api.login('owner');
    other = await api.login('other');
  });
  afterAll(() => api.close());
  beforeEach(() => api.postgres.query(`UPDATE listing SET title = NULL, parent_asin = NULL`));

  const newAsin = () => `B0${String(++asins).padStart(8, '0')}`;

  /** A listing that somebody tracks, as a source described it. */
  async function known(title: string, facts: { brand?: string; parent?: string; path?: string[] } = {}) {
    const asin = newAsin();
    const { body } = (await api.call('post', '/products', owner.token).send({ asin })) as Answer;
    await api.postgres.query(
      `UPDATE listing SET title = $2, brand = $3, parent_asin = $4, category_path = $5 WHERE asin = $1`,
      [asin, title, facts.brand ?? null, facts.parent ?? null, facts.path ?? KETTLES],
    );
    return { asin, id: (body as { id: string }).id };
  }
  const discover = (id: string, excludeOwnBrand = false) =>
    api.app.get(DiscoveryService).discover(jobOf(owner.userId, id, excludeOwnBrand));
  const list = async (id: string, query = '') =>
    (
      (await api.call('get', `/products/${id}/competitors${query}`, owner.token)) as Answer & {
        body: { data: Competitor[] };
      }
    ).body.data;
  const add = async (id: string, asin: string) =>
    (await api.call('post', `/products/${id}/competitors`, owner.token).send({ asin })) as Answer & {
      body: Competitor;
    };
  const change = async (id: string, body: object) =>
    (await api.call('patch', `/competitors/${id}`, owner.token).send(body)) as Answer & { body: Competitor };
  const intervalOf = async (asin: string) =>
    (
      await api.postgres.query<{ interval_minutes: number | null }>(
        `SELECT s.interval_minutes FROM listing_state s JOIN listing l ON l.id = s.listing_id WHERE l.asin = $1`,
        [asin],
      )
    )[0]?.interval_minutes;

  describe('discovery', () => {
    it('should suggest what is of the same kind, the most similar first, with the parts of its similarity', async () => {
      const own = await known('Acme electric kettle steel 1.7 l', { brand: 'Acme' });
      const near = await known('Bolt electric kettle steel 1.7 l', { brand: 'Bolt' });
      const far = await known('Cora electric kettle glass quiet 1 l', { brand: 'Cora' });
      await known('Dune garden hose green', { brand: 'Dune', path: ['Garden', 'Hoses'] });
      expect(await discover(own.id)).toBe(2);
      const found = await list(own.id);
      expect(found.map(({ asin, status, foundBy }) => [asin, status, foundBy])).toEqual([
        [near.asin, 'suggested', ['known-listings']],
        [far.asin, 'suggested', ['known-listings']],
      ]);
      expect(found[0]?.similarity).toMatchObject({ kind: 'direct', parts: { category: 1, brand: 0, size: 1 } });
      expect(found[0]?.similarity?.parts).not.toHaveProperty('price');
    });

    it('should leave out variations of the product, and on demand its own brand', async () => {
      const own = await known('Acme electric kettle steel', { brand: 'Acme', parent: 'B0PARENT01' });
      await known('Acme electric kettle steel red', { brand: 'Acme', parent: 'B0PARENT01' });
      const brother = await known('Acme electric kettle steel travel', { brand: 'Acme' });
      const rival = await known('Bolt electric kettle steel', { brand: 'Bolt' });
      await discover(own.id);
      expect((await list(own.id)).map(({ asin }) => asin).sort()).toEqual([brother.asin, rival.asin]);
      await discover(own.id, true);
      expect((await list(own.id)).map(({ asin }) => asin)).toEqual([rival.asin]);
    });

    it('should not bring back what was dismissed, and keep what was confirmed', async () => {
      const own = await known('Acme electric kettle steel');
      const [first, second] = [await known('Bolt electric kettle steel'), await known('Cora electric kettle steel')];
      await discover(own.id);
      const byAsin = new Map((await list(own.id)).map((one) => [one.asin, one]));
      await api.call('delete', `/competitors/${byAsin.get(first.asin)?.id ?? ''}`, owner.token);
      await change(byAsin.get(second.asin)?.id ?? '', { status: 'confirmed' });
      expect(await discover(own.id)).toBe(0);
      expect((await list(own.id)).map(({ asin, status }) => [asin, status])).toEqual([[second.asin, 'confirmed']]);
      expect((await list(own.id, '?status=dismissed')).map(({ asin }) => asin)).toEqual([first.asin]);
    });

    it('should take back a suggestion that is no longer similar', async () => {
      const own = await known('Acme electric kettle steel');
      const rival = await known('Bolt electric kettle steel');
      await discover(own.id);
      await api.postgres.query(`UPDATE listing SET title = 'Bolt garden hose', category_path = NULL WHERE asin = $1`, [
        rival.asin,
      ]);
      await discover(own.id);
      expect(await list(own.id)).toEqual([]);
    });

    it('should find nothing for a product without a title, and for one of somebody else', async () => {
      const own = await known('Acme electric kettle steel');
      await known('Bolt electric kettle steel');
      expect(await api.app.get(DiscoveryService).discover(jobOf(other.userId, own.id))).toBe(0);
      await api.postgres.query(`UPDATE listing SET title = NULL WHERE asin = $1`, [own.asin]);
      expect(await discover(own.id)).toBe(0);
    });

    it('should not be called finished before what it found is listed', async () => {
      const own = await known('Acme electric kettle steel');
      const rival = await known('Bolt electric kettle steel');
      let listing: Promise<Answer> | undefined;
      // It commits while somebody is reading the list.
      await api.postgres.transaction(async (sql) => {
        const [listed] = await sql.query<{ id: number }>(`SELECT id FROM listing WHERE asin = $1`, [rival.asin]);
        await sql.query('LOCK TABLE competitor_discovery');
        listing = Promise.resolve(api.call('get', `/products/${own.id}/competitors`, owner.token));
        await eventually(async () => (await lockWaiters(api.postgres)) > 0, 'the list to be asked for');
        await sql.query(
          `INSERT INTO competitor (id, user_id, product_id, listing_id, status, found_by, created_at, updated_at)
           VALUES ($1, $2, $3, $4, 'suggested', '{known-listings}', now(), now())`,
          [uuidv7(), owner.userId, own.id, listed?.id],
        );
        await sql.query(
          `INSERT INTO competitor_discovery (product_id, user_id, started_at, finished_at, exclude_own_brand) VALUES ($1, $2, now(), now(), false)`,
          [own.id, owner.userId],
        );
      });
      const { body } = (await listing) as Answer & { body: { data: Competitor[]; discovery: { state: string } } };
      expect([body.discovery.state, body.data.map(({ asin }) => asin)]).toEqual(['finished', [rival.asin]]);
    });

    it('should queue the search', async () => {
      const own = await known('Acme electric kettle steel');
      const { status, body } = (await api
        .call('post', `/products/${own.id}/competitors/discover`, owner.token)
        .send({})) as Answer;
      expect([status, body]).toEqual([202, { queued: true }]);
    });

    it('should search once, however often it is asked for while it is under way', async () => {
      const own = await known('Acme electric kettle steel');
      const queue = api.app.get<Queue>(getQueueToken(DISCOVERY_QUEUE));
      const before = await queue.getWaitingCount();
      const ask = (body: object) =>
        api.call('post', `/products/${own.id}/competitors/discover`, owner.token).send(body);
      await Promise.all(Array.from({ length: 8 }, () => ask({})));
      expect((await queue.getWaitingCount()) - before).toBe(1);
      await ask({ excludeOwnBrand: true });
      expect((await queue.getWaitingCount()) - before).toBe(2);
    });
  });

  describe('a competitor that is named', () => {
    it('should be confirmed and checked as often as the product, for as long as both want it', async () => {
      const own = await known('Acme electric kettle steel');
      const asin = newAsin();
      await api.call('patch', `/products/${own.id}`, owner.token).send({ refreshIntervalMinutes: 120 });
      const { status, body } = await add(own.id, asin.toLowerCase());
      expect([status, body.asin, body.status, body.foundBy, body.similarity]).toEqual([
        201,
        asin,
        'confirmed',
        ['user'],
        null,
      ]);
      expect(await intervalOf(asin)).toBe(120);
      await api.call('patch', `/products/${own.id}`, owner.token).send({ refreshIntervalMinutes: 60 });
      expect(await intervalOf(asin)).toBe(60);
      await api.call('patch', `/products/${own.id}`, owner.token).send({ isActive: false });
      expect(await intervalOf(asin)).toBeNull();
      await api.call('patch', `/products/${own.id}`, owner.token).send({ isActive: true });
      expect(await intervalOf(asin)).toBe(60);
      await api.call('delete', `/competitors/${body.id}`, owner.token);
      expect(await intervalOf(asin)).toBeNull();
      await change(body.id, { status: 'confirmed' });
      expect(await intervalOf(asin)).toBe(60);
      await api.call('delete', `/products/${own.id}`, owner.token);
      expect(await intervalOf(asin)).toBeNull();
      expect((await api.call('get', `/competitors/${body.id}`, owner.token)).status).toBe(404);
    });

    it('should be shown first when it is pinned', async () => {
      const own = await known('Acme electric kettle steel');
      const [first, second] = [(await add(own.id, newAsin())).body, (await add(own.id, newAsin())).body];
      const { body } = await change(second.id, { isPinned: true });
      expect(body.isPinned).toBe(true);
      expect((await list(own.id)).map(({ id }) => id)).toEqual([second.id, first.id]);
    });

    it('should be confirmed when a suggestion is pinned', async () => {
      const own = await known('Acme electric kettle steel');
      await known('Bolt electric kettle steel');
      await discover(own.id);
      const [suggested] = await list(own.id);
      const { body } = await change(suggested?.id ?? '', { isPinned: true });
      expect([body.status, body.isPinned]).toEqual(['confirmed', true]);
    });

    it('should not be the product itself, nor one that is there already', async () => {
      const own = await known('Acme electric kettle steel');
      const asin = newAsin();
      await add(own.id, asin);
      const answers = [await add(own.id, own.asin), await add(own.id, asin), await add(own.id, 'nonsense')];
      expect(answers.map(({ status }) => status)).toEqual([422, 409, 422]);
    });

    it('should take the place of a suggestion, and have none when all are confirmed', async () => {
      const own = await known('Acme electric kettle steel');
      await known('Bolt electric kettle steel');
      await discover(own.id);
      for (let count = 0; count < 20; count++) expect((await add(own.id, newAsin())).status).toBe(201);
      expect((await list(own.id)).map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 'confirmed'));
      const { status, body } = await add(own.id, newAsin());
      expect([status, body]).toMatchObject([409, { errorCode: 'competitor_limit_reached' }]);
      expect(await discover(own.id)).toBe(0);
    });
  });

  it("should be nobody else's", async () => {
    const own = await known('Acme electric kettle steel');
    const { body } = await add(own.id, newAsin());
    const calls = [
      api.call('get', `/products/${own.id}/competitors`, other.token),
      api.call('post', `/products/${own.id}/competitors`, other.token).send({ asin: newAsin() }),
      api.call('post', `/products/${own.id}/competitors/discover`, other.token).send({}),
      api.call('get', `/competitors/${body.id}`, other.token),
      api.call('patch', `/competitors/${body.id}`, other.token).send({ isPinned: true }),
      api.call('delete', `/competitors/${body.id}`, other.token),
    ];
    const statuses = [];
    for (const call of calls) statuses.push((await call).status);
    expect(statuses).toEqual([404, 404, 404, 404, 404, 404]);
    expect(await list(own.id)).toMatchObject([{ id: body.id, status: 'confirmed', isPinned: false }]);
  });

  it('should be looked for by the job, for every active product', async () => {
    const [own, rival] = [await known('Acme electric kettle steel'), await known('Bolt electric kettle steel')];
    await api.call('patch', `/products/${rival.id}`, owner.token).send({ isActive: false });
    const worker = await startTestApp({
      databaseUrl: api.databaseUrl,
      env: { ROLES: 'worker' },
      sources: [new ScriptedSource()],
    });
    try {
      await worker.app.get(Schedules).find('discover-competitors')?.run(new Date());
      await eventually(async () => (await list(own.id)).length === 1, 'a suggestion');
      expect(await list(rival.id)).toEqual([]);
    } finally {
      await worker.close();
    }
  });
});
