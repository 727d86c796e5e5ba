import { toMinute } from '../../src/common/minute';
import { CleanUpService } from '../../src/price-history/clean-up.service';
import { Recorder } from '../../src/price-history/recorder';
import { HistorySeries, Reading } from '../../src/marketplace-data/marketplace-data';
import { Answer, startTestApp, TestApp } from '../support/app';
import { FixedClock } from '../support/clock';
import { ScriptedSource } from '../support/scripted-source';

interface Series {
  unit: string;
  scale: number;
  points: [number, number | null][];
  confirmedUntil: number;
  coverage: number;
  gaps: [number, number][];
}
interface Problem {
  errorCode: string;
  errors?: { field: string }[];
}

const NOW = new Date('2026-11-24T12:00:00Z');
const ms = (time: string) => Date.parse(time);
const minute = (time: string) => toMinute(new Date(time));

/** Price 20.00 for a day, 15.00 for a day, absent for a day, 18.00 since; the last was confirmed up to 06:00 on the 24th. */
const PAST: HistorySeries[] = [
  {
    metric: 'price',
    points: [
      [minute('2026-11-20T00:00:00Z'), 2000, minute('2026-11-21T00:00:00Z')],
      [minute('2026-11-21T00:00:00Z'), 1500, minute('2026-11-22T00:00:00Z')],
      [minute('2026-11-22T00:00:00Z'), null, minute('2026-11-23T00:00:00Z')],
      [minute('2026-11-23T00:00:00Z'), 1800, minute('2026-11-24T06:00:00Z')],
    ],
  },
  {
    metric: 'rating',
    points: [[minute('2026-11-20T00:00:00Z'), 43, minute('2026-11-24T06:00:00Z')]],
  },
];

describe('price history', () => {
  let api: TestApp;
  let owner: { userId: string; token: string };
  let other: { userId: string; token: string };
  let asins = 0;
  const clock = new FixedClock(NOW);

  beforeAll(async () => {
    api = await startTestApp({ clock, sources: [new ScriptedSource()] });
    owner = await api.login('owner');
    other = await api.login('other');
  });
  afterAll(() => api.close());

  const newAsin = () => `B0${String(++asins).padStart(8, '0')}`;

  async function track(token: string, asin = newAsin()): Promise<{ id: string; asin: string }> {
    const { body } = (await api.call('post', '/products', token).send({ asin })) as Answer;
    return { id: (body as { id: string }).id, asin };
  }

  /** A product of the owner whose listing has the past above, and a reading that confirms it. */
  async function withPast(series = PAST): Promise<{ id: string; asin: string }> {
    const product = await track(owner.token);
    const [row] = await api.postgres.query<{ listing_id: number }>('SELECT listing_id FROM product WHERE id = $1', [
      product.id,
    ]);
    const reading: Reading = {
      asin: product.asin,
      marketplace: 'US',
      source: 'keepa',
      observedAt: new Date('2026-11-24T06:00:00Z'),
      values: {},
      facts: {},
    };
    const listingId = row?.listing_id ?? 0;
    await api.app.get(Recorder).recordHistory('keepa', { listingId, result: 'ok', reading }, series);
    return product;
  }

  async function seriesOf(id: string, query: string, token = owner.token): Promise<Record<string, Series>> {
    const { body } = (await api.call('get', `/products/${id}/price-history?${query}`, token)) as Answer;
    return (body as { series: Record<string, Series> }).series;
  }

  const exportOf = async (id: string, token: string, format = 'csv') => {
    const response = await fetch(`${api.url}/api/v1/products/${id}/price-history/export?format=${format}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    return response.text();
  };

  const importOf = async (id: string, token: string, file: string, type = 'text/csv') =>
    (await api
      .call('post', `/products/${id}/price-history/import`, token)
      .set('Content-Type', type)
      .send(file)) as Answer;

  describe('series', () => {
    it('should start with the point in force at the start', async () => {
      const { id } = await withPast();
      const { price } = await seriesOf(id, 'from=2026-11-21T12:00:00Z&metrics=price');
      expect(price).toMatchObject({
        unit: 'USD',
        scale: 2,
        points: [
          [ms('2026-11-21T00:00:00Z'), 1500],
          [ms('2026-11-22T00:00:00Z'), null],
          [ms('2026-11-23T00:00:00Z'), 1800],
        ],
        confirmedUntil: ms('2026-11-24T06:00:00Z'),
      });
    });

    it('should say what is not known', async () => {
      const { id } = await withPast();
      const { price } = await seriesOf(id, 'from=2026-11-20T00:00:00Z&to=2026-11-24T12:00:00Z&metrics=price');
      // 102 of 108 hours; the six after the last confirmation are a gap.
      expect([price?.coverage, price?.gaps]).toEqual([
        0.9444,
        [[ms('2026-11-24T06:00:00Z'), ms('2026-11-24T12:00:00Z')]],
      ]);
    });

    it('should give only the metrics asked for', async () => {
      const { id } = await withPast();
      expect(Object.keys(await seriesOf(id, 'metrics=rating'))).toEqual(['rating']);
    });

    it('should weight days by time', async () => {
      const { id } = await withPast();
      const { price } = await seriesOf(id, 'from=2026-11-20T12:00:00Z&resolution=day&metrics=price');
      expect(price?.points).toEqual([
        [ms('2026-11-20T00:00:00Z'), 2000],
        [ms('2026-11-21T00:00:00Z'), 1500],
        [ms('2026-11-22T00:00:00Z'), null],
        [ms('2026-11-23T00:00:00Z'), 1800],
        [ms('2026-11-24T00:00:00Z'), 1800],
      ]);
    });

    it('should keep the extremes when it is thinned', async () => {
      const start = minute('2026-11-01T00:00:00Z');
      const points = Array.from({ length: 400 }, (_, index): [number, number, number] => [
        start + index * 10,
        index === 123 ? 1 : index === 321 ? 9999 : 500 + (index % 7),
        start + index * 10 + 10,
      ]);
      const { id } = await withPast([{ metric: 'bsr', points }]);
      const { bsr } = await seriesOf(id, 'metrics=bsr&maxPoints=20');
      const values = bsr?.points.map(([, value]) => value ?? 0) ?? [];
      expect([values.length <= 20, Math.min(...values), Math.max(...values)]).toEqual([true, 1, 9999]);
    });

    it.each([
      ['from=2026-11-24T00:00:00Z&to=2026-11-23T00:00:00Z', 'from'],
      ['from=yesterday', 'from'],
      ['metrics=price,colour', 'metrics'],
      ['resolution=minute', 'resolution'],
      ['maxPoints=3', 'maxPoints'],
      ['from=-271821-04-20T00:00:00Z', 'from'],
      ['colour=red', 'colour'],
    ])('should refuse %s and name %s', async (query, field) => {
      const { id } = await track(owner.token);
      const { status, body } = (await api.call('get', `/products/${id}/price-history?${query}`, owner.token)) as Answer;
      expect([status, (body as Problem).errors?.map((error) => error.field)]).toEqual([422, [field]]);
    });
  });

  describe('statistics', () => {
    const statsOf = async (id: string, query: string) =>
      (await api.call('get', `/products/${id}/price-history/stats?${query}`, owner.token)) as Answer;

    it('should leave absences out of the mean and count them as covered', async () => {
      const { id } = await withPast();
      const { body } = await statsOf(id, 'metrics=price&from=2026-11-20T00:00:00Z&to=2026-11-24T00:00:00Z');
      // A day each of 2000, 1500 and 1800.
      expect(body).toMatchObject({
        windows: [
          {
            days: null,
            metrics: { price: { min: 1500, max: 2000, mean: 1766.67, last: 1800, points: 4, coverage: 1 } },
          },
        ],
        allTimeLow: { price: { value: 1500, at: '2026-11-21T00:00:00.000Z' } },
      });
    });

    it('should answer for several windows at once', async () => {
      const { id } = await withPast();
      const { body } = await statsOf(id, 'metrics=price&windows=2,30');
      const { windows } = body as { windows: { days: number; metrics: { price: { min: number; points: number } } }[] };
      expect(windows.map(({ days, metrics }) => [days, metrics.price.min, metrics.price.points])).toEqual([
        [2, 1800, 1],
        [30, 1500, 4],
      ]);
    });

    it('should refuse windows together with a range', async () => {
      const { id } = await track(owner.token);
      const { status, body } = await statsOf(id, 'windows=7&from=2026-11-20T00:00:00Z');
      expect([status, (body as Problem).errors?.[0]?.field]).toEqual([422, 'windows']);
    });
  });

  describe('files', () => {
    it.each([
      ['csv', 'text/csv'],
      ['ndjson', 'application/x-ndjson'],
    ])('should come back as the same history from %s', async (format, type) => {
      const source = await withPast();
      const file = await exportOf(source.id, owner.token, format);
      // The same listing, with nothing but the file.
      await api.postgres.query('DELETE FROM observation USING listing WHERE listing_id = listing.id AND asin = $1', [
        source.asin,
      ]);
      const target = await track(other.token, source.asin);
      const { body } = await importOf(target.id, other.token, file, type);
      expect(body).toMatchObject({ points: 5, inserted: 5, rejected: 0 });
      expect(await exportOf(target.id, other.token, format)).toBe(file);
    });

    it('should change nothing the second time', async () => {
      const { id } = await track(owner.token);
      const file = 'metric,time,value\nprice,2026-11-01T00:00:00Z,15.99\nprice,2026-11-02T00:00:00Z,\n';
      await importOf(id, owner.token, file);
      const { body } = await importOf(id, owner.token, file);
      expect(body).toMatchObject({ points: 2, inserted: 0, unchanged: 2, replaced: 0 });
    });

    it('should let a later file confirm the last point for longer', async () => {
      const { id } = await track(owner.token);
      const file = (until: string) => `metric,time,value,confirmed_until\nprice,2026-11-01T00:00:00Z,15.99,${until}\n`;
      await importOf(id, owner.token, file('2026-11-02T00:00:00Z'));
      const { body } = await importOf(id, owner.token, file('2026-11-05T00:00:00Z'));
      expect(body).toMatchObject({ inserted: 0, replaced: 1 });
      expect((await seriesOf(id, 'metrics=price'))['price']?.confirmedUntil).toBe(ms('2026-11-05T00:00:00Z'));
    });

    it('should not let an earlier file shorten a confirmation', async () => {
      const { id } = await withPast();
      const { body } = await importOf(
        id,
        owner.token,
        'metric,time,value,confirmed_until\nprice,2026-11-23T00:00:00Z,18.00,2026-11-23T01:00:00Z\n',
      );
      expect(body).toMatchObject({ inserted: 0, unchanged: 1 });
    });

    it('should report bad rows and keep the good ones', async () => {
      const { id } = await track(owner.token);
      const { body } = await importOf(
        id,
        owner.token,
        'metric,time,value\nprice,2026-11-01T00:00:00Z,1.005\ncolour,2026-11-01T00:00:00Z,1\nbsr,2027-11-01T00:00:00Z,1\nbsr,2026-11-01T00:00:00Z,7\n',
      );
      const { rejectedRows, ...report } = body as { rejectedRows: { row: number; reason: string }[] };
      expect(report).toMatchObject({ points: 1, inserted: 1, rejected: 3 });
      expect(rejectedRows.map(({ row, reason }) => [row, reason.split(':')[0]])).toEqual([
        [2, 'value'],
        [3, 'metric'],
        [4, 'time'],
      ]);
    });

    const pointsOf = async (id: string, token: string) =>
      Object.values(await seriesOf(id, 'metrics=price', token)).map(({ points }) => points);

    it('should be seen by nobody else who tracks the listing', async () => {
      const mine = await track(owner.token);
      const theirs = await track(other.token, mine.asin);
      await importOf(mine.id, owner.token, 'metric,time,value\nprice,2026-11-01T00:00:00Z,15.99\n');
      expect([await pointsOf(mine.id, owner.token), await pointsOf(theirs.id, other.token)]).toEqual([
        [[[ms('2026-11-01T00:00:00Z'), 1599]]],
        [],
      ]);
    });

    it('should refuse what is no CSV', async () => {
      const { id } = await track(owner.token);
      const { status, body } = await importOf(id, owner.token, 'metric,time,value\n"price,2026');
      expect([status, (body as Problem).errors?.[0]?.field]).toEqual([422, 'body']);
    });

    it('should refuse a content type it does not read', async () => {
      const { id } = await track(owner.token);
      expect((await importOf(id, owner.token, 'x', 'application/pdf')).status).toBe(415);
    });

    it('should refuse JSON that is not of Keepa', async () => {
      const { id } = await track(owner.token);
      const { status } = await importOf(id, owner.token, '{"hello":"world"}', 'application/json');
      expect(status).toBe(422);
    });
  });

  describe('checks', () => {
    it('should be paged, the newest first', async () => {
      const { id } = await withPast();
      clock.advance(60);
      const [row] = await api.postgres.query<{ listing_id: number }>('SELECT listing_id FROM product WHERE id = $1', [
        id,
      ]);
      const failure = { listingId: row?.listing_id ?? 0, result: 'blocked' as const, detail: 'captcha' };
      await api.app.get(Recorder).recordFailures('keepa', [failure]);
      const page = async (query: string) =>
        ((await api.call('get', `/products/${id}/checks?${query}`, owner.token)) as Answer).body as {
          data: { result: string; detail: string | null }[];
          page: { next: string | null };
        };
      const first = await page('page[size]=1');
      const second = await page(`page[size]=1&page[cursor]=${first.page.next ?? ''}`);
      clock.set(NOW);
      expect([first, second].map(({ data }) => data.map(({ result, detail }) => [result, detail]))).toEqual([
        [['blocked', 'captcha']],
        [['ok', null]],
      ]);
      expect(second.page.next).toBeNull();
    });

    it('should refuse a cursor it did not hand out', async () => {
      const { id } = await track(owner.token);
      expect((await api.call('get', `/products/${id}/checks?page[cursor]=xyz`, owner.token)).status).toBe(422);
    });
  });

  it.each([
    ['get', ''],
    ['get', '/stats'],
    ['get', '/export'],
    ['post', '/import'],
  ] as const)('should not let another user %s price-history%s', async (method, path) => {
    const { id } = await withPast();
    const call = api.call(method, `/products/${id}/price-history${path}`, other.token);
    const { status } =
      method === 'post' ? await call.set('Content-Type', 'text/csv').send('metric,time,value\n') : await call;
    expect(status).toBe(404);
  });

  it('should not let another user see the checks', async () => {
    const { id } = await withPast();
    expect((await api.call('get', `/products/${id}/checks`, other.token)).status).toBe(404);
  });

  it('should delete old points when it is cleaned up, and keep the last of each series', async () => {
    const old = minute('2010-01-01T00:00:00Z');
    const { id } = await withPast([
      {
        metric: 'price',
        points: [
          [old, 1, old + 10],
          [old + 10, 2, old + 20],
        ],
      },
      { metric: 'bsr', points: [[old, 9, old + 10]] },
    ]);
    await api.app.get(CleanUpService).run();
    const series = await seriesOf(id, 'from=2000-01-01T00:00:00Z');
    expect(Object.entries(series).map(([metric, { points }]) => [metric, points.map(([, value]) => value)])).toEqual([
      ['price', [2]],
      ['bsr', [9]],
    ]);
  });
});
