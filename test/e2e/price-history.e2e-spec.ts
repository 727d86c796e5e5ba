import { Agent, get, IncomingMessage } from 'node:http';
import { toMinute } from '../../src/common/minute';
import { encodeCursor } from '../../src/common/pagination';
import { CleanUpService } from '../../src/price-history/clean-up.service';
import { Recorder } from '../../src/price-history/recorder';
import { HistorySeries, Reading } from '../../src/marketplace-data/marketplace-data';
import { Answer, startTestApp, TestApp } from '../support/app';
import { FixedClock } from '../support/clock';
import { eventually } from '../support/polling';
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
    api = await startTestApp({
      clock,
      sources: [new ScriptedSource()],
      env: { MAX_PRODUCTS_PER_USER: '1000' },
    });
    owner = await api.login('owner');
    other = await api.login('other');
  });
  afterAll(() => api.close());

  const newAsin = () => `B0${String(++asins).padStart(8, '0')}`;

  async function track(token: string, asin = newAsin()): Promise<{ id: string; asin: string }> {
    const { body } = (await api.call('post', '/products', token).send({ asin })) as Answer;
    return { id: (body as { id: string }).id, asin };
  }

  async function listingOf(id: string): Promise<number> {
    const rows = await api.postgres.query<{ listing_id: number }>('SELECT listing_id FROM product WHERE id = $1', [id]);
    return rows[0]?.listing_id ?? 0;
  }

  const readingOf = (asin: string, time: string, values: Reading['values']): Reading => ({
    asin,
    marketplace: 'US',
    source: 'keepa',
    observedAt: new Date(time),
    values,
    facts: {},
  });

  /** A product of the owner whose listing has the past above, and a reading that confirms it. */
  async function withPast(series = PAST): Promise<{ id: string; asin: string }> {
    const product = await track(owner.token);
    const reading = readingOf(product.asin, '2026-11-24T06:00:00Z', {});
    const listingId = await listingOf(product.id);
    await api.app.get(Recorder).recordHistory('keepa', { listingId, result: 'ok', reading }, series);
    return product;
  }

  /** The shared feed of a listing goes on. */
  async function record(product: { id: string; asin: string }, time: string, values: Reading['values']): Promise<void> {
    const reading = readingOf(product.asin, time, values);
    const listingId = await listingOf(product.id);
    await api.app.get(Recorder).record('keepa', [{ listingId, result: 'ok', reading }]);
  }

  /** Makes the listing one of which nothing is known, as in another installation. */
  async function forget(product: { id: string }): Promise<void> {
    const listingId = await listingOf(product.id);
    await api.postgres.query('DELETE FROM observation WHERE listing_id = $1', [listingId]);
    await api.postgres.query('DELETE FROM observation_month WHERE listing_id = $1', [listingId]);
    await api.postgres.query(
      `UPDATE listing_state SET current_values = '{}', current_since = '{}', current_until = '{}' WHERE listing_id = $1`,
      [listingId],
    );
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

    it('should cover the last 90 days of every metric unless told otherwise', async () => {
      const { id } = await withPast();
      const { body } = (await api.call('get', `/products/${id}/price-history`, owner.token)) as Answer;
      expect(body).toMatchObject({
        productId: id,
        currency: 'USD',
        source: 'keepa',
        simulated: false,
        from: '2026-08-26T12:00:00.000Z',
        to: '2026-11-24T12:00:00.000Z',
        resolution: 'raw',
        series: { price: { unit: 'USD', scale: 2, sources: ['keepa'] }, rating: { unit: 'stars', scale: 1 } },
      });
    });

    it('should have no series of what was never known', async () => {
      const { id } = await track(owner.token);
      expect(await seriesOf(id, '')).toEqual({});
    });

    it('should end at the end asked for', async () => {
      const { id } = await withPast();
      const { price } = await seriesOf(id, 'from=2026-11-20T00:00:00Z&to=2026-11-21T12:00:00Z&metrics=price');
      expect([price?.points, price?.coverage, price?.gaps]).toEqual([
        [
          [ms('2026-11-20T00:00:00Z'), 2000],
          [ms('2026-11-21T00:00:00Z'), 1500],
        ],
        1,
        [],
      ]);
    });

    it.each([
      ['12 hours', '2026-11-20T12:00:00Z', [], 1],
      ['a minute more', '2026-11-20T12:01:00Z', [[ms('2026-11-20T00:00:00Z'), ms('2026-11-20T12:01:00Z')]], 0.4993],
    ])('should carry a value over a silence of two intervals: %s', async (_, resumed, gaps, coverage) => {
      const { id } = await withPast([
        {
          metric: 'bsr',
          points: [
            [minute('2026-11-20T00:00:00Z'), 5, minute('2026-11-20T00:00:00Z')],
            [minute(resumed), 6, minute('2026-11-21T00:00:00Z')],
          ],
        },
      ]);
      const { bsr } = await seriesOf(id, 'from=2026-11-20T00:00:00Z&to=2026-11-21T00:00:00Z');
      expect([bsr?.gaps, bsr?.coverage]).toEqual([gaps, coverage]);
    });

    it('should carry a value to the end of the range where the next reading came soon after it', async () => {
      const { id } = await withPast([
        {
          metric: 'bsr',
          points: [
            [minute('2026-11-20T00:00:00Z'), 5, minute('2026-11-20T06:00:00Z')],
            [minute('2026-11-20T12:00:00Z'), 6, minute('2026-11-21T00:00:00Z')],
          ],
        },
      ]);
      const range = 'from=2026-11-20T00:00:00Z&to=2026-11-20T09:00:00Z';
      const { bsr } = await seriesOf(id, range);
      const hours = (await seriesOf(id, `${range}&resolution=hour`))['bsr'];
      expect([bsr?.points, bsr?.coverage, bsr?.gaps, hours?.points.length]).toEqual([
        [[ms('2026-11-20T00:00:00Z'), 5]],
        1,
        [],
        9,
      ]);
      expect(await seriesOf(id, 'from=2026-11-18T00:00:00Z&to=2026-11-19T23:59:00Z')).toEqual({});
    });

    it('should weight hours by time', async () => {
      const { id } = await withPast([
        {
          metric: 'price',
          points: [
            [minute('2026-11-20T10:00:00Z'), 2000, minute('2026-11-20T10:45:00Z')],
            [minute('2026-11-20T10:45:00Z'), 1000, minute('2026-11-20T12:00:00Z')],
          ],
        },
      ]);
      const { price } = await seriesOf(id, 'resolution=hour');
      expect(price?.points).toEqual([
        [ms('2026-11-20T10:00:00Z'), 1750],
        [ms('2026-11-20T11:00:00Z'), 1000],
      ]);
    });

    it('should weight weeks by time, from Monday, and leave absences out', async () => {
      const { id } = await withPast();
      const { price } = await seriesOf(id, 'resolution=week&metrics=price');
      // Friday 20.00, Saturday 15.00, Sunday absent.
      expect(price?.points).toEqual([
        [ms('2026-11-16T00:00:00Z'), 1750],
        [ms('2026-11-23T00:00:00Z'), 1800],
      ]);
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

    it('should begin with the first minute there is', async () => {
      const { id } = await track(owner.token);
      await importOf(id, owner.token, 'metric,time,value\nprice,1970-01-01T00:00:00Z,15.99\n');
      expect((await seriesOf(id, 'from=1970-01-01'))['price']?.points).toEqual([[0, 1599]]);
    });

    it('should be refused where it would be too long to answer', async () => {
      const { id } = await track(owner.token);
      const file = 'metric,time,value,confirmed_until\nprice,1970-01-01T00:00:00Z,15.99,2026-11-24T00:00:00Z\n';
      await importOf(id, owner.token, file);
      const query = 'from=1970-01-01&metrics=price&resolution=';
      const { status, body } = (await api.call(
        'get',
        `/products/${id}/price-history?${query}hour`,
        owner.token,
      )) as Answer;
      expect([status, (body as Problem).errors?.[0]?.field]).toEqual([422, 'resolution']);
      expect((await seriesOf(id, `${query}day`))['price']?.points).toHaveLength(20_781);
    });

    it('should be refused of several products where it would be too long to answer', async () => {
      const ids = [await track(owner.token), await track(owner.token)].map((product) => product.id);
      const query = 'from=2025-11-24&resolution=hour';
      const one = await api.call('get', `/price-history?productIds=${ids[0] ?? ''}&${query}`, owner.token);
      const both = await api.call('get', `/price-history?productIds=${ids.join()}&${query}&to=2027-11-24`, owner.token);
      const longer = await api.call(
        'get',
        `/price-history?productIds=${ids.join()}&${query.replace('2025', '2024')}`,
        owner.token,
      );
      expect([one.status, both.status, longer.status]).toEqual([200, 200, 422]);
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
      ['from=2026-11-24T00:00:00Z&to=2026-11-24T00:00:00Z', 'from'],
      ['from=yesterday', 'from'],
      ['from=5', 'from'],
      ['from=2026-02-30', 'from'],
      ['to=2026-11-24T00:00:00', 'to'],
      ['from=2026-11-01&from=2026-11-02', 'from'],
      ['from=1969-12-31', 'from'],
      ['metrics=', 'metrics'],
      ['maxPoints=10001', 'maxPoints'],
      ['maxPoints=x', 'maxPoints'],
      ['resolution=day&resolution=day', 'resolution'],
      ['metrics=price,colour', 'metrics'],
      ['resolution=minute', 'resolution'],
      ['maxPoints=3', 'maxPoints'],
      ['from=-271821-04-20T00:00:00Z', 'from'],
      ['colour=red', 'colour'],
    ])('should refuse %s and name %s', async (query, field) => {
      const { id } = await track(owner.token);
      const { status, body } = (await api.call('get', `/products/${id}/price-history?${query}`, owner.token)) as Answer;
      const fields = new Set((body as Problem).errors?.map((error) => error.field));
      expect([status, [...fields]]).toEqual([422, [field]]);
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

    it('should leave out of the mean what is not known', async () => {
      const { id } = await withPast();
      const { body } = await statsOf(id, 'metrics=price&from=2026-11-20T00:00:00Z&to=2026-11-24T12:00:00Z');
      // 24 hours of 2000, 24 of 1500, 30 of 1800; 102 of 108 hours are known.
      expect(body).toMatchObject({
        windows: [{ metrics: { price: { unit: 'USD', scale: 2, mean: 1769.23, last: 1800, coverage: 0.9444 } } }],
      });
    });

    it('should have 7, 30, 90, 180 and 365 days unless told otherwise', async () => {
      const { id } = await withPast();
      const { body } = await statsOf(id, '');
      const { windows } = body as { windows: { days: number; from: string; to: string }[] };
      expect(windows.map(({ days, from, to }) => [days, from, to])).toEqual(
        [7, 30, 90, 180, 365].map((days) => [
          days,
          new Date(NOW.getTime() - days * 86_400_000).toISOString(),
          NOW.toISOString(),
        ]),
      );
    });

    it('should know nothing of a listing of which nothing was told', async () => {
      const { id } = await track(owner.token);
      const { body } = await statsOf(id, 'windows=7');
      expect(body).toMatchObject({ source: null, windows: [{ days: 7, metrics: {} }], allTimeLow: {} });
    });

    it('should find a low that is older than every window', async () => {
      const { id } = await withPast([
        {
          metric: 'price',
          points: [
            [minute('2024-01-01T00:00:00Z'), 900, minute('2024-01-02T00:00:00Z')],
            [minute('2024-06-01T00:00:00Z'), 900, minute('2024-06-02T00:00:00Z')],
            [minute('2026-11-23T00:00:00Z'), 1800, minute('2026-11-24T06:00:00Z')],
          ],
        },
      ]);
      const { body } = await statsOf(id, 'windows=7');
      expect(body).toMatchObject({
        windows: [{ metrics: { price: { min: 1800 } } }],
        allTimeLow: { price: { value: 900, at: '2024-01-01T00:00:00.000Z' } },
      });
    });

    it('should take the low from what the user corrected', async () => {
      const { id } = await withPast();
      await importOf(id, owner.token, 'metric,time,value\nprice,2026-11-21T00:00:00Z,19.00\n');
      const { body } = await statsOf(id, 'metrics=price&windows=30');
      expect(body).toMatchObject({
        windows: [{ metrics: { price: { min: 1800 } } }],
        allTimeLow: { price: { value: 1800, at: '2026-11-23T00:00:00.000Z' } },
      });
    });

    it.each([
      ['windows=0', 'windows'],
      ['windows=3651', 'windows'],
      ['windows=1.5', 'windows'],
      ['windows=week', 'windows'],
      ['windows=1,2,3,4,5,6,7,8,9,10,11', 'windows'],
      ['windows=7&to=2026-11-20', 'windows'],
      ['from=2026-11-24&to=2026-11-23', 'from'],
      ['metrics=colour', 'metrics'],
      ['maxPoints=10', 'maxPoints'],
    ])('should refuse %s and name %s', async (query, field) => {
      const { id } = await track(owner.token);
      const { status, body } = await statsOf(id, query);
      const fields = new Set((body as Problem).errors?.map((error) => error.field));
      expect([status, [...fields]]).toEqual([422, [field]]);
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
  });

  describe('files', () => {
    it.each([
      ['csv', 'text/csv'],
      ['ndjson', 'application/x-ndjson'],
    ])('should come back as the same history from %s', async (format, type) => {
      const source = await withPast();
      const file = await exportOf(source.id, owner.token, format);
      // The same listing, with nothing but the file.
      await forget(source);
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

    it('should write money as decimals and stars as stars, with a header', async () => {
      const { id, asin } = await withPast();
      const [header, first, , absent, , rating] = (await exportOf(id, owner.token)).split('\n');
      const told = 'keepa,2026-11-24T12:00:00.000Z';
      expect([header, first, absent, rating]).toEqual([
        'asin,marketplace,metric,time,value,confirmed_until,source,recorded_at',
        `${asin},US,price,2026-11-20T00:00:00.000Z,20.00,2026-11-21T00:00:00.000Z,${told}`,
        `${asin},US,price,2026-11-22T00:00:00.000Z,,2026-11-23T00:00:00.000Z,${told}`,
        `${asin},US,rating,2026-11-20T00:00:00.000Z,4.3,2026-11-24T06:00:00.000Z,${told}`,
      ]);
    });

    it('should be a file with the name of the listing', async () => {
      const { id, asin } = await withPast();
      const { headers } = (await api.call('get', `/products/${id}/price-history/export`, owner.token)) as Answer;
      expect([headers['content-type'], headers['content-disposition']]).toEqual([
        'text/csv; charset=utf-8',
        `attachment; filename="US-${asin}.csv"`,
      ]);
    });

    it.each([
      ['format=xml', 'format'],
      ['metrics=price', 'metrics'],
    ])('should refuse an export with %s', async (query, field) => {
      const { id } = await track(owner.token);
      const { status, body } = (await api.call(
        'get',
        `/products/${id}/price-history/export?${query}`,
        owner.token,
      )) as Answer;
      expect([status, (body as Problem).errors?.[0]?.field]).toEqual([422, field]);
    });

    it('should find nothing new in the product’s own export, whose last points the feed has confirmed since', async () => {
      const product = await withPast();
      await record(product, '2026-11-24T11:00:00Z', { price: 1800, rating: 43 });
      const file = await exportOf(product.id, owner.token);
      const { body } = await importOf(product.id, owner.token, file);
      expect(body).toMatchObject({ points: 5, inserted: 0, unchanged: 5, replaced: 0, rejected: 0 });
    });

    it('should take over what a later export confirmed for longer', async () => {
      const source = await withPast();
      const early = await exportOf(source.id, owner.token);
      await record(source, '2026-11-24T11:00:00Z', { price: 1800 });
      const late = await exportOf(source.id, owner.token);
      await forget(source);
      const target = await track(other.token, source.asin);
      await importOf(target.id, other.token, early);
      const { body } = await importOf(target.id, other.token, late);
      expect(body).toMatchObject({ points: 5, inserted: 0, unchanged: 4, replaced: 1 });
      expect(await exportOf(target.id, other.token)).toBe(late);
    });

    it('should let a file confirm the open point of the shared feed for longer', async () => {
      const { id } = await withPast();
      const file =
        'metric,time,value,confirmed_until\nprice,2026-11-23T00:00:00Z,18.00,2026-11-24T09:00:00Z\nrating,2026-11-20T00:00:00Z,4.3,2026-11-24T06:00:00Z\n';
      const { body } = await importOf(id, owner.token, file);
      expect(body).toMatchObject({ inserted: 1, unchanged: 1 });
      expect((await seriesOf(id, 'metrics=price'))['price']?.confirmedUntil).toBe(ms('2026-11-24T09:00:00Z'));
    });

    it('should not hide behind an imported point that the shared feed confirms the same for longer', async () => {
      const product = await withPast();
      const file = 'metric,time,value,confirmed_until\nprice,2026-11-23T00:00:00Z,18.00,2026-11-24T07:00:00Z\n';
      await importOf(product.id, owner.token, file);
      await record(product, '2026-11-24T10:00:00Z', { price: 1800 });
      const open = (await seriesOf(product.id, 'metrics=price'))['price'];
      await record(product, '2026-11-24T11:00:00Z', { price: 1700 });
      const closed = await exportOf(product.id, owner.token);
      expect(open?.confirmedUntil).toBe(ms('2026-11-24T10:00:00Z'));
      expect(closed).toContain('price,2026-11-23T00:00:00.000Z,18.00,2026-11-24T10:00:00.000Z,import');
    });

    it('should keep what the user corrected when the shared feed goes on', async () => {
      const product = await withPast();
      await importOf(product.id, owner.token, 'metric,time,value\nprice,2026-11-23T00:00:00Z,18.50\n');
      await record(product, '2026-11-24T10:00:00Z', { price: 1800 });
      const { price } = await seriesOf(product.id, 'metrics=price');
      expect([price?.points.at(-1), price?.confirmedUntil]).toEqual([
        [ms('2026-11-23T00:00:00Z'), 1850],
        ms('2026-11-23T00:00:00Z'),
      ]);
    });

    it('should replace what an earlier import said otherwise', async () => {
      const { id } = await track(owner.token);
      const file = (value: string) => `metric,time,value\nprice,2026-11-01T00:00:00Z,${value}\n`;
      await importOf(id, owner.token, file('15.99'));
      const { body } = await importOf(id, owner.token, file('14.99'));
      expect(body).toMatchObject({ inserted: 0, unchanged: 0, replaced: 1 });
      expect((await seriesOf(id, 'metrics=price'))['price']?.points).toEqual([[ms('2026-11-01T00:00:00Z'), 1499]]);
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

    it('should number the rows as they stand in the file, blank ones too', async () => {
      const { id } = await track(owner.token);
      const { body } = await importOf(id, owner.token, 'metric,time,value\n\n\ncolour,2026-11-01,1\n\nprice,never,1\n');
      const { rejectedRows } = body as { rejectedRows: { row: number }[] };
      expect(rejectedRows.map(({ row }) => row)).toEqual([4, 6]);
    });

    it('should report bad lines of NDJSON and keep the good ones', async () => {
      const { id } = await track(owner.token);
      const file = [
        '{"metric":"price","time":"2026-11-01T00:00:00Z","value":15.99}',
        'not JSON',
        '',
        '[1]',
        '{"metric":"price","time":"2026-11-02T00:00:00Z","value":true}',
        '{"metric":"price","time":"2026-11-03T00:00:00Z","value":null}',
      ];
      const { body } = await importOf(id, owner.token, file.join('\n'), 'application/x-ndjson');
      expect(body).toEqual({
        points: 2,
        inserted: 2,
        unchanged: 0,
        replaced: 0,
        rejected: 3,
        rejectedRows: [
          { row: 2, reason: 'is not JSON' },
          { row: 4, reason: 'is not an object' },
          { row: 5, reason: 'value: must be a text or a number' },
        ],
      });
    });

    it('should not take a file without a column of values for absences', async () => {
      const { id } = await track(owner.token);
      const { status, body } = await importOf(id, owner.token, 'metric,time,price\nprice,2026-11-01T00:00:00Z,15.99\n');
      expect([status, body]).toMatchObject([422, { errors: [{ field: 'body', message: 'lacks the column value' }] }]);
    });

    it('should make the history say that some of it is simulated when the file does', async () => {
      const { id } = await track(owner.token);
      const file =
        'metric,time,value,source\nprice,2026-11-01T00:00:00Z,15.99,keepa\nbsr,2026-11-01T00:00:00Z,120,sandbox\n';
      await importOf(id, owner.token, file);
      const { body } = (await api.call('get', `/products/${id}/price-history?from=2026-10-01`, owner.token)) as Answer;
      expect(body).toMatchObject({
        simulated: true,
        series: { price: { sources: ['keepa'] }, bsr: { sources: ['sandbox'] } },
      });
    });

    it('should not take nothing for a file', async () => {
      const { id } = await track(owner.token);
      const { status, body } = await importOf(id, owner.token, '');
      expect([status, body]).toMatchObject([422, { errors: [{ field: 'body', message: 'is empty' }] }]);
      expect(await seriesOf(id, '')).toEqual({});
    });

    it('should report the first hundred bad rows and count the rest', async () => {
      const { id } = await track(owner.token);
      const { body } = await importOf(id, owner.token, `metric,time,value\n${'colour,2026-11-01,1\n'.repeat(130)}`);
      const { rejected, rejectedRows } = body as { rejected: number; rejectedRows: unknown[] };
      expect([rejected, rejectedRows.length]).toEqual([130, 100]);
    });

    it('should not be taken for another listing', async () => {
      const [one, two] = [await withPast(), await withPast()];
      const { body } = await importOf(two.id, owner.token, await exportOf(one.id, owner.token));
      expect(body).toMatchObject({ points: 0, rejected: 5 });
    });

    it('should read columns in any order and case, with a byte order mark, and a content type in capitals', async () => {
      const { id } = await track(owner.token);
      const file = '\uFEFFValue,TIME,Metric,Confirmed until\r\n';
      const { body } = await importOf(
        id,
        owner.token,
        `${file}" 15.99 ",2026-11-01,price,2026-11-02\r\n`,
        'Text/CSV; charset=utf-8',
      );
      expect(body).toMatchObject({ points: 1, inserted: 1, rejected: 0 });
    });

    it('should take in more rows than are written at once', async () => {
      const { id } = await track(owner.token);
      const rows = Array.from(
        { length: 4500 },
        (_, index) => `bsr,${new Date(ms('2026-10-01T00:00:00Z') + index * 60_000).toISOString()},${String(index)}`,
      );
      const { body } = await importOf(id, owner.token, `metric,time,value\n${rows.join('\n')}\n`);
      expect(body).toMatchObject({ points: 4500, inserted: 4500 });
      expect((await seriesOf(id, 'metrics=bsr'))['bsr']?.points).toHaveLength(4500);
    });

    it('should give its connection back when nobody reads on', async () => {
      const { id } = await track(owner.token);
      await api.postgres.query(
        `INSERT INTO observation (listing_id, closed, metrics, minutes, "values", lengths, sources, delays)
         SELECT $1, 60000, array_agg(4), array_agg(i), array_agg(i), array_agg(0), array_agg(1), array_agg(0) FROM generate_series(1, 60000) i`,
        [await listingOf(id)],
      );
      for (let round = 0; round <= api.config.env.DATABASE_POOL_SIZE; round++) {
        const reader = new AbortController();
        const { body } = await fetch(`${api.url}/api/v1/products/${id}/price-history/export`, {
          headers: { authorization: `Bearer ${owner.token}` },
          signal: reader.signal,
        });
        await body?.getReader().read();
        reader.abort();
      }
      expect((await api.call('get', `/products/${id}`, owner.token)).status).toBe(200);
    });

    const pointsOf = async (id: string, token: string) =>
      Object.values(await seriesOf(id, 'metrics=price', token)).map(({ points }) => points);

    it('should leave connections to others, however many exports nobody reads', async () => {
      const { id } = await track(owner.token);
      await api.postgres.query(
        `INSERT INTO observation (listing_id, closed, metrics, minutes, "values", lengths, sources, delays)
         SELECT $1, 400000, array_agg(4), array_agg(i), array_agg(i), array_agg(0), array_agg(1), array_agg(0) FROM generate_series(1, 400000) i`,
        [await listingOf(id)],
      );
      const ask = new Agent();
      const exports = Array.from(
        { length: api.config.env.DATABASE_POOL_SIZE },
        () =>
          new Promise<IncomingMessage>((resolve, reject) => {
            const headers = { authorization: `Bearer ${owner.token}` };
            get(`${api.url}/api/v1/products/${id}/price-history/export`, { headers, agent: ask }, resolve).on(
              'error',
              reject,
            );
          }),
      );
      const statuses = (await Promise.all(exports)).map(({ statusCode }) => statusCode);
      expect((await api.call('get', `/products/${id}`, owner.token)).status).toBe(200);
      expect([statuses.filter((status) => status === 200).length, new Set(statuses)]).toEqual([3, new Set([200, 503])]);
      ask.destroy();
      await eventually(async () => (await exportOf(id, owner.token)).startsWith('asin'), 'an export to be free');
    });

    it('should be seen by nobody else who tracks the listing', async () => {
      const mine = await track(owner.token);
      const theirs = await track(other.token, mine.asin);
      await importOf(mine.id, owner.token, 'metric,time,value\nprice,2026-11-01T00:00:00Z,15.99\n');
      expect([await pointsOf(mine.id, owner.token), await pointsOf(theirs.id, other.token)]).toEqual([
        [[[ms('2026-11-01T00:00:00Z'), 1599]]],
        [],
      ]);
    });

    it.each([
      ['a quote that does not end', 'metric,time,value\n"price,2026', 'text/csv'],
      ['a quote in the middle', 'PK\u0003\u0004 a"b', 'text/csv'],
      ['a row that does not end', 'x'.repeat(20_000), 'text/csv'],
      ['a line that does not end', 'x'.repeat(200_000), 'application/x-ndjson'],
    ])('should refuse what is no such file: %s', async (_, file, type) => {
      const { id } = await track(owner.token);
      const { status, body } = await importOf(id, owner.token, file, type);
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
      const failure = { listingId: await listingOf(id), result: 'blocked' as const, detail: 'captcha' };
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

    it.each([
      ['page[cursor]=xyz', 'page[cursor]'],
      [`page[cursor]=${encodeCursor(['yesterday'])}`, 'page[cursor]'],
      [`page[cursor]=${encodeCursor(['-271821-04-20T00:00:00.000Z'])}`, 'page[cursor]'],
      [`page[cursor]=${encodeCursor(['2026-11-24T12:00:00.000Z', 'more'])}`, 'page[cursor]'],
      ['page[size]=0', 'page[size]'],
      ['page[size]=201', 'page[size]'],
      ['page[size]=ten', 'page[size]'],
    ])('should refuse %s and name %s', async (query, field) => {
      const { id } = await track(owner.token);
      const { status, body } = (await api.call('get', `/products/${id}/checks?${query}`, owner.token)) as Answer;
      const fields = new Set((body as Problem).errors?.map((error) => error.field));
      expect([status, [...fields]]).toEqual([422, [field]]);
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

  describe('an answer that the caller has', () => {
    const get = (id: string, tag: string, query = 'metrics=price') =>
      api.call('get', `/products/${id}/price-history?${query}`, owner.token).set('If-None-Match', tag);
    const tagOf = async (id: string, query?: string) => (await get(id, '""', query)).headers['etag'] ?? '';

    it('should be 304 without a body while nothing changed, and 200 with another tag once a check was made', async () => {
      const product = await withPast();
      const tag = await tagOf(product.id);
      const unchanged = await get(product.id, `"another", ${tag}`);
      expect([unchanged.status, unchanged.text, unchanged.headers['cache-control']]).toEqual([
        304,
        '',
        'private, no-cache',
      ]);
      await api.postgres.query(`UPDATE listing_state SET checked_at = checked_at + interval '1 minute'`);
      const changed = await get(product.id, tag);
      expect([changed.status, changed.headers['etag'] === tag]).toEqual([200, false]);
    });

    it('should change with what the user imports', async () => {
      const { id } = await withPast();
      const tag = await tagOf(id);
      await importOf(id, owner.token, 'metric,time,value\nprice,2026-11-01T00:00:00Z,15.99\n');
      expect((await get(id, tag)).status).toBe(200);
    });

    it('should not be taken for the same an hour later when the range ends now, and be so when its end is fixed', async () => {
      const { id } = await withPast();
      const fixed = 'metrics=price&from=2026-10-01T00:00:00Z&to=2026-11-01T00:00:00Z';
      const [moving, still] = [await tagOf(id), await tagOf(id, fixed)];
      clock.set('2026-11-24T13:30:00Z');
      expect([(await get(id, moving)).status, (await get(id, still, fixed)).status]).toEqual([200, 304]);
      clock.set(NOW);
    });

    it('should be told of statistics alike', async () => {
      const { id } = await withPast();
      const path = `/products/${id}/price-history/stats`;
      const { headers } = await api.call('get', path, owner.token);
      const again = api.call('get', path, owner.token).set('If-None-Match', headers['etag'] ?? '');
      expect((await again).status).toBe(304);
    });

    it.each([
      ['of a series', ''],
      ['of statistics', '/stats'],
    ])('should be 304 and never empty, however the tag comes: %s', async (_, part) => {
      const { id } = await withPast();
      const path = `/products/${id}/price-history${part}`;
      const tag = (await api.call('get', path, owner.token)).headers['etag'] ?? '';
      const answers = [
        await api.call('get', path, owner.token).set({ 'If-None-Match': tag, 'Cache-Control': 'no-cache' }),
        await api.call('get', path, owner.token).set('If-None-Match', `"another" ${tag}`),
        await api.call('get', path, owner.token).set('If-None-Match', tag.replace('W/', '')),
        await api.call('get', path, owner.token).set('If-None-Match', '*'),
      ];
      expect(answers.map(({ status }) => status)).toEqual([304, 304, 304, 304]);
    });

    it('should change when some of it is past its retention', async () => {
      const product = await withPast([
        {
          metric: 'stock',
          points: [
            [minute('2012-01-01T00:00:00Z'), 5, minute('2012-01-02T00:00:00Z')],
            [minute('2012-03-01T00:00:00Z'), 6, minute('2012-03-02T00:00:00Z')],
          ],
        },
      ]);
      const query = 'metrics=stock&from=2012-01-01&to=2013-01-01';
      const tag = await tagOf(product.id, query);
      await api.app.get(CleanUpService).run();
      const answer = await get(product.id, tag, query);
      expect([answer.status, answer.text]).toEqual([200, expect.not.stringContaining('1325376000000,5')]);
    });

    it("should stay somebody else's", async () => {
      const { id } = await withPast();
      const tag = await tagOf(id);
      const path = `/products/${id}/price-history?metrics=price`;
      expect((await api.call('get', path, other.token).set('If-None-Match', tag)).status).toBe(404);
    });
  });

  describe('of several products', () => {
    const compare = (ids: string[], token = owner.token) =>
      api.call('get', `/price-history?metrics=price&productIds=${ids.join()}`, token);

    it("should be each product's own, in the order that was asked for", async () => {
      const products = [await withPast(), await withPast()];
      const ids = products.map(({ id }) => id).reverse();
      const { body } = (await compare(ids)) as Answer;
      const alone = await Promise.all(
        ids.map(
          async (id) => (await api.call('get', `/products/${id}/price-history?metrics=price`, owner.token)) as Answer,
        ),
      );
      expect((body as { data: unknown[] }).data).toEqual(alone.map((answer) => answer.body));
    });

    it('should be 304 until one of them changes', async () => {
      const [one, other] = [await withPast(), await withPast()];
      const again = (tag: string) => compare([one.id, other.id]).set('If-None-Match', tag);
      const first = await compare([one.id, other.id]);
      const tag = first.headers['etag'] ?? '';
      const unchanged = await again(tag);
      expect([unchanged.status, unchanged.text]).toEqual([304, '']);
      await importOf(other.id, owner.token, 'metric,time,value\nprice,2026-11-01T00:00:00Z,15.99\n');
      const { status, body } = (await again(tag)) as Answer;
      const whole = (await compare([one.id, other.id])) as Answer;
      expect([status, body]).toEqual([200, whole.body]);
    });

    it('should be the same by ids in capitals', async () => {
      const { id } = await withPast();
      expect((await compare([id.toUpperCase()])).body).toEqual((await compare([id])).body);
      expect((await compare([id, id.toUpperCase()])).status).toBe(422);
    });

    it("should be 404 when one of them is not the caller's", async () => {
      const mine = await withPast();
      const theirs = await track(other.token);
      expect((await compare([mine.id, theirs.id])).status).toBe(404);
    });

    it('should be at least one and at most twenty, each once', async () => {
      const { id } = await track(owner.token);
      const many = Array.from(
        { length: 21 },
        (_, index) => `0192f3c4-0000-7000-8000-${String(index).padStart(12, '0')}`,
      );
      const statuses = [];
      for (const ids of [[], [id, id], many, ['x']]) statuses.push((await compare(ids)).status);
      expect(statuses).toEqual([422, 422, 422, 422]);
    });
  });

  describe('clean-up', () => {
    const old = minute('2010-01-01T00:00:00Z');
    const valuesOf = async (id: string) =>
      Object.entries(await seriesOf(id, 'from=2000-01-01T00:00:00Z')).map(([metric, { points }]) => [
        metric,
        points.map(([, value]) => value),
      ]);

    it('should delete old points and keep the last of each series', async () => {
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
      expect(await valuesOf(id)).toEqual([
        ['price', [2]],
        ['bsr', [9]],
      ]);
    });

    it('should keep a point whose value held into the time that is kept', async () => {
      const { id } = await withPast([
        {
          metric: 'price',
          points: [
            [old, 1, old + 10],
            [old + 10, 2, minute('2026-01-01T00:00:00Z')],
            [minute('2026-01-01T00:00:00Z'), 3, minute('2026-11-01T00:00:00Z')],
          ],
        },
      ]);
      await api.app.get(CleanUpService).run();
      expect(await valuesOf(id)).toEqual([['price', [2, 3]]]);
    });

    it('should delete what a user imported alike', async () => {
      const { id } = await withPast();
      const file = 'metric,time,value\nprice,2010-01-01,1.00\nprice,2011-01-01,2.00\n';
      await importOf(id, owner.token, file);
      await api.app.get(CleanUpService).run();
      expect(await valuesOf(id)).toEqual([
        ['price', [2000, 1500, null, 1800]],
        ['rating', [43]],
      ]);
    });

    it('should delete old checks', async () => {
      const { id } = await withPast();
      const insert = `INSERT INTO listing_check (listing_id, checked_at, source, result) VALUES ($1, $2, 1, 'ok')`;
      for (const time of ['2026-10-20T12:00:00Z', '2026-10-30T12:00:00Z']) {
        await api.postgres.query(insert, [await listingOf(id), time]);
      }
      await api.app.get(CleanUpService).run();
      const { body } = (await api.call('get', `/products/${id}/checks`, owner.token)) as Answer;
      const { data } = body as { data: { checkedAt: string }[] };
      expect(data.map(({ checkedAt }) => checkedAt)).toEqual(['2026-11-24T12:00:00.000Z', '2026-10-30T12:00:00.000Z']);
    });
  });
});
