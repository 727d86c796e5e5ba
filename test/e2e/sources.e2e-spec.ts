import { getQueueToken } from '@nestjs/bullmq';
import { Queue } from 'bullmq';
import { FetchOutcome } from '../../src/marketplace-data/marketplace-data';
import { SourceError, SourceErrorKind } from '../../src/marketplace-data/source-error';
import { RECORDED_QUEUE, RecordedJob } from '../../src/price-history/price-history.queue';
import { Answer, startTestApp, TestApp } from '../support/app';
import { eventually } from '../support/polling';
import { reading, ScriptedSource } from '../support/scripted-source';

interface Product {
  id: string;
  source: string | null;
  tracking: { state: string; lastCheckedAt: string | null; lastResult: string | null; lastDetail: string | null };
  current: { price: { value: { amount: string } | null } | null };
}
interface Source {
  name: string;
  state: string;
  failures: number;
  lastOkAt: string | null;
  lastError: { kind: string; message: string } | null;
  budget: Record<string, unknown>;
}

describe('several sources', () => {
  let api: TestApp;
  let user: { token: string };
  let admin: { token: string };
  let asins = 0;
  const first = new ScriptedSource('keepa');
  const second = new ScriptedSource('firecrawl', { history: false, search: false, related: [] });

  beforeAll(async () => {
    api = await startTestApp({
      env: {
        ROLES: 'api,worker',
        REFRESH_CRON: '0 0 1 1 *',
        RETRY_DELAY_SECONDS: '1',
        SOURCE_DAILY_BUDGET: 'firecrawl:2000',
        FAILING_AFTER_CHECKS: '2',
      },
      sources: [first, second],
    });
    user = await api.login('seller');
    admin = await api.login('boss');
    await api.postgres.query(`UPDATE app_user SET role = 'admin' WHERE username = 'boss'`);
  });
  afterAll(() => api.close());
  beforeEach(async () => {
    await api.postgres.query('TRUNCATE source_health, source_usage');
    for (const [source, price] of [
      [first, 1000],
      [second, 2000],
    ] as const) {
      source.calls.length = 0;
      source.before = () => undefined;
      source.answer = (asin) => told(source, asin, price);
    }
  });

  const newAsin = () => `B0${String(++asins).padStart(8, '0')}`;
  /** A reading as this source gives it. */
  function told(source: ScriptedSource, asin: string, price: number, time = new Date()): FetchOutcome {
    const outcome = reading(asin, time, { price });
    if ('reading' in outcome) outcome.reading.source = source.name;
    return outcome;
  }
  const fail = (kind: SourceErrorKind, retryAfterMs?: number) => () => {
    throw new SourceError(kind, `it was ${kind}`, retryAfterMs);
  };
  const track = async (asin: string) =>
    ((await api.call('post', '/products', user.token).send({ asin })).body as Product).id;
  const productWhen = (id: string, condition: (product: Product) => boolean) =>
    eventually(async () => {
      const { body } = (await api.call('get', `/products/${id}`, user.token)) as Answer;
      return condition(body as Product) && (body as Product);
    }, `product ${id}`);
  const checkedOf = async (asin: string) =>
    productWhen(await track(asin), ({ tracking }) => tracking.lastCheckedAt !== null);
  const callsOf = ({ calls }: ScriptedSource) => calls.map(({ kind, asins: asked }) => ({ kind, asins: asked }));
  const sourcesOf = async () => ((await api.call('get', '/admin/sources', admin.token)) as Answer).body as Source[];

  it('should ask the first source only while it answers', async () => {
    const product = await checkedOf(newAsin());
    expect([product.source, product.current.price?.value?.amount]).toEqual(['keepa', '10.00']);
    expect(second.calls).toEqual([]);
  });

  it.each<SourceErrorKind>(['upstream_error', 'timeout', 'auth_failed', 'quota_exhausted', 'unparseable'])(
    'should ask the next source when the first one fails: %s',
    async (kind) => {
      first.before = fail(kind);
      const asin = newAsin();
      const product = await checkedOf(asin);
      expect([product.source, product.current.price?.value?.amount]).toEqual(['firecrawl', '20.00']);
      expect([callsOf(first), callsOf(second)]).toEqual([
        [{ kind: 'history', asins: [asin] }],
        [{ kind: 'fetch', asins: [asin] }],
      ]);
    },
  );

  it('should ask the next source about those listings only that the first could not read', async () => {
    const [fine, blocked] = [newAsin(), newAsin()];
    first.answer = (asin) =>
      asin === blocked ? { asin, result: 'blocked', detail: 'a robot check' } : told(first, asin, 1000);
    const { body } = (await api
      .call('post', '/products/import', user.token)
      .send({ products: [{ asin: fine }, { asin: blocked }] })) as Answer;
    const ids = (body as { results: { productId: string }[] }).results.map(({ productId }) => productId);
    const products = await Promise.all(
      ids.map((id) => productWhen(id, ({ tracking }) => tracking.lastCheckedAt !== null)),
    );
    expect(products.map(({ source }) => source)).toEqual(['keepa', 'firecrawl']);
    expect(callsOf(second)).toEqual([{ kind: 'fetch', asins: [blocked] }]);
  });

  it('should announce what a source told at once, also where the batch waits for another source then', async () => {
    const [fine, blocked] = [newAsin(), newAsin()];
    first.answer = (asin) =>
      asin === blocked ? { asin, result: 'blocked', detail: 'a robot check' } : told(first, asin, 1000);
    second.before = fail('rate_limited', 600_000);
    const announced = jest.spyOn(api.app.get<Queue<RecordedJob>>(getQueueToken(RECORDED_QUEUE)), 'add');
    try {
      await api
        .call('post', '/products/import', user.token)
        .send({ products: [{ asin: fine }, { asin: blocked }] })
        .expect(200);
      const [listing] = await api.postgres.query<{ id: number }>(`SELECT id FROM listing WHERE asin = $1`, [fine]);
      await eventually(
        () => Promise.resolve(announced.mock.calls.some(([, { listingIds }]) => listingIds.includes(listing?.id ?? 0))),
        'the announcement',
      );
      expect(callsOf(second)).toEqual([{ kind: 'fetch', asins: [blocked] }]);
    } finally {
      announced.mockRestore();
    }
  });

  it('should believe a source that says a listing is gone', async () => {
    first.answer = (asin) => ({ asin, result: 'gone', detail: 'no such listing' });
    const product = await checkedOf(newAsin());
    expect([product.tracking.state, second.calls]).toEqual(['gone', []]);
  });

  it('should wait for a budget that fills up soon, rather than pay the next source', async () => {
    let refused = false;
    first.before = () => {
      if (refused) return;
      refused = true;
      throw new SourceError('rate_limited', 'out of tokens', 50);
    };
    const product = await checkedOf(newAsin());
    expect([product.source, second.calls]).toEqual(['keepa', []]);
  });

  it('should not wait for one that takes an hour', async () => {
    first.before = fail('rate_limited', 3_600_000);
    expect((await checkedOf(newAsin())).source).toBe('firecrawl');
  });

  it('should not ask a source whose circuit breaker is open', async () => {
    first.before = fail('auth_failed');
    await checkedOf(newAsin());
    first.calls.length = 0;
    expect((await checkedOf(newAsin())).source).toBe('firecrawl');
    expect(first.calls).toEqual([]);
  });

  it('should refuse a reading in another currency, and take the next source’s', async () => {
    first.answer = (asin) => {
      const outcome = told(first, asin, 1000);
      return 'reading' in outcome ? { ...outcome, reading: { ...outcome.reading, currency: 'EUR' } } : outcome;
    };
    expect((await checkedOf(newAsin())).source).toBe('firecrawl');
  });

  it('should say why when nobody can read a listing', async () => {
    for (const source of [first, second]) {
      source.answer = (asin) => ({ asin, result: 'unparseable', detail: `${source.name} cannot read it` });
    }
    const { tracking } = await checkedOf(newAsin());
    expect([tracking.lastResult, tracking.lastDetail]).toEqual(['unparseable', 'firecrawl cannot read it']);
  });

  it('should call a listing failing after as many failed checks as configured, and ok when it recovers', async () => {
    const asin = newAsin();
    const id = await track(asin);
    const states: string[] = [];
    const check = async (works: boolean, times: number) => {
      for (const source of [first, second]) {
        source.before = works ? () => undefined : fail('auth_failed');
      }
      await api.postgres.query('TRUNCATE source_health');
      await api.postgres.query(
        `UPDATE listing_state s SET checked_at = now() - interval '1 day' FROM listing l
         WHERE l.id = s.listing_id AND l.asin = $1`,
        [asin],
      );
      await api.call('post', `/products/${id}/refresh`, user.token);
      const rows = () =>
        api.postgres.query(`SELECT FROM listing_check c JOIN listing l ON l.id = c.listing_id WHERE l.asin = $1`, [
          asin,
        ]);
      await eventually(async () => (await rows()).length === times, `check ${times}`);
      const { body } = (await api.call('get', `/products/${id}`, user.token)) as Answer;
      states.push((body as Product).tracking.state);
    };
    await productWhen(id, ({ tracking }) => tracking.lastCheckedAt !== null);
    await check(false, 2);
    await check(false, 3);
    await check(true, 4);
    expect(states).toEqual(['ok', 'failing', 'ok']);
  });

  it('should show a held price and its confirmation among the checks', async () => {
    const asin = newAsin();
    const times = [30, 20, 10].map((minutes) => new Date(Date.now() - minutes * 60_000));
    const id = await track(asin);
    first.answer = (asked) => told(first, asked, 1000, times[0]);
    for (const [index, price] of [1000, 159, 159].entries()) {
      first.answer = (asked) => told(first, asked, price, times[index]);
      if (index > 0) {
        await api.postgres.query(
          `UPDATE listing_state s SET checked_at = now() - interval '1 day' FROM listing l
           WHERE l.id = s.listing_id AND l.asin = $1`,
          [asin],
        );
        await api.call('post', `/products/${id}/refresh`, user.token);
      }
      await eventually(
        async () => {
          const { body } = (await api.call('get', `/products/${id}/checks`, user.token)) as Answer;
          return (body as { data: unknown[] }).data.length === index + 1;
        },
        `check ${index + 1}`,
      );
    }
    const { body } = (await api.call('get', `/products/${id}/checks`, user.token)) as Answer;
    const jump = { metric: 'price', unit: 'USD', scale: 2, from: 1000, to: 159 };
    expect((body as { data: { jumps: unknown[] }[] }).data.map(({ jumps }) => jumps)).toEqual([
      [{ ...jump, outcome: 'confirmed' }],
      [{ ...jump, outcome: 'held' }],
      [],
    ]);
  });

  describe('GET /admin/sources', () => {
    it('should show state, last fault and budget', async () => {
      first.before = fail('auth_failed');
      await checkedOf(newAsin());
      const [keepa, firecrawl] = await sourcesOf();
      expect(keepa).toMatchObject({
        name: 'keepa',
        state: 'open',
        failures: 1,
        lastOkAt: null,
        lastError: { kind: 'auth_failed', message: 'it was auth_failed' },
        budget: { unit: 'token', callsToday: 1, failedCallsToday: 1, limitPerDay: null, leftToday: null },
      });
      expect(firecrawl).toMatchObject({
        name: 'firecrawl',
        state: 'closed',
        failures: 0,
        lastError: null,
        budget: { callsToday: 1, failedCallsToday: 0, limitPerDay: 2000, leftToday: 2000 },
      });
    });

    it.each([
      ['get', '/admin/sources'],
      ['post', '/admin/sources/estimate'],
    ] as const)('should be for admins only: %s %s', async (method, path) => {
      expect((await api.call(method, path, user.token)).status).toBe(403);
    });
  });

  describe('POST /admin/sources/estimate', () => {
    const estimate = async (body: object) =>
      (await api.call('post', '/admin/sources/estimate', admin.token).send(body)) as Answer;

    beforeAll(() => {
      first.costPerListing = 4;
    });
    afterAll(() => {
      first.costPerListing = 0;
    });

    it('should reckon what 500 listings every 6 hours take', async () => {
      const products = Array.from({ length: 500 }, () => ({ asin: newAsin() }));
      const { body } = await estimate({ products, refreshIntervalMinutes: 360 });
      expect(body).toEqual({
        listings: 500,
        trackedAlready: 0,
        withoutSource: 0,
        refreshIntervalMinutes: 360,
        sources: [
          {
            name: 'keepa',
            unit: 'token',
            listings: 500,
            callsPerDay: 20,
            unitsPerDay: 8000,
            unitsForHistory: 2000,
            unitsYesterday: 0,
            limitPerDay: null,
            fits: null,
          },
        ],
      });
      expect(first.calls).toEqual([]);
    });

    it('should not count what is checked as often already, and nothing twice', async () => {
      const asin = newAsin();
      await checkedOf(asin);
      const fresh = newAsin();
      const { body } = await estimate({ products: [{ asin }, { asin: fresh }, { asin: fresh }] });
      expect(body).toMatchObject({ listings: 2, trackedAlready: 1, sources: [{ listings: 1, unitsPerDay: 16 }] });
    });

    it.each([
      ['no listing', { products: [] }],
      ['no ASIN', { products: [{ asin: 'x' }] }],
      ['an interval of a minute', { products: [{ asin: 'B000000001' }], refreshIntervalMinutes: 1 }],
    ])('should refuse %s', async (_, body) => {
      expect((await estimate(body)).status).toBe(422);
    });
  });
});
