import { getQueueToken } from '@nestjs/bullmq';
import { Queue } from 'bullmq';
import { v7 as uuidv7 } from 'uuid';
import { DISCOVERY_QUEUE, DiscoveryJob } from '../../src/competitors/competitors.queue';
import { DiscoveryService } from '../../src/competitors/discovery.service';
import { RivalWay, SearchHit } from '../../src/marketplace-data/marketplace-data';
import { SourceError, SourceErrorKind } from '../../src/marketplace-data/source-error';
import { Schedules } from '../../src/shared/queue/schedules';
import { Answer, startTestApp, TestApp } from '../support/app';
import { FixedClock } from '../support/clock';
import { hit, ScriptedSource } from '../support/scripted-source';

interface Line {
  source: string;
  way: RivalWay | null;
  outcome: string;
  hits: number | null;
  answeredAt: string | null;
  detail: string | null;
}
interface Discovery {
  state: string;
  startedAt: string;
  finishedAt: string | null;
  excludeOwnBrand: boolean;
  terms: string | null;
  sources: Line[];
}
interface Competitor {
  id: string;
  asin: string;
  title: string | null;
  status: string;
  foundBy: string[];
  similarity: { score: number } | null;
  price: unknown;
  observedAt: string | null;
}

const START = '2026-11-24T12:00:00Z';
const PATH = ['Home', 'Kitchen', 'Kettles'];
const failing = (kind: SourceErrorKind) => () => Promise.reject(new SourceError(kind, `scripted ${kind}`));

/** Discovery with two scripted sources: one that has every way, one that cannot search. */
describe('discovery through the sources', () => {
  let api: TestApp;
  let owner: { userId: string; token: string };
  let other: { userId: string; token: string };
  let asins = 0;
  const clock = new FixedClock();
  const keepa = new ScriptedSource('keepa', {
    history: false,
    search: true,
    related: ['finder', 'bought-together'],
  });
  const spApi = new ScriptedSource('sp-api', { history: false, search: false, related: ['similar-items'] });

  beforeAll(async () => {
    api = await startTestApp({ sources: [keepa, spApi], clock, env: { SOURCE_DAILY_BUDGET: 'keepa:100,sp-api:100' } });
    owner = await api.login('owner');
    other = await api.login('other');
  });
  afterAll(() => api.close());
  beforeEach(async () => {
    clock.set(START);
    await api.postgres.query('TRUNCATE source_health, source_usage');
    await api.postgres.query(`UPDATE listing SET title = NULL, parent_asin = NULL`);
    for (const source of [keepa, spApi]) {
      source.rivals = {};
      source.asked.length = 0;
    }
  });

  const newAsin = () => `B0${String(++asins).padStart(8, '0')}`;
  const jobOf = (id: string, more: Partial<DiscoveryJob> = {}): DiscoveryJob => ({
    userId: owner.userId,
    productId: id,
    excludeOwnBrand: false,
    isDemanded: true,
    runId: uuidv7(),
    ...more,
  });
  const discover = (id: string, more: Partial<DiscoveryJob> = {}) =>
    api.app.get(DiscoveryService).discover(jobOf(id, more));
  const daily = (id: string) => discover(id, { isDemanded: false });

  /** A product whose listing a source has described. */
  async function product(title: string | null, facts: { brand?: string; parent?: string } = {}, user = owner) {
    const asin = newAsin();
    const { body } = (await api.call('post', '/products', user.token).send({ asin })) as Answer;
    await api.postgres.query(
      `UPDATE listing SET title = $2, brand = $3, parent_asin = $4, category_path = $5 WHERE asin = $1`,
      [asin, title, facts.brand ?? null, facts.parent ?? null, PATH],
    );
    return { asin, id: (body as { id: string }).id };
  }
  const look = async (id: string, query = '') =>
    ((await api.call('get', `/products/${id}/competitors${query}`, owner.token)) as Answer).body as {
      data: Competitor[];
      discovery: Discovery | null;
    };
  const listed = async (id: string, query = '') => (await look(id, query)).data;
  const originsOf = async (id: string) => (await listed(id)).map(({ asin, foundBy }) => [asin, foundBy]);
  const outcomes = async (id: string) =>
    (await look(id)).discovery?.sources.map(({ source, way, outcome, hits }) => [source, way, outcome, hits]);
  const outcomeOf = async (id: string, way: RivalWay) =>
    (await look(id)).discovery?.sources.find((line) => line.way === way);
  const isListing = async (asin: string) =>
    (await api.postgres.query(`SELECT FROM listing WHERE asin = $1`, [asin])).length > 0;

  const OWN = 'Acme electric kettle steel 1.7 l';
  const kettle = (brand: string, facts: Partial<SearchHit> = {}) =>
    hit(newAsin(), `${brand} electric kettle steel 1.7 l`, { brand, categoryPath: PATH, ...facts });

  it('should suggest what sources name, each with everywhere it came from', async () => {
    const own = await product(OWN, { brand: 'Acme' });
    const known = await product('Dune electric kettle steel 1.7 l', { brand: 'Dune' });
    const [both, found] = [kettle('Bolt'), kettle('Cora')];
    keepa.rivals = {
      search: () => [both, hit(known.asin, 'told otherwise')],
      finder: () => [found, { ...both, title: null }],
    };
    spApi.rivals['similar-items'] = () => [{ ...both, title: 'Bolt kettle' }];
    expect(await discover(own.id)).toBe(3);
    expect((await originsOf(own.id)).sort()).toEqual(
      [
        [known.asin, ['known-listings', 'keepa:search']],
        [both.asin, ['keepa:search', 'keepa:finder', 'sp-api:similar-items']],
        [found.asin, ['keepa:finder']],
      ].sort(),
    );
    expect(keepa.asked[0]).toEqual(['search', 'electric kettle steel']);
    expect((await look(own.id)).discovery).toEqual({
      state: 'finished',
      startedAt: '2026-11-24T12:00:00.000Z',
      finishedAt: '2026-11-24T12:00:00.000Z',
      excludeOwnBrand: false,
      terms: 'electric kettle steel',
      sources: [
        ['known-listings', null, 'searched', 1],
        ['keepa', 'search', 'searched', 2],
        ['keepa', 'finder', 'searched', 2],
        ['keepa', 'bought-together', 'searched', 0],
        ['firecrawl', null, 'not_configured', null],
        ['sp-api', 'search', 'cannot_search', null],
        ['sp-api', 'similar-items', 'searched', 1],
      ].map(([source, way, outcome, hits]) => ({
        source,
        way,
        outcome,
        hits,
        answeredAt: hits === null ? null : '2026-11-24T12:00:00.000Z',
        detail: null,
      })),
    });
  });

  it('should make a listing of what is suggested, with what was said of it, no value, and no check', async () => {
    const own = await product(OWN, { brand: 'Acme' });
    const rival = kettle('Bolt', { parentAsin: 'B0PARENT09', imageUrl: 'https://m.media-amazon.com/images/I/1.jpg' });
    const hose = hit(newAsin(), 'Dune garden hose green 30 m', { categoryPath: ['Garden', 'Hoses'] });
    keepa.rivals.search = () => [rival, hose];
    await discover(own.id);
    expect(await listed(own.id)).toMatchObject([
      { asin: rival.asin, title: rival.title, status: 'suggested', price: null, observedAt: null },
    ]);
    const [row] = await api.postgres.query(
      `SELECT l.brand, l.category_path, l.parent_asin, l.image_url, s.interval_minutes, s.next_check_at
       FROM listing l JOIN listing_state s ON s.listing_id = l.id WHERE l.asin = $1`,
      [rival.asin],
    );
    expect(row).toEqual({
      brand: 'Bolt',
      category_path: PATH,
      parent_asin: 'B0PARENT09',
      image_url: 'https://m.media-amazon.com/images/I/1.jpg',
      interval_minutes: null,
      next_check_at: null,
    });
    expect(await isListing(hose.asin)).toBe(false);
  });

  it('should make listings of no more than it suggests', async () => {
    const own = await product(OWN, { brand: 'Acme' });
    const all = Array.from({ length: 60 }, (_, index) => kettle(`Brand${String(index)}`));
    keepa.rivals = { search: () => all.slice(0, 30), finder: () => all.slice(30) };
    expect(await discover(own.id)).toBe(20);
    const made = await Promise.all(all.map(({ asin }) => isListing(asin)));
    expect(made.filter(Boolean)).toHaveLength(20);
  });

  it('should give a title to a listing that has none, and leave one that it has', async () => {
    const own = await product(OWN, { brand: 'Acme' });
    const [bare, titled] = [await product(null), await product('Cora electric kettle steel')];
    keepa.rivals.search = () => [
      hit(bare.asin, 'Bolt electric kettle steel 1.7 l'),
      hit(titled.asin, 'Other electric kettle'),
    ];
    await discover(own.id);
    const titles = new Map((await listed(own.id)).map(({ asin, title }) => [asin, title]));
    expect([titles.get(bare.asin), titles.get(titled.asin)]).toEqual([
      'Bolt electric kettle steel 1.7 l',
      'Cora electric kettle steel',
    ]);
  });

  it('should leave out the listing itself, its variations, their parent, and on demand its brand', async () => {
    const own = await product(OWN, { brand: 'Acme', parent: 'B0PARENT01' });
    const brother = kettle('ACME');
    const rival = kettle('Bolt');
    keepa.rivals.search = () => [
      hit(own.asin, OWN),
      hit('B0PARENT01', OWN),
      kettle('Acme', { parentAsin: 'B0PARENT01' }),
      kettle('Acme', { parentAsin: own.asin }),
      brother,
      rival,
    ];
    await discover(own.id);
    expect((await listed(own.id)).map(({ asin }) => asin).sort()).toEqual([brother.asin, rival.asin].sort());
    expect((await outcomeOf(own.id, 'search'))?.hits).toBe(5);
    await discover(own.id, { excludeOwnBrand: true });
    expect((await listed(own.id)).map(({ asin }) => asin)).toEqual([rival.asin]);
  });

  it('should store hostile titles as text within limits', async () => {
    const own = await product(OWN, { brand: 'Acme' });
    const hostile = `Bolt electric kettle steel '); DROP TABLE listing; -- \${7*7} {{x}} ignore all instructions \uD800 ${'x'.repeat(10_000)}`;
    const rival = hit(newAsin(), hostile, { brand: 'Bolt', categoryPath: PATH });
    keepa.rivals.search = () => [rival, kettle('Cora', { categoryPath: ['\uDFFF'] })];
    expect(await discover(own.id)).toBe(2);
    const title = (await listed(own.id)).find(({ asin }) => asin === rival.asin)?.title;
    expect(title).toBe(hostile.slice(0, 1000).replace('\uD800', '\uFFFD'));
  });

  describe('a listing that cannot be compared', () => {
    it('should be suggested without a similarity where the source lists it as a competitor, and not otherwise', async () => {
      const own = await product(OWN, { brand: 'Acme' });
      const [competitor, along, compared] = [newAsin(), newAsin(), kettle('Bolt')];
      spApi.rivals['similar-items'] = () => [hit(competitor, null), compared];
      keepa.rivals['bought-together'] = () => [hit(along, null)];
      await discover(own.id);
      expect((await listed(own.id)).map(({ asin, title, similarity }) => [asin, title, similarity === null])).toEqual([
        [compared.asin, compared.title, false],
        [competitor, null, true],
      ]);
      expect(await isListing(along)).toBe(false);
    });

    it('should be so too where the product has no title yet, which says nothing can be searched for', async () => {
      const own = await product(null);
      const competitor = kettle('Bolt');
      spApi.rivals['similar-items'] = () => [competitor];
      expect(await discover(own.id)).toBe(1);
      expect(await listed(own.id)).toMatchObject([{ asin: competitor.asin, similarity: null }]);
      expect((await outcomes(own.id))?.slice(0, 2)).toEqual([
        ['known-listings', null, 'no_title', null],
        ['keepa', 'search', 'no_title', null],
      ]);
      expect(keepa.asked.map(([way]) => way)).toEqual(['finder', 'bought-together']);
    });
  });

  describe('a source that does not answer', () => {
    it.each<[SourceErrorKind, string]>([
      ['unsupported', 'unsupported'],
      ['rate_limited', 'over_budget'],
      ['quota_exhausted', 'over_budget'],
      ['timeout', 'failed'],
      ['blocked', 'failed'],
      ['not_found', 'failed'],
    ])('should be %s: %s, and stop no other', async (kind, outcome) => {
      const own = await product(OWN, { brand: 'Acme' });
      const rival = kettle('Bolt');
      keepa.rivals = { search: failing(kind), finder: failing('unsupported') };
      spApi.rivals['similar-items'] = () => [rival];
      await discover(own.id);
      expect(await originsOf(own.id)).toEqual([[rival.asin, ['sp-api:similar-items']]]);
      expect(await outcomeOf(own.id, 'search')).toMatchObject({ outcome, hits: null, detail: `scripted ${kind}` });
    });

    it('should be seen as our fault when it is one', async () => {
      const own = await product(OWN);
      keepa.rivals.search = () => {
        throw new TypeError('secret of ours');
      };
      await discover(own.id);
      expect(await outcomeOf(own.id, 'search')).toMatchObject({ outcome: 'failed', detail: 'a fault of ours' });
    });

    it('should not be asked while its breaker is open', async () => {
      const own = await product(OWN);
      await api.postgres.query(`INSERT INTO source_health (source, failures, open_until) VALUES ('keepa', 5, $1)`, [
        new Date('2026-11-24T12:30:00Z'),
      ]);
      await discover(own.id);
      expect((await outcomes(own.id))?.slice(1, 4)).toEqual([
        ['keepa', 'search', 'unavailable', null],
        ['keepa', 'finder', 'unavailable', null],
        ['keepa', 'bought-together', 'unavailable', null],
      ]);
      expect(keepa.asked).toEqual([]);
    });

    it('should not be asked beyond its budget of the day, and counted for what was asked', async () => {
      const own = await product(OWN);
      await api.postgres.query(`INSERT INTO source_usage (source, day, units) VALUES ('keepa', '2026-11-24', 99)`);
      await discover(own.id);
      expect((await outcomes(own.id))?.slice(1, 4)).toEqual([
        ['keepa', 'search', 'searched', 0],
        ['keepa', 'finder', 'over_budget', null],
        ['keepa', 'bought-together', 'over_budget', null],
      ]);
      expect(await api.postgres.query(`SELECT source, units FROM source_usage ORDER BY source`)).toEqual([
        { source: 'keepa', units: 100 },
        { source: 'sp-api', units: 1 },
      ]);
    });
  });

  describe('done again', () => {
    it('should ask sources daily only when their last answer is a week old, and keep what they found', async () => {
      const own = await product(OWN, { brand: 'Acme' });
      const rival = kettle('Bolt');
      keepa.rivals.search = () => [rival];
      await discover(own.id);
      const asked = keepa.asked.length;
      clock.set('2026-11-30T02:00:00Z');
      await daily(own.id);
      expect(keepa.asked).toHaveLength(asked);
      expect(await originsOf(own.id)).toEqual([[rival.asin, ['keepa:search']]]);
      expect(await outcomeOf(own.id, 'search')).toMatchObject({
        outcome: 'skipped',
        hits: 1,
        answeredAt: '2026-11-24T12:00:00.000Z',
      });
      expect((await outcomes(own.id))?.[0]).toEqual(['known-listings', null, 'searched', 1]);
      clock.set('2026-12-01T02:00:00Z');
      await daily(own.id);
      expect(keepa.asked).toHaveLength(2 * asked);
    });

    it('should ask on demand always', async () => {
      const own = await product(OWN);
      await discover(own.id);
      await discover(own.id);
      expect(keepa.asked.filter(([way]) => way === 'search')).toHaveLength(2);
    });

    it('should remember what a subscription lacks, and ask the next day what failed', async () => {
      const own = await product(OWN);
      keepa.rivals = { search: failing('timeout'), finder: failing('unsupported') };
      await discover(own.id);
      keepa.asked.length = 0;
      clock.set('2026-11-25T02:00:00Z');
      keepa.rivals = {};
      await daily(own.id);
      expect(keepa.asked.map(([way]) => way)).toEqual(['search']);
      expect((await outcomes(own.id))?.slice(1, 4)).toEqual([
        ['keepa', 'search', 'searched', 0],
        ['keepa', 'finder', 'unsupported', null],
        ['keepa', 'bought-together', 'skipped', 0],
      ]);
    });

    it('should keep what a source found while it fails, and lose what it names no more', async () => {
      const own = await product(OWN, { brand: 'Acme' });
      const [first, second] = [kettle('Bolt'), kettle('Cora')];
      keepa.rivals = { search: () => [first, second], finder: () => [first] };
      await discover(own.id);
      keepa.rivals = { search: failing('timeout'), finder: failing('timeout') };
      await discover(own.id);
      expect((await originsOf(own.id)).sort()).toEqual(
        [
          [first.asin, ['keepa:search', 'keepa:finder']],
          [second.asin, ['keepa:search']],
        ].sort(),
      );
      keepa.rivals = { search: () => [second], finder: failing('timeout') };
      await discover(own.id);
      expect((await originsOf(own.id)).sort()).toEqual(
        [
          [first.asin, ['keepa:finder']],
          [second.asin, ['keepa:search']],
        ].sort(),
      );
    });

    it('should lose nothing that the user decided, and tell who else found it', async () => {
      const own = await product(OWN, { brand: 'Acme' });
      const [named, confirmed, dismissed] = [kettle('Bolt'), kettle('Cora'), kettle('Dune')];
      await api.call('post', `/products/${own.id}/competitors`, owner.token).send({ asin: named.asin });
      keepa.rivals.search = () => [named, confirmed, dismissed];
      await discover(own.id);
      const ids = new Map((await listed(own.id)).map(({ asin, id }) => [asin, id]));
      const change = (asin: string, status: string) =>
        api.call('patch', `/competitors/${ids.get(asin) ?? ''}`, owner.token).send({ status });
      await change(confirmed.asin, 'confirmed');
      await change(dismissed.asin, 'dismissed');
      keepa.rivals = { finder: () => [named, confirmed, dismissed] };
      expect(await discover(own.id)).toBe(0);
      const left = await listed(own.id);
      expect(left.map(({ asin, status, foundBy }) => [asin, status, foundBy]).sort()).toEqual(
        [
          [named.asin, 'confirmed', ['user', 'keepa:search', 'keepa:finder']],
          [confirmed.asin, 'confirmed', ['keepa:search', 'keepa:finder']],
        ].sort(),
      );
      expect(left.every(({ similarity }) => (similarity?.score ?? 0) > 0.3)).toBe(true);
      expect((await listed(own.id, '?status=dismissed')).map(({ asin }) => asin)).toEqual([dismissed.asin]);
    });

    it('should name the user too when one who was suggested is named', async () => {
      const own = await product(OWN, { brand: 'Acme' });
      const rival = kettle('Bolt');
      keepa.rivals.search = () => [rival];
      await discover(own.id);
      await api.call('post', `/products/${own.id}/competitors`, owner.token).send({ asin: rival.asin });
      expect(await listed(own.id)).toMatchObject([{ status: 'confirmed', foundBy: ['keepa:search', 'user'] }]);
    });

    it('should end the same when two run at once', async () => {
      const own = await product(OWN, { brand: 'Acme' });
      const rivals = [kettle('Bolt'), kettle('Cora'), kettle('Dune')];
      keepa.rivals = { search: () => rivals, finder: () => [...rivals].reverse() };
      expect(await Promise.all([1, 2, 3, 4].map(() => discover(own.id)))).toEqual([3, 3, 3, 3]);
      expect((await originsOf(own.id)).sort()).toEqual(
        rivals.map(({ asin }) => [asin, ['keepa:search', 'keepa:finder']]).sort(),
      );
      expect((await look(own.id)).discovery?.state).toBe('finished');
    });

    it('should be queued daily for active products, with the brand left out as it was the last time', async () => {
      const [own, never, paused] = [await product(OWN), await product(OWN), await product(OWN)];
      await discover(own.id, { excludeOwnBrand: true });
      await api.call('patch', `/products/${paused.id}`, owner.token).send({ isActive: false });
      const queue = api.app.get<Queue<DiscoveryJob>>(getQueueToken(DISCOVERY_QUEUE));
      await queue.drain();
      await api.app.get(Schedules).find('discover-competitors')?.run(clock.now());
      const jobs = new Map((await queue.getJobs(['waiting'])).map(({ data }) => [data.productId, data]));
      expect([own, never, paused].map(({ id }) => jobs.get(id))).toEqual([
        { ...jobOf(own.id), excludeOwnBrand: true, isDemanded: false, runId: expect.any(String) as string },
        { ...jobOf(never.id), excludeOwnBrand: false, isDemanded: false, runId: expect.any(String) as string },
        undefined,
      ]);
    });
  });

  describe('under way', () => {
    it('should be seen as such, with what the one before said, and hold nobody up', async () => {
      const own = await product(OWN, { brand: 'Acme' });
      await discover(own.id);
      clock.advance(10);
      const named = newAsin();
      let seen: Discovery | null = null;
      keepa.rivals.search = async () => {
        seen = (await look(own.id)).discovery;
        await api.call('post', `/products/${own.id}/competitors`, owner.token).send({ asin: named });
        return [];
      };
      await discover(own.id);
      expect(seen).toMatchObject({
        state: 'under_way',
        startedAt: '2026-11-24T12:10:00.000Z',
        finishedAt: '2026-11-24T12:00:00.000Z',
      });
      expect((await listed(own.id)).map(({ asin }) => asin)).toEqual([named]);
    });

    it('should stay so until the one that began last has finished', async () => {
      const own = await product(OWN);
      let release: () => void = () => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      let later: Promise<number> | undefined;
      keepa.rivals.search = async () => {
        const began = new Promise<void>((resolve) => {
          keepa.rivals.search = async () => {
            resolve();
            await held;
            return [];
          };
        });
        later = discover(own.id);
        await began;
        return [];
      };
      await discover(own.id);
      expect((await look(own.id)).discovery?.state).toBe('under_way');
      release();
      await later;
      expect((await look(own.id)).discovery?.state).toBe('finished');
    });

    it('should be queued as such, and taken for lost after half an hour', async () => {
      const own = await product(OWN);
      expect((await look(own.id)).discovery).toBeNull();
      await api.call('post', `/products/${own.id}/competitors/discover`, owner.token).send({ excludeOwnBrand: true });
      expect((await look(own.id)).discovery).toMatchObject({
        state: 'under_way',
        finishedAt: null,
        excludeOwnBrand: true,
        sources: [],
      });
      clock.advance(31);
      expect((await look(own.id)).discovery?.state).toBe('interrupted');
    });
  });

  it("should leave no trace in somebody else's product", async () => {
    const own = await product(OWN);
    expect(await discover(own.id, { userId: other.userId })).toBe(0);
    const { status } = await api.call('post', `/products/${own.id}/competitors/discover`, other.token).send({});
    expect([status, (await look(own.id)).discovery, keepa.asked]).toEqual([404, null, []]);
  });

  it('should compare a suggestion once its title is known', async () => {
    const own = await product(OWN, { brand: 'Acme' });
    const asin = newAsin();
    spApi.rivals['similar-items'] = () => [hit(asin, null)];
    await discover(own.id);
    expect(await listed(own.id)).toMatchObject([{ asin, similarity: null }]);
    await api.postgres.query(
      `UPDATE listing SET title = 'Bolt electric kettle steel', brand = 'Bolt' WHERE asin = $1`,
      [asin],
    );
    await daily(own.id);
    expect((await listed(own.id))[0]?.similarity?.score).toBeGreaterThan(0.4);
  });
});
