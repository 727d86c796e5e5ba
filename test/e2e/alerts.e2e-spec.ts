import { AlertPage, AlertView } from '../../src/alerts/dto/alert.view';
import { ReplayView } from '../../src/alerts/dto/alert-rule.view';
import { Evaluation } from '../../src/alerts/engine/evaluation.service';
import { Reading } from '../../src/marketplace-data/marketplace-data';
import { Recorder } from '../../src/price-history/recorder';
import { Schedules } from '../../src/shared/queue/schedules';
import { Answer, startTestApp, TestApp } from '../support/app';
import { FixedClock } from '../support/clock';
import { ScriptedSource } from '../support/scripted-source';

const FALLS = { kind: 'falls', metric: 'price' };

describe('alerts', () => {
  let api: TestApp;
  let clock: FixedClock;
  let owner: string;
  let other: string;
  let asins = 0;

  beforeAll(async () => {
    clock = new FixedClock();
    api = await startTestApp({ sources: [new ScriptedSource()], clock, env: { MAX_ALERT_RULES_PER_PRODUCT: '3' } });
    owner = (await api.login('owner')).token;
    other = (await api.login('other')).token;
  });
  afterAll(() => api.close());
  beforeEach(async () => {
    await api.postgres.query(`DELETE FROM alert`);
    await api.postgres.query(`DELETE FROM alert_rule`);
    clock.advance(60);
  });

  const call = async (method: 'get' | 'post' | 'patch' | 'delete', path: string, token = owner, body?: object) =>
    (await (body ? api.call(method, path, token).send(body) : api.call(method, path, token))) as Answer;
  const idOf = ({ body }: Answer) => (body as { id: string }).id;
  const alertsOf = async (query = '', token = owner) =>
    ((await call('get', `/alerts${query}`, token)).body as AlertPage).data;

  async function product(token = owner, tags: string[] = []) {
    const asin = `B0${String(++asins).padStart(8, '0')}`;
    const id = idOf(await call('post', '/products', token, { asin, tags }));
    const [row] = await api.postgres.query<{ id: number }>(`SELECT id FROM listing WHERE asin = $1`, [asin]);
    return { asin, id, listingId: row?.id ?? 0 };
  }
  const rule = async (productId: string, conditions: object[] = [FALLS], rest: object = {}) =>
    call('post', `/products/${productId}/alert-rules`, owner, { conditions, ...rest });

  /** What a source says some minutes later. */
  async function record(
    { asin, listingId }: { asin: string; listingId: number },
    values: Reading['values'],
    minutes = 30,
  ) {
    clock.advance(minutes);
    const result = values.price === null ? 'no_offer' : 'ok';
    const reading: Reading = { asin, marketplace: 'US', source: 'keepa', observedAt: clock.now(), values, facts: {} };
    await api.app.get(Recorder).record('keepa', [{ listingId, result, reading }]);
  }

  /** The same, and a look at it. */
  async function read(listing: { asin: string; listingId: number }, values: Reading['values'], minutes = 30) {
    await record(listing, values, minutes);
    return api.app.get(Evaluation).evaluate([listing.listingId]);
  }

  describe('a reading', () => {
    it('should be told once, with its numbers, their times and the readings behind them', async () => {
      const own = await product();
      const ruleId = idOf(await rule(own.id, [FALLS], { name: 'Cheaper' }));
      await read(own, { price: 2000 });
      expect(await read(own, { price: 1500 })).toBe(1);
      expect(await api.app.get(Evaluation).evaluate([own.listingId])).toBe(0);
      const [alert, ...rest] = await alertsOf();
      expect(rest).toEqual([]);
      const now = clock.now().toISOString();
      expect(alert).toMatchObject({
        productId: own.id,
        asin: own.asin,
        ruleId,
        ruleName: 'Cheaper',
        severity: 'warning',
        simulated: false,
        occurredAt: now,
        acknowledgedAt: null,
        evidence: [
          {
            condition: { kind: 'falls', metric: 'price', baseline: 'previous', percent: 10 },
            value: 1500,
            at: now,
            baseline: 2000,
            unit: 'USD',
            scale: 2,
            sources: ['keepa'],
          },
        ],
      });
      expect(alert?.message).toMatch(/^price fell by 25\.0 % from USD 20\.00 \(.* UTC\) to USD 15\.00 \(.* UTC\)$/);
    });

    it('should be told once, however many look at it at the same time', async () => {
      const own = await product();
      await rule(own.id);
      await read(own, { price: 2000 });
      await record(own, { price: 1000 });
      const made = await Promise.all(
        Array.from({ length: 6 }, () => api.app.get(Evaluation).evaluate([own.listingId])),
      );
      expect(made.reduce((sum, count) => sum + count, 0)).toBe(1);
    });

    it('should be looked at within a minute where the queue lost it', async () => {
      const own = await product();
      await rule(own.id, [{ kind: 'gone', metric: 'price' }]);
      await read(own, { price: 2000 });
      await record(own, { price: null });
      const task = api.app.get(Schedules).find('evaluate-alerts');
      expect(await task?.run(clock.now())).toMatchObject({ alerts: 1 });
      expect(await task?.run(clock.now())).toEqual({ products: 0, alerts: 0 });
      expect((await alertsOf())[0]).toMatchObject({ severity: 'critical' });
    });

    it('should not be told of the past: of an import, of a back-fill, or of what was before the rule', async () => {
      const own = await product();
      await read(own, { price: 2000 });
      await read(own, { price: 1500 });
      await rule(own.id);
      expect(await api.app.get(Evaluation).evaluate([own.listingId])).toBe(0);
      const row = (daysAgo: number, value: string) =>
        `${own.asin},US,price,${new Date(clock.now().getTime() - daysAgo * 86_400_000).toISOString()},${value},,,`;
      const csv = [
        'asin,marketplace,metric,time,value,confirmed_until,source,recorded_at',
        row(3, '30.00'),
        row(2, '5.00'),
      ];
      await api
        .call('post', `/products/${own.id}/price-history/import`, owner)
        .set('Content-Type', 'text/csv')
        .send(`${csv.join('\n')}\n`);
      expect(await api.app.get(Evaluation).evaluate([own.listingId])).toBe(0);
      expect(await read(own, { price: 1490 })).toBe(0);
      expect(await read(own, { price: 1000 })).toBe(1);
    });

    it('should be told by rules of tags and of all products, of active products only', async () => {
      const [tagged, plain] = [await product(owner, ['kitchen']), await product()];
      const foreign = await product(other);
      await call('post', '/alert-rules', owner, { conditions: [FALLS], tag: 'kitchen' });
      await call('post', '/alert-rules', owner, { conditions: [{ kind: 'gone', metric: 'price' }] });
      for (const listing of [tagged, plain, foreign]) {
        await read(listing, { price: 2000 });
        await read(listing, { price: 1500 });
        await read(listing, { price: null });
      }
      const told = (await alertsOf()).map(({ productId, severity }) => [productId, severity]);
      expect(told.sort()).toEqual(
        [
          [tagged.id, 'warning'],
          [tagged.id, 'critical'],
          [plain.id, 'critical'],
        ].sort(),
      );
      expect(await alertsOf('', other)).toEqual([]);
      await call('patch', `/products/${plain.id}`, owner, { isActive: false });
      await read(plain, { price: 2000 }, 3000);
      expect(await read(plain, { price: null })).toBe(0);
    });

    it('should not be told where the product was paused then, or had not the tag of the rule', async () => {
      const [paused, tagged] = [await product(), await product()];
      await rule(paused.id, [FALLS], { cooldownMinutes: 0 });
      await call('post', '/alert-rules', owner, { conditions: [FALLS], tag: 'kitchen', cooldownMinutes: 0 });
      await read(paused, { price: 4000 });
      await call('patch', `/products/${paused.id}`, owner, { isActive: false });
      for (const listing of [paused, tagged]) {
        await read(listing, { price: 3000 }, 3000);
        await read(listing, { price: 2000 }, 3000);
      }
      clock.advance(30);
      await call('patch', `/products/${paused.id}`, owner, { isActive: true });
      await call('patch', `/products/${tagged.id}`, owner, { tags: ['kitchen'] });
      expect(await api.app.get(Evaluation).evaluate([paused.listingId, tagged.listingId])).toBe(0);
      expect(await read(paused, { price: 1000 })).toBe(1);
      expect(await read(tagged, { price: 1000 })).toBe(1);
      await call('patch', `/products/${tagged.id}`, owner, { tags: [] });
      await read(tagged, { price: 500 });
      clock.advance(30);
      await call('patch', `/products/${tagged.id}`, owner, { tags: ['kitchen'] });
      expect(await api.app.get(Evaluation).evaluate([tagged.listingId])).toBe(0);
    });

    it('should be told although the product is changed before it is looked at', async () => {
      const own = await product(owner, ['kitchen']);
      await call('post', '/alert-rules', owner, { conditions: [FALLS], tag: 'kitchen' });
      await read(own, { price: 2000 });
      await record(own, { price: 1500 });
      await call('patch', `/products/${own.id}`, owner, { title: 'Kettle', isActive: true, tags: ['sale', 'kitchen'] });
      expect(await api.app.get(Evaluation).evaluate([own.listingId])).toBe(1);
    });

    it('should be found by the schedule where it was written by a clock that is behind', async () => {
      const own = await product();
      await rule(own.id);
      await read(own, { price: 2000 });
      await record(own, { price: 1990 });
      clock.advance(2);
      await api.postgres.query(`UPDATE listing_state SET checked_at = $2 WHERE listing_id = $1`, [
        own.listingId,
        clock.now(),
      ]);
      await api.app.get(Evaluation).evaluate([own.listingId]);
      clock.advance(-1);
      await record(own, { price: 1000 }, 0);
      clock.advance(1);
      expect(await api.app.get(Schedules).find('evaluate-alerts')?.run(clock.now())).toMatchObject({ alerts: 1 });
    });

    it('should be told although another listing cannot be looked at', async () => {
      const [broken, own] = [await product(other), await product()];
      await call('post', `/products/${broken.id}/alert-rules`, other, { conditions: [FALLS] });
      await rule(own.id);
      const { body } = await call('post', '/channels', other, { kind: 'in_app' });
      for (const listing of [broken, own]) await read(listing, { price: 2000 });
      await api.postgres.query(
        `UPDATE channel SET digest = 'daily', kind = 'webhook', url = 'http://a.example', secret = '', time_zone = 'Nowhere' WHERE id = $1`,
        [(body as { id: string }).id],
      );
      for (const listing of [broken, own]) await record(listing, { price: 1000 });
      await expect(api.app.get(Schedules).find('evaluate-alerts')?.run(clock.now())).rejects.toThrow('Nowhere');
      expect(await alertsOf()).toHaveLength(1);
      await call('delete', `/channels/${(body as { id: string }).id}`, other);
      expect(await api.app.get(Schedules).find('evaluate-alerts')?.run(clock.now())).toMatchObject({ alerts: 1 });
      expect(await alertsOf('', other)).toHaveLength(1);
    });
  });

  describe('a rule', () => {
    it('should be made with defaults, changed, listed and deleted', async () => {
      const own = await product();
      const { status, body } = await rule(own.id, [{ kind: 'rises', metric: 'bsr' }]);
      expect(status).toBe(201);
      expect(body).toMatchObject({
        productId: own.id,
        tag: null,
        conditions: [{ kind: 'rises', metric: 'bsr', baseline: 'previous', percent: 30 }],
        cooldownMinutes: 1440,
        rearm: 'cooldown_and_return',
        channelIds: null,
        isActive: true,
      });
      const id = idOf({ body } as Answer);
      await call('post', '/alert-rules', owner, { conditions: [FALLS] });
      const listed = await call('get', `/products/${own.id}/alert-rules`);
      expect((listed.body as { data: object[] }).data).toHaveLength(2);
      const changed = await call('patch', `/alert-rules/${id}`, owner, { name: 'Rank', cooldownMinutes: 0 });
      expect(changed.body).toMatchObject({ id, name: 'Rank', cooldownMinutes: 0, rearm: 'cooldown_and_return' });
      expect((await call('delete', `/alert-rules/${id}`)).status).toBe(204);
      expect((await call('get', `/alert-rules/${id}`)).status).toBe(404);
    });

    it.each([
      [[{ kind: 'at_most', metric: 'price' }], 'conditions.0.value'],
      [[{ kind: 'falls', metric: 'price', percent: 5, amount: 5 }], 'conditions.0.amount'],
      [[{ kind: 'gone', metric: 'price', percent: 5 }], 'conditions.0.percent'],
      [[FALLS, { kind: 'falls', metric: 'price', hours: 5 }], 'conditions.1.hours'],
      [[{ kind: 'falls', metric: 'weather' }], 'conditions.0.metric'],
      [[], 'conditions'],
    ])('should be refused with %j', async (conditions, field) => {
      const own = await product();
      const { status, body } = await rule(own.id, conditions);
      expect(status).toBe(422);
      expect((body as { errors: { field: string }[] }).errors[0]?.field).toBe(field);
    });

    it('should take null for a field that is left out', async () => {
      const own = await product();
      const nothing = { percent: null, amount: null, hours: null, falseAlarmsPerWeek: null, value: null };
      expect((await rule(own.id, [{ ...FALLS, ...nothing }])).body).toMatchObject({
        conditions: [{ kind: 'falls', metric: 'price', baseline: 'previous', percent: 10 }],
      });
      const { status, body } = await rule(own.id, [{ kind: 'at_most', metric: 'price', value: null }]);
      expect(status).toBe(422);
      expect(body).toMatchObject({ errors: [{ field: 'conditions.0.value', message: 'is needed for at_most' }] });
    });

    it('should go on where it is when only its name or its channels change, and start anew with other conditions', async () => {
      const own = await product();
      const id = idOf(await rule(own.id, [{ kind: 'at_most', metric: 'price', value: 2000 }]));
      await read(own, { price: 3000 });
      expect(await read(own, { price: 1500 })).toBe(1);
      const { body } = await call('post', '/channels', owner, { kind: 'in_app' });
      await call('patch', `/alert-rules/${id}`, owner, { name: 'Cheap', channelIds: [idOf({ body } as Answer)] });
      expect(await read(own, { price: 1400 }, 2000)).toBe(0);
      await record(own, { price: 2100 });
      await call('patch', `/alert-rules/${id}`, owner, { name: 'Cheaper' });
      await read(own, { price: 1900 });
      expect(await alertsOf()).toHaveLength(2);
      await call('patch', `/alert-rules/${id}`, owner, {
        conditions: [{ kind: 'at_most', metric: 'price', value: 1950 }],
      });
      expect(await read(own, { price: 1800 })).toBe(1);
    });

    it('should name channels of the user only', async () => {
      const own = await product();
      const foreign = idOf(await call('post', '/channels', other, { kind: 'in_app' }));
      const mine = idOf(await call('post', '/channels', owner, { kind: 'in_app' }));
      const made = await rule(own.id, [FALLS], { channelIds: [mine, foreign] });
      expect(made.body).toMatchObject({
        status: 422,
        errors: [{ field: 'channelIds.1', message: 'is no channel of yours' }],
      });
      const id = idOf(await rule(own.id, [FALLS], { channelIds: [mine] }));
      expect((await call('patch', `/alert-rules/${id}`, owner, { channelIds: [foreign] })).status).toBe(422);
      expect((await call('get', `/alert-rules/${id}`)).body).toMatchObject({ channelIds: [mine] });
    });

    it('should be one of so many of a product', async () => {
      const own = await product();
      for (let count = 0; count < 3; count++) expect((await rule(own.id)).status).toBe(201);
      const { status, body } = await rule(own.id);
      expect([status, (body as { errorCode: string }).errorCode]).toEqual([409, 'alert_rule_limit_reached']);
    });

    it('should be nobody else’s', async () => {
      const own = await product();
      const id = idOf(await rule(own.id));
      await read(own, { price: 2000 });
      await read(own, { price: 1000 });
      const [alert] = await alertsOf();
      const answers = await Promise.all([
        call('post', `/products/${own.id}/alert-rules`, other, { conditions: [FALLS] }),
        call('get', `/products/${own.id}/alert-rules`, other),
        call('get', `/alert-rules/${id}`, other),
        call('patch', `/alert-rules/${id}`, other, { name: 'Mine' }),
        call('delete', `/alert-rules/${id}`, other),
        call('post', '/alert-rules/replay', other, { ruleId: id }),
        call('post', '/alert-rules/replay', other, { rule: { conditions: [FALLS] }, productId: own.id }),
        call('get', `/alerts/${alert?.id ?? ''}`, other),
        call('post', `/alerts/${alert?.id ?? ''}/acknowledge`, other, {}),
        call('post', `/alerts/${alert?.id ?? ''}/snooze`, other, { minutes: 5 }),
      ]);
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 404));
      expect((await call('get', '/alert-rules', other)).body).toEqual({ data: [] });
      expect((await alertsOf())[0]?.acknowledgedAt).toBeNull();
    });
  });

  describe('an alert', () => {
    it('should be acknowledged, snoozed and filtered, and stay when its rule goes', async () => {
      const [one, two] = [await product(), await product()];
      const [first, second] = [idOf(await rule(one.id)), idOf(await rule(two.id))];
      for (const listing of [one, two]) {
        await read(listing, { price: 2000 });
        await read(listing, { price: 1000 });
      }
      const [later, earlier] = await alertsOf();
      const acknowledged = await call('post', `/alerts/${earlier?.id ?? ''}/acknowledge`, owner, {});
      expect((acknowledged.body as AlertView).acknowledgedAt).toBe(clock.now().toISOString());
      await call('post', `/alerts/${later?.id ?? ''}/snooze`, owner, { minutes: 60 });
      const states = async () =>
        Promise.all(
          ['open', 'acknowledged', 'snoozed'].map(async (state) => (await alertsOf(`?state=${state}`)).length),
        );
      expect(await states()).toEqual([0, 1, 1]);
      clock.advance(61);
      expect(await states()).toEqual([1, 1, 0]);
      expect((await alertsOf(`?ruleId=${second}`)).map(({ id }) => id)).toEqual([later?.id]);
      expect((await alertsOf(`?productId=${one.id}&severity=warning`)).map(({ id }) => id)).toEqual([earlier?.id]);
      expect(await alertsOf('?severity=critical')).toEqual([]);
      await call('delete', `/alert-rules/${first}`);
      expect((await alertsOf()).map(({ ruleId }) => ruleId)).toEqual([second, null]);
      const page = (await call('get', '/alerts?page[size]=1')).body as AlertPage;
      const next = (await call('get', `/alerts?page[size]=1&page[cursor]=${page.page.next ?? ''}`)).body as AlertPage;
      expect([page.data[0]?.id, next.data[0]?.id, next.page.next]).toEqual([later?.id, earlier?.id, null]);
    });
  });

  describe('POST /alert-rules/replay', () => {
    it('should tell of the stored readings exactly what was told when they came', async () => {
      const own = await product();
      const ruleId = idOf(await rule(own.id, [FALLS], { cooldownMinutes: 60, rearm: 'cooldown' }));
      let price = 2000;
      for (let step = 0; step < 40; step++) {
        price = Math.round(price * (step % 5 === 4 ? 1.5 : step % 3 === 1 ? 0.88 : 0.97));
        await read(own, { price: step % 11 === 10 ? null : price }, 45);
      }
      const live = await alertsOf(`?productId=${own.id}&page[size]=200`);
      const { status, body } = await call('post', '/alert-rules/replay', owner, { ruleId, days: 30 });
      const replayed = body as ReplayView;
      expect(status).toBe(200);
      expect(live.length).toBeGreaterThan(5);
      expect(replayed.alerts.map(({ occurredAt, message, evidence }) => [occurredAt, message, evidence])).toEqual(
        live.map(({ occurredAt, message, evidence }) => [occurredAt, message, evidence]),
      );
      expect(replayed).toMatchObject({ products: 1, count: live.length, simulated: false });
      expect(replayed.alertsPerWeek).toBeCloseTo((live.length * 7) / 30, 2);
    });

    it('should tell of a rule that is not saved, what was over within a day, and which percentage would be enough', async () => {
      const own = await product();
      const now = Math.floor(clock.now().getTime() / 60_000);
      const days = Array.from({ length: 40 }, (_, index) => 40 - index);
      const value = (daysAgo: number) => (daysAgo % 4 === 0 ? 1600 : 2000);
      await api.app.get(Recorder).recordHistory(
        'keepa',
        {
          listingId: own.listingId,
          result: 'ok',
          reading: {
            asin: own.asin,
            marketplace: 'US',
            source: 'keepa',
            observedAt: clock.now(),
            values: { price: 2000 },
            facts: {},
          },
        },
        [
          {
            metric: 'price',
            points: days.map((daysAgo) => [now - daysAgo * 1440, value(daysAgo), now - daysAgo * 1440 + 1439] as const),
          },
        ],
      );
      const { body } = await call('post', '/alert-rules/replay', owner, {
        rule: { conditions: [FALLS] },
        productId: own.id,
        days: 30,
        alertsPerWeek: 1,
      });
      const replayed = body as ReplayView;
      expect(replayed).toMatchObject({ count: 7, reverted: 7, threshold: { percent: 25, alertsPerWeek: 0 } });
      expect(replayed.alerts[0]?.message).toContain('fell by 20.0 % from USD 20.00');
    });

    it.each([[{}], [{ rule: { conditions: [FALLS] }, ruleId: '0195f9a0-0000-7000-8000-000000000000' }]])(
      'should need one rule, and not %j',
      async (body) => {
        expect((await call('post', '/alert-rules/replay', owner, body)).status).toBe(422);
      },
    );
  });
});
