import { NoEstimate, SalesEstimate, SalesEstimates } from '../../src/analytics/sales/sales-estimates.service';
import { SalesFitService } from '../../src/analytics/sales/sales-fit.service';
import { Schedules } from '../../src/shared/queue/schedules';
import { Answer, startTestApp, TestApp } from '../support/app';
import { FixedClock } from '../support/clock';
import { eventually } from '../support/polling';
import { ScriptedSource } from '../support/scripted-source';

interface Login {
  userId: string;
  token: string;
}
interface ImportAnswer {
  total: number;
  imported: number;
  unchanged: number;
  updated: number;
  refused: number;
  results: { row: number; status: string; id: string | null; errors: { field: string; message: string }[] }[];
}
interface OwnSales {
  id: string;
  asin: string;
  from: string;
  to: string;
  units: number;
}
interface Models {
  data: {
    marketplace: string;
    category: string;
    periods: number;
    families: number;
    exponent: { value: number; lower: number; upper: number } | null;
    scale: number | null;
    rankRange: { lowest: number; highest: number } | null;
    usableRange: { lowest: number; highest: number } | null;
    error: {
      medianAbsolutePercentage: number;
      medianFactor: number;
      intervalFactor: number;
      observations: number;
    } | null;
    reason: string | null;
    message: string | null;
    leftOut: { reason: string; periods: number }[];
    simulated: boolean;
    fittedAt: string;
  }[];
  missing: { reason: string; periods: number; message: string }[];
}

const NOW = new Date('2026-11-24T12:00:00Z');
const FIRST = '2026-08-03';
const RANKS = [900, 2500, 1400, 5000, 700, 3100, 8000, 1900];
const SCALE = 30_000;
const EXPONENT = 0.9;

const dayAfter = (day: string, days: number) =>
  new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10);
const weeks = RANKS.map((rank, number) => ({
  rank,
  from: dayAfter(FIRST, 7 * number),
  to: dayAfter(FIRST, 7 * number + 6),
  units: Math.round(7 * SCALE * rank ** -EXPONENT),
}));

describe('own sales', () => {
  let api: TestApp;
  let clock: FixedClock;
  let users = 0;
  let asins = 0;

  beforeAll(async () => {
    clock = new FixedClock(NOW);
    api = await startTestApp({ sources: [new ScriptedSource()], clock });
  });
  afterAll(() => api.close());
  beforeEach(() => {
    clock.set(NOW);
  });

  const newLogin = (): Promise<Login> => api.login(`merchant${String(++users)}`);

  /** A product of the user, of which a source told the category and, it may be, the parent. */
  async function track({ token }: Login, facts: { category?: string | null; parent?: string; asin?: string } = {}) {
    const asin = facts.asin ?? `B0${String(++asins).padStart(8, '0')}`;
    const { body } = (await api.call('post', '/products', token).send({ asin })) as Answer;
    await api.postgres.query(`UPDATE listing SET bsr_category = $2, parent_asin = $3 WHERE asin = $1`, [
      asin,
      facts.category === undefined ? 'Kitchen' : facts.category,
      facts.parent ?? null,
    ]);
    return { asin, id: (body as { id: string }).id };
  }

  /** Ranks into the user's own history, each known until the next. */
  async function importRanks({ token }: Login, id: string, stretches: { rank: number; from: string; to: string }[]) {
    const lines = stretches.map(
      ({ rank, from, to }) => `bsr,${from}T00:00:00Z,${String(rank)},${dayAfter(to, 1)}T00:00:00Z`,
    );
    const { status } = await api
      .call('post', `/products/${id}/price-history/import`, token)
      .set('Content-Type', 'text/csv')
      .send(['metric,time,value,confirmed_until', ...lines].join('\n'));
    expect(status).toBe(200);
  }

  const upload = async ({ token }: Login, sales: unknown[]) =>
    (await api.call('post', '/analytics/own-sales', token).send({ sales })) as Answer & { body: ImportAnswer };
  const uploadCsv = async ({ token }: Login, csv: string) =>
    (await api.call('post', '/analytics/own-sales', token).set('Content-Type', 'text/csv').send(csv)) as Answer & {
      body: ImportAnswer;
    };
  const list = async ({ token }: Login, query = '') =>
    (
      (await api.call('get', `/analytics/own-sales${query}`, token)) as Answer & {
        body: { data: OwnSales[]; page: { next: string | null } };
      }
    ).body;
  const models = async ({ token }: Login) =>
    ((await api.call('get', '/analytics/sales-models', token)) as Answer & { body: Models }).body;
  const fit = ({ userId }: Login) => api.app.get(SalesFitService).fit(userId);
  const estimate = ({ userId }: Login, rank: number, category: string | null = 'Kitchen') =>
    api.app.get(SalesEstimates).of(userId, 'US', category, [{ rank, days: 1 }]);
  const refusalOf = (outcome: SalesEstimate | NoEstimate) => ('refused' in outcome ? outcome.refused : outcome);

  /** A user with eight weeks on the curve. */
  async function seller(changed: (units: number, week: number) => number = (units) => units) {
    const user = await newLogin();
    const product = await track(user);
    await importRanks(user, product.id, weeks);
    await upload(
      user,
      weeks.map(({ from, to, units }, week) => ({ asin: product.asin, from, to, units: changed(units, week) })),
    );
    return { user, product };
  }

  describe('import', () => {
    it('should take in CSV with columns in any order and a default marketplace, and list it', async () => {
      const user = await newLogin();
      const { asin, id } = await track(user);
      const csv = `\uFEFFUnits,ASIN,From,To,Note\r\n12,${asin.toLowerCase()},2026-01-01,2026-01-07,x\r\n\r\n0,${asin},2026-01-08,2026-01-14,\r\n`;
      const { status, body } = await uploadCsv(user, csv);
      expect([status, body.total, body.imported, body.refused]).toEqual([200, 2, 2, 0]);
      const { data } = await list(user);
      expect(data).toMatchObject([
        { asin, productId: id, marketplace: 'US', from: '2026-01-08', to: '2026-01-14', units: 0 },
        { asin, productId: id, marketplace: 'US', from: '2026-01-01', to: '2026-01-07', units: 12 },
      ]);
      expect(body.results.map((row) => row.id)).toEqual(data.map((row) => row.id).reverse());
    });

    it('should change nothing the second time, and take other units for the same period', async () => {
      const user = await newLogin();
      const { asin } = await track(user);
      const rows = [
        { asin, from: '2026-01-01', to: '2026-01-31', units: 40 },
        { asin, from: '2026-02-01', to: '2026-02-28', units: 50 },
      ];
      const first = await upload(user, rows);
      const second = await upload(user, rows);
      const third = await upload(user, [rows[0], { ...rows[1], units: 51 }]);
      const statuses = [first, second, third].map(({ body }) => body.results.map(({ status }) => status));
      expect(statuses).toEqual([
        ['imported', 'imported'],
        ['unchanged', 'unchanged'],
        ['unchanged', 'updated'],
      ]);
      expect(third.body.results.map(({ id }) => id)).toEqual(first.body.results.map(({ id }) => id));
      expect((await list(user)).data.map(({ units }) => units)).toEqual([51, 40]);
    });

    it('should refuse each bad row with its field, and take the others', async () => {
      const user = await newLogin();
      const { asin } = await track(user);
      const good = { asin, from: '2026-01-01', to: '2026-01-31', units: 40 };
      const { body } = await upload(user, [
        { ...good, asin: 'nope' },
        { ...good, marketplace: 'XX' },
        { ...good, from: '2026-02-30' },
        { ...good, from: '2026-01-01T00:00:00Z' },
        { ...good, to: '1994-12-31' },
        { ...good, units: -1 },
        { ...good, units: 1.5 },
        { ...good, units: '40' },
        { ...good, price: 3 },
        'text',
        { ...good, to: '2025-12-31' },
        { ...good, to: '2027-01-02' },
        { ...good, from: '2026-11-20', to: '2026-11-24' },
        { ...good, asin: 'B0NOTMINE1' },
        { ...good, marketplace: 'DE' },
        good,
      ]);
      expect(body.results.map(({ row, status, errors }) => [row, status, errors[0]?.field])).toEqual([
        [1, 'refused', 'asin'],
        [2, 'refused', 'marketplace'],
        [3, 'refused', 'from'],
        [4, 'refused', 'from'],
        [5, 'refused', 'to'],
        [6, 'refused', 'units'],
        [7, 'refused', 'units'],
        [8, 'refused', 'units'],
        [9, 'refused', 'price'],
        [10, 'refused', 'row'],
        [11, 'refused', 'from'],
        [12, 'refused', 'to'],
        [13, 'refused', 'to'],
        [14, 'refused', 'asin'],
        [15, 'refused', 'asin'],
        [16, 'imported', undefined],
      ]);
      expect(body.results[13]?.errors[0]?.message).toBe('is not of a product that you track in US');
      expect([body.imported, body.refused, (await list(user)).data.length]).toEqual([1, 15, 1]);
    });

    it.each([
      ['no number', '1,200', 'units'],
      ['hexadecimal', '0x10', 'units'],
      ['empty', '', 'units'],
    ])('should refuse units in CSV that are %s', async (_, units, field) => {
      const user = await newLogin();
      const { asin } = await track(user);
      const { body } = await uploadCsv(user, `asin,from,to,units\n${asin},2026-01-01,2026-01-31,"${units}"\n`);
      expect(body.results.map(({ status, errors }) => [status, errors[0]?.field])).toEqual([['refused', field]]);
    });

    it('should refuse periods that overlap, in the database and in the request, and say which', async () => {
      const user = await newLogin();
      const [one, two] = [await track(user), await track(user)];
      await upload(user, [{ asin: one.asin, from: '2026-01-01', to: '2026-01-31', units: 40 }]);
      const { body } = await upload(user, [
        { asin: one.asin, from: '2026-01-31', to: '2026-02-06', units: 1 },
        { asin: one.asin, from: '2026-02-01', to: '2026-02-07', units: 2 },
        { asin: one.asin, from: '2026-02-07', to: '2026-02-13', units: 3 },
        { asin: one.asin, from: '2026-02-01', to: '2026-02-07', units: 4 },
        { asin: two.asin, from: '2026-01-31', to: '2026-02-06', units: 5 },
      ]);
      expect(body.results.map(({ status, errors }) => [status, errors[0]?.message])).toEqual([
        ['refused', 'overlaps the period from 2026-01-01 to 2026-01-31, which is stored for this ASIN'],
        ['imported', undefined],
        ['refused', 'overlaps row 2; give one row for each ASIN and period'],
        ['refused', 'overlaps row 2; give one row for each ASIN and period'],
        ['imported', undefined],
      ]);
    });

    it('should hold the constraint in the database', async () => {
      const user = await newLogin();
      const { id } = await track(user);
      const insert = (first: string, last: string) =>
        api.postgres.query(
          `INSERT INTO own_sales (id, user_id, product_id, first_day, last_day, units, created_at, updated_at)
           VALUES (gen_random_uuid(), $1, $2, $3, $4, 1, now(), now())`,
          [user.userId, id, first, last],
        );
      await insert('2026-01-01', '2026-01-07');
      await insert('2026-01-08', '2026-01-14');
      await expect(insert('2026-01-14', '2026-01-20')).rejects.toThrow('own_sales_days_excl');
    });

    it('should store each period once when it comes twice at the same time', async () => {
      const user = await newLogin();
      const { asin } = await track(user);
      const rows = weeks.map(({ from, to, units }) => ({ asin, from, to, units }));
      const answers = await Promise.all([upload(user, rows), upload(user, rows), upload(user, rows)]);
      expect(answers.map(({ body }) => body.imported).sort()).toEqual([0, 0, weeks.length]);
      expect(answers.map(({ body }) => body.unchanged).sort()).toEqual([0, weeks.length, weeks.length]);
      expect((await list(user)).data).toHaveLength(weeks.length);
    });

    it.each([
      ['a list', [], 'body'],
      ['no rows', {}, 'sales'],
      ['too many rows', { sales: Array.from({ length: 1001 }, () => ({})) }, 'sales'],
    ])('should refuse a request that is %s', async (_, request, field) => {
      const { token } = await newLogin();
      const { status, body } = (await api.call('post', '/analytics/own-sales', token).send(request)) as Answer;
      expect([status, (body as { errors: { field: string }[] }).errors[0]?.field]).toEqual([422, field]);
    });

    it('should refuse CSV of too many rows, and what is no CSV', async () => {
      const user = await newLogin();
      const many = await uploadCsv(user, `asin,from,to,units\n${'B000000001,2026-01-01,2026-01-02,1\n'.repeat(1001)}`);
      const broken = await uploadCsv(user, 'asin,from\n"B0');
      expect([many.status, broken.status]).toEqual([422, 422]);
    });
  });

  describe('list and delete', () => {
    it('should be paged, the latest first', async () => {
      const { user } = await seller();
      const first = await list(user, '?page[size]=5');
      const second = await list(user, `?page[size]=5&page[cursor]=${first.page.next ?? ''}`);
      expect([...first.data, ...second.data].map(({ from }) => from)).toEqual(weeks.map(({ from }) => from).reverse());
      expect(second.page.next).toBeNull();
      const foreign = Buffer.from(JSON.stringify(['x'])).toString('base64url');
      const { status } = await api.call('get', `/analytics/own-sales?page[cursor]=${foreign}`, user.token);
      expect(status).toBe(422);
    });

    it('should delete one, and no more the second time', async () => {
      const { user } = await seller();
      const [latest, ...others] = (await list(user)).data;
      const remove = () => api.call('delete', `/analytics/own-sales/${latest?.id ?? ''}`, user.token);
      expect([(await remove()).status, (await remove()).status]).toEqual([204, 404]);
      expect((await list(user)).data).toEqual(others);
    });

    it('should go with its product', async () => {
      const { user, product } = await seller();
      await api.call('delete', `/products/${product.id}`, user.token);
      expect((await list(user)).data).toEqual([]);
    });

    it("should be nobody else's", async () => {
      const { user, product } = await seller();
      await fit(user);
      const other = await newLogin();
      const [latest] = (await list(user)).data;
      const { status } = await api.call('delete', `/analytics/own-sales/${latest?.id ?? ''}`, other.token);
      expect([status, (await list(other)).data, (await models(other)).data]).toEqual([404, [], []]);
      // Tracking the same listing is not enough either.
      await track(other, { asin: product.asin });
      expect(refusalOf(await estimate(other, 2000))).toBe('no_own_sales');
      await upload(other, [{ asin: product.asin, from: latest?.from, to: latest?.to, units: 1 }]);
      expect((await list(user)).data[0]).toEqual(latest);
      expect((await models(other)).data).toEqual([]);
    });
  });

  describe('models', () => {
    it('should say what is missing without own sales', async () => {
      const user = await newLogin();
      const { data, missing } = await models(user);
      expect([data, missing]).toMatchObject([[], [{ reason: 'no_own_sales', periods: 0 }]]);
      expect(missing[0]?.message).toContain('POST /analytics/own-sales');
      expect(refusalOf(await estimate(user, 2000))).toBe('no_own_sales');
    });

    it('should be fitted to stored history, and estimate units with an interval', async () => {
      const { user } = await seller((units, week) => Math.round(units * (week % 2 === 0 ? 1.1 : 0.9)));
      expect((await models(user)).missing).toMatchObject([{ reason: 'not_fitted_yet', periods: 8 }]);
      expect(refusalOf(await estimate(user, 2000))).toBe('not_fitted_yet');
      await fit(user);
      const {
        data: [model],
        missing,
      } = await models(user);
      expect(missing).toEqual([]);
      expect(model).toMatchObject({
        marketplace: 'US',
        category: 'Kitchen',
        periods: 8,
        families: 1,
        rankRange: { lowest: 700, highest: 8000 },
        usableRange: { lowest: 70, highest: 80_000 },
        reason: null,
        leftOut: [],
        simulated: false,
        fittedAt: NOW.toISOString(),
      });
      expect(Math.abs((model?.exponent?.value ?? 0) - EXPONENT)).toBeLessThan(0.1);
      expect(model?.exponent?.lower).toBeLessThan(EXPONENT);
      expect(model?.exponent?.upper).toBeGreaterThan(EXPONENT);
      // Each week is 10 % off the curve, and somewhat more off one that was fitted without it.
      expect(model?.error?.medianAbsolutePercentage).toBeGreaterThan(8);
      expect(model?.error?.medianAbsolutePercentage).toBeLessThan(20);
      expect(model?.error?.observations).toBe(8);
      const outcome = await estimate(user, 2000);
      const truth = SCALE * 2000 ** -EXPONENT;
      expect('refused' in outcome).toBe(false);
      const { unitsPerDay, lower, upper } = outcome as SalesEstimate;
      expect(unitsPerDay / truth).toBeCloseTo(1, 1);
      expect(lower).toBeLessThan(truth);
      expect(upper).toBeGreaterThan(truth);
    });

    it('should refuse ranks beyond ten times those that were seen, other categories and unknown ones', async () => {
      const { user } = await seller();
      await fit(user);
      const outcomes = [];
      for (const [rank, category] of [
        [70, 'Kitchen'],
        [69, 'Kitchen'],
        [80_000, 'Kitchen'],
        [80_001, 'Kitchen'],
        [2000, 'Garden'],
        [2000, null],
      ] as const) {
        const outcome = await estimate(user, rank, category);
        outcomes.push('refused' in outcome ? outcome.refused : 'estimated');
      }
      expect(outcomes).toEqual([
        'estimated',
        'outside_rank_range',
        'estimated',
        'outside_rank_range',
        'no_own_sales_in_category',
        'no_category',
      ]);
    });

    it('should count a family once', async () => {
      const user = await newLogin();
      const parent = `B0PARENT${String(users).padStart(2, '0')}`;
      const [red, blue] = [await track(user, { parent }), await track(user, { parent })];
      await importRanks(user, red.id, weeks);
      await importRanks(user, blue.id, weeks);
      await upload(
        user,
        weeks.flatMap(({ from, to, units }) => [
          { asin: red.asin, from, to, units: units - 10 },
          { asin: blue.asin, from, to, units: 10 },
        ]),
      );
      await fit(user);
      const [model] = (await models(user)).data;
      expect([model?.periods, model?.families, model?.error?.observations]).toEqual([8, 1, 8]);
      expect(model?.exponent?.value).toBeCloseTo(EXPONENT, 2);
      expect((model?.scale ?? 0) / SCALE).toBeCloseTo(1, 1);
    });

    it('should leave out periods whose rank is not known, and say so', async () => {
      const user = await newLogin();
      const { asin, id } = await track(user);
      await importRanks(user, id, weeks.slice(0, 3));
      await upload(
        user,
        weeks.map(({ from, to, units }) => ({ asin, from, to, units })),
      );
      await fit(user);
      const [model] = (await models(user)).data;
      expect(model).toMatchObject({
        periods: 3,
        exponent: null,
        scale: null,
        error: null,
        reason: 'too_few_periods',
        leftOut: [{ reason: 'rank_unknown', periods: 5 }],
      });
      expect(model?.message).toContain('At least 4 periods');
      expect(refusalOf(await estimate(user, 2000))).toBe('too_few_periods');
    });

    it('should not know ranks that another user imported', async () => {
      const { product } = await seller();
      const user = await newLogin();
      await track(user, { asin: product.asin });
      await upload(
        user,
        weeks.map(({ from, to, units }) => ({ asin: product.asin, from, to, units })),
      );
      await fit(user);
      expect((await models(user)).data).toMatchObject([
        { reason: 'too_few_periods', leftOut: [{ reason: 'rank_unknown', periods: 8 }] },
      ]);
    });

    it('should say that the category is missing', async () => {
      const user = await newLogin();
      const { asin } = await track(user, { category: null });
      await upload(user, [{ asin, from: '2026-01-01', to: '2026-01-31', units: 40 }]);
      await fit(user);
      expect(await models(user)).toMatchObject({ data: [], missing: [{ reason: 'no_category', periods: 1 }] });
    });

    it('should be fitted anew when own sales or ranks change, and only then', async () => {
      const { user, product } = await seller();
      expect(await fit(user)).toBe(1);
      clock.advance(60);
      expect(await fit(user)).toBe(0);
      expect((await models(user)).data[0]?.fittedAt).toBe(NOW.toISOString());
      const [latest] = (await list(user)).data;
      await api.call('delete', `/analytics/own-sales/${latest?.id ?? ''}`, user.token);
      expect(await fit(user)).toBe(1);
      expect((await models(user)).data).toMatchObject([{ periods: 7, fittedAt: clock.now().toISOString() }]);
      await importRanks(user, product.id, [{ rank: 1000, from: FIRST, to: FIRST }]);
      expect(await fit(user)).toBe(1);
    });

    it('should not be replaced by a fit whose inputs were read before', async () => {
      const { user } = await seller();
      await fit(user);
      const [latest] = (await list(user)).data;
      await api.call('delete', `/analytics/own-sales/${latest?.id ?? ''}`, user.token);
      clock.advance(-60);
      await fit(user);
      expect((await models(user)).data).toMatchObject([{ periods: 8, fittedAt: NOW.toISOString() }]);
    });

    it('should go with the last own sales', async () => {
      const { user } = await seller();
      await fit(user);
      await api.postgres.query(`DELETE FROM own_sales WHERE user_id = $1`, [user.userId]);
      // Before any fit has seen it.
      expect((await models(user)).data).toEqual([]);
      expect(refusalOf(await estimate(user, 2000))).toBe('no_own_sales');
      await fit(user);
      expect(await api.postgres.query(`SELECT FROM sales_model WHERE user_id = $1`, [user.userId])).toEqual([]);
    });

    it('should be fitted by the job after an upload, and by the schedule when the job was lost', async () => {
      const { user } = await seller();
      const second = await seller();
      await api.postgres.query(`DELETE FROM bullmq.job`);
      const worker = await startTestApp({
        databaseUrl: api.databaseUrl,
        env: { ROLES: 'worker' },
        sources: [new ScriptedSource()],
      });
      try {
        await worker.app.get(Schedules).find('fit-sales-models')?.run(new Date());
        const fitted = (one: Login) =>
          eventually(async () => (await models(one)).data[0]?.exponent?.value, 'a model of own sales');
        const third = await seller();
        const exponents = [await fitted(user), await fitted(second.user), await fitted(third.user)];
        expect(exponents.map((exponent) => exponent.toFixed(1))).toEqual(['0.9', '0.9', '0.9']);
      } finally {
        await worker.close();
      }
    });
  });
});
