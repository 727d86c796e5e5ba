import { Answer, startTestApp, TestApp } from '../support/app';
import { FixedClock } from '../support/clock';
import { describeWithFixtures, readFixture, readJsonFixture } from '../support/fixtures';
import { EVERY_POINT } from '../support/history';
import { ScriptedSource } from '../support/scripted-source';

interface Summary {
  format: string;
  rows: number;
  listings: number;
  points: number;
  inserted: number;
  unchanged: number;
  replaced: number;
  rejected: number;
  rejectedRows: { row: number; reason: string }[];
  columns: { name: string; metric: string | null; rows: number }[];
}

const MADE = '2026-11-24T10:00:00Z';

describe('a file about many listings', () => {
  let api: TestApp;
  let owner: { token: string; userId: string };
  let other: { token: string; userId: string };
  let asins = 0;
  const clock = new FixedClock(new Date('2026-11-24T12:00:00Z'));

  beforeAll(async () => {
    api = await startTestApp({ sources: [new ScriptedSource()], clock, env: { MAX_PRODUCTS_PER_USER: '20000' } });
    owner = await api.login('owner');
    other = await api.login('other');
  });
  afterAll(() => api.close());

  const newAsin = () => `B0${String(++asins).padStart(8, '0')}`;
  const track = async (asin: string) =>
    ((await api.call('post', '/products', owner.token).send({ asin })).body as { id: string }).id;
  const send = async (file: string, query = '', type = 'text/csv', token = owner.token) =>
    (await api.call('post', `/price-history/import${query}`, token).set('Content-Type', type).send(file)) as Answer;
  const pointsOf = async (userId: string, asin: string) =>
    api.postgres.query(
      `SELECT o.metric, o.value, o.source FROM ${EVERY_POINT} o JOIN product p ON p.id = o.product_id
       JOIN listing l ON l.id = p.listing_id WHERE p.user_id = $1 AND l.asin = $2 ORDER BY o.metric, o.minute`,
      [userId, asin],
    );

  it('should take our own CSV, each row to its listing', async () => {
    const [a, b] = [newAsin(), newAsin()];
    await track(a);
    await track(b);
    const file = `asin,marketplace,metric,time,value\n${a},US,price,${MADE},15.99\n${b},,bsr,${MADE},12\n`;
    const { status, body } = await send(file);
    expect([status, body]).toEqual([
      200,
      {
        format: 'csv',
        rows: 2,
        listings: 2,
        points: 2,
        inserted: 2,
        unchanged: 0,
        replaced: 0,
        rejected: 0,
        rejectedRows: [],
        columns: [],
      },
    ]);
    expect(await pointsOf(owner.userId, a)).toEqual([{ metric: 1, value: 1599, source: 3 }]);
    expect(await pointsOf(owner.userId, b)).toEqual([{ metric: 4, value: 12, source: 3 }]);
  });

  it('should take our own NDJSON', async () => {
    const asin = newAsin();
    await track(asin);
    const lines = [
      { asin, metric: 'price', time: MADE, value: '15.99' },
      { asin, metric: 'price', time: '2026-11-24T11:00:00Z', value: null },
    ];
    const { body } = await send(lines.map((line) => JSON.stringify(line)).join('\n'), '', 'application/x-ndjson');
    expect(body).toMatchObject({ format: 'ndjson', rows: 2, inserted: 2, rejected: 0 });
    expect(await pointsOf(owner.userId, asin)).toMatchObject([{ value: 1599 }, { value: null }]);
  });

  it('should take exports of single products together, as one file', async () => {
    const [a, b] = [newAsin(), newAsin()];
    const ids = [await track(a), await track(b)];
    await send(`asin,metric,time,value\n${a},price,${MADE},1.00\n${b},price,${MADE},2.00\n`);
    const exports = await Promise.all(
      ids.map(async (id) => {
        const { text } = (await api.call('get', `/products/${id}/price-history/export`, owner.token)) as unknown as {
          text: string;
        };
        return text;
      }),
    );
    const [first = '', second = ''] = exports;
    const { body } = await send(first + second.split('\n').slice(1).join('\n'));
    expect(body).toMatchObject({ rows: 2, unchanged: 2, inserted: 0 });
  });

  it('should keep the good rows and say what is wrong with the others', async () => {
    const asin = newAsin();
    await track(asin);
    const file = [
      'asin,marketplace,metric,time,value',
      `${asin},US,price,${MADE},15.99`,
      `${asin},US,price,yesterday,15.99`,
      `nonsense,US,price,${MADE},15.99`,
      `${asin},XX,price,${MADE},15.99`,
      `${newAsin()},US,price,${MADE},15.99`,
    ].join('\n');
    const { body } = await send(file);
    expect(body).toMatchObject({ rows: 5, points: 1, inserted: 1, rejected: 4 });
    expect((body as Summary).rejectedRows.map(({ row, reason }) => [row, reason.split(':')[0]])).toEqual([
      [3, 'time'],
      [4, 'asin'],
      [5, 'marketplace'],
      [6, 'you do not track this listing'],
    ]);
  });

  it('should track what is in the file where that is wished, with its title', async () => {
    const asin = newAsin();
    const file = `Title,ASIN,Brand,New: Current\n"Kettle, steel",${asin},Acme,$ 15.99\n`;
    const { body } = await send(file, `?observedAt=${MADE}&track=true`);
    expect(body).toMatchObject({ format: 'keepa-viewer', listings: 1, inserted: 1 });
    const { body: list } = (await api.call('get', `/products?q=${asin}`, owner.token)) as Answer;
    expect((list as { data: unknown[] }).data).toMatchObject([{ asin, title: 'Kettle, steel', brand: 'Acme' }]);
  });

  it('should say which columns of a Keepa file it took', async () => {
    const asin = newAsin();
    await track(asin);
    const file = `ASIN,Title,Buy Box 🚚: Current,Sales Rank: 30 days avg.\n${asin},x,$ 1.00,5\n`;
    const { body } = await send(file, `?observedAt=${MADE}`);
    expect((body as Summary).columns).toEqual([
      { name: 'asin', metric: null, rows: 1 },
      { name: 'title', metric: null, rows: 1 },
      { name: 'buy box current', metric: 'buy_box_price', rows: 1 },
      { name: 'sales rank 30 days avg', metric: null, rows: 1 },
    ]);
  });

  it('should report row by row where that is wished', async () => {
    const asin = newAsin();
    await track(asin);
    const file = `asin,metric,time,value\n${asin},price,${MADE},1.00\n${asin},price,${MADE},x\n`;
    const answer = (await api
      .call('post', '/price-history/import?report=rows', owner.token)
      .set('Content-Type', 'text/csv')
      .buffer(true)
      .parse((response, done) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => {
          done(null, text);
        });
      })
      .send(file)) as Answer;
    const lines = String(answer.body)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toMatchObject([
      { row: 2, asin, points: 1, rejected: null },
      { row: 3, asin, points: 0 },
      { summary: { rows: 2, inserted: 1, rejected: 1 } },
    ]);
  });

  it('should not touch the products of another user', async () => {
    const asin = newAsin();
    await track(asin);
    const { body } = await send(`asin,metric,time,value\n${asin},price,${MADE},1.00\n`, '', 'text/csv', other.token);
    expect(body).toMatchObject({ rejected: 1, inserted: 0 });
    expect(await pointsOf(owner.userId, asin)).toEqual([]);
  });

  it.each([
    ['a Keepa file without its time', 'ASIN,Title,New: Current\nB000000001,x,$1.00\n', '', 422],
    ['a time in the future', 'ASIN,Title,New: Current\nB000000001,x,$1.00\n', '?observedAt=2027-01-01T00:00:00Z', 422],
    ['nothing', '', '', 422],
    ['a file of something else', 'name,age\nx,5\n', '', 422],
    ['broken quotes', 'asin,metric,time,value\n"B0,price\n', '', 422],
    ['a marketplace that is none', 'asin,metric,time,value\n', '?marketplace=XX', 422],
  ])('should refuse %s', async (_, file, query, status) => {
    expect((await send(file, query)).status).toBe(status);
  });

  it('should refuse another content type', async () => {
    expect((await send('{}', '', 'application/json')).status).toBe(415);
  });
});

describeWithFixtures('exports of Keepa’s web site', () => {
  interface Expected {
    rows: number;
    totals: {
      rowsWithBuyBox: number;
      buyBoxMinorSum: number;
      rowsWithNew: number;
      newMinorSum: number;
      rowsWithRank30: number;
    };
  }
  let api: TestApp;

  beforeAll(async () => {
    api = await startTestApp({ sources: [new ScriptedSource()], env: { MAX_PRODUCTS_PER_USER: '20000' } });
  });
  afterAll(() => api.close());

  it.each(['export-product-viewer-emoji-headers', 'export-product-viewer-18-columns', 'export-product-viewer-bom'])(
    'should be taken in whole, and change nothing the second time: %s',
    async (name) => {
      const { rows, totals } = (readJsonFixture('keepa/expected.json') as Record<string, Expected>)[
        `${name}.csv.gz`
      ] as Expected;
      const user = await api.login(name.slice(-25));
      const load = async () =>
        (
          (await api
            .call('post', `/price-history/import?observedAt=${MADE}&track=true`, user.token)
            .set('Content-Type', 'text/csv')
            .send(readFixture(`keepa/${name}.csv.gz`))) as Answer
        ).body as Summary;
      const first = await load();
      const [sums] = await api.postgres.query<Record<string, string>>(
        `SELECT count(*) FILTER (WHERE metric = 2) AS boxes, sum(value) FILTER (WHERE metric = 2) AS box_sum,
                count(*) FILTER (WHERE metric = 1) AS news, sum(value) FILTER (WHERE metric = 1) AS new_sum
         FROM ${EVERY_POINT} o JOIN product p ON p.id = o.product_id WHERE p.user_id = $1`,
        [user.userId],
      );
      expect(sums).toEqual({
        boxes: String(totals.rowsWithBuyBox),
        box_sum: String(totals.buyBoxMinorSum),
        news: String(totals.rowsWithNew),
        new_sum: String(totals.newMinorSum),
      });
      expect([first.rows, first.columns.find(({ name: key }) => key === 'sales rank 30 days avg')?.rows]).toEqual([
        rows,
        totals.rowsWithRank30,
      ]);
      expect(first.rejectedRows.filter(({ reason }) => reason !== 'has no current value')).toEqual([]);
      const second = await load();
      expect(second).toMatchObject({ points: first.points, inserted: 0, replaced: 0, unchanged: first.points });
      process.stdout.write(
        `${name}: ${first.rows} rows, ${first.inserted} points, ${first.rejected} rows without a current value; again: ${second.inserted} new points\n`,
      );
    },
    60_000,
  );
});
