import { Webhook } from 'standardwebhooks';
import { Deliveries } from '../../src/alerts/delivery/deliveries.service';
import { DeliveryLedger } from '../../src/alerts/delivery/delivery-ledger';
import { DeliveryMetrics } from '../../src/alerts/delivery/delivery-metrics';
import { DeliveryWorker } from '../../src/alerts/delivery/delivery-worker';
import { Sender } from '../../src/alerts/delivery/sender';
import { Outbound } from '../../src/shared/outbound/outbound';
import { Schedules } from '../../src/shared/queue/schedules';
import { newProduct, newRule, raise } from '../support/alerts';
import { Answer, startTestApp, TestApp } from '../support/app';
import { FixedClock } from '../support/clock';
import { DnsServer } from '../support/dns-server';
import { eventually } from '../support/polling';
import { ScriptedSource } from '../support/scripted-source';
import { accept, drop, status, WebhookReceiver } from '../support/webhook-receiver';

interface Attempt {
  at: string;
  ms: number;
  status: number | null;
  error: string | null;
  answer: string | null;
}
interface Delivery {
  id: string;
  state: string;
  alertId: string | null;
  digestId: string | null;
  message: string | null;
  nextAttemptAt: string | null;
  attempts: Attempt[];
}

const MINUTE_MS = 60_000;

describe('webhooks', () => {
  let api: TestApp;
  let receiver: WebhookReceiver;
  let clock: FixedClock;
  let owner: { userId: string; token: string };
  let other: { userId: string; token: string };
  let paths = 0;

  beforeAll(async () => {
    // Tests say when it looks: a timer of one test would go off in a later one.
    jest.spyOn(DeliveryWorker.prototype as unknown as { wakeAt(): void }, 'wakeAt').mockReturnValue();
    receiver = await WebhookReceiver.start();
    clock = new FixedClock(new Date());
    api = await startTestApp({
      sources: [new ScriptedSource()],
      clock,
      env: {
        ALLOWED_PRIVATE_RANGES: '127.0.0.0/8',
        OUTBOUND_PORTS: `80,443,${receiver.port}`,
        MAX_PRODUCTS_PER_USER: '1000',
      },
    });
    owner = await api.login('owner');
    other = await api.login('other');
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    await api.close();
    await receiver.stop();
  });
  beforeEach(async () => {
    await api.postgres.query('DELETE FROM channel');
    clock.set(new Date());
  });

  const work = async () => {
    const worker = api.app.get(DeliveryWorker);
    worker.wake();
    await worker.idle();
  };
  const later = async (ms: number) => {
    clock.set(new Date(clock.now().getTime() + ms));
    await work();
  };
  const call = (path: string, body: object, method: 'post' | 'patch' = 'post') =>
    api
      .call(method, path, owner.token)
      .send(body)
      .expect(method === 'post' ? 201 : 200);
  async function newChannel(
    more: object = {},
    token = owner.token,
  ): Promise<{ id: string; path: string; secret: string }> {
    const path = `/hook/${++paths}`;
    const { body, status: code } = (await api
      .call('post', '/channels', token)
      .send({ kind: 'webhook', url: `http://127.0.0.1:${receiver.port}${path}`, ...more })) as Answer;
    expect({ code, body }).toMatchObject({ code: 201 });
    const { id, secret } = body as { id: string; secret: string };
    return { id, path, secret };
  }
  const deliveriesOf = async (id: string, query = '') =>
    (
      (await api.call('get', `/channels/${id}/deliveries${query}`, owner.token)) as Answer & {
        body: { data: Delivery[] };
      }
    ).body.data;
  const channelOf = async (id: string) =>
    (
      (await api.call('get', '/channels', owner.token)) as Answer & { body: { data: Record<string, unknown>[] } }
    ).body.data.find((channel) => channel['id'] === id);
  async function raiseFor(channelId: string, messages: string[], productId?: string): Promise<string[]> {
    const ruleId = await newRule(api, owner.userId, { channelIds: [channelId] });
    const product = productId ?? (await newProduct(api, owner.token));
    return raise(
      api,
      messages.map((message) => ({ userId: owner.userId, ruleId, productId: product, message })),
    );
  }
  const messagesAt = (path: string) => receiver.at(path).map(({ event }) => event.data['message']);

  describe('a message', () => {
    it('should say whether what it tells of is simulated', async () => {
      const channel = await newChannel();
      const [simulated] = await raiseFor(channel.id, ['of the sandbox', 'measured']);
      await api.postgres.query(`UPDATE alert SET evidence = '[{"sources": ["sandbox"]}]' WHERE id = $1`, [simulated]);
      await work();
      const told = receiver.at(channel.path).map(({ event }) => [event.data['message'], event.data['simulated']]);
      expect(new Map(told as [string, boolean][])).toEqual(
        new Map([
          ['of the sandbox', true],
          ['measured', false],
        ]),
      );
    });

    it('should be a CloudEvent of the alert that the official library verifies', async () => {
      const channel = await newChannel();
      const [alertId] = await raiseFor(channel.id, ['Price fell from $20.00 to $15.00']);
      await work();
      const [received] = receiver.at(channel.path);
      const verified = new Webhook(channel.secret).verify(
        received?.body ?? '',
        received?.headers as Record<string, string>,
      );
      expect(verified).toMatchObject({
        specversion: '1.0',
        id: alertId,
        type: 'amazon-insights.alert.v1',
        datacontenttype: 'application/json',
        data: { alertId, severity: 'warning', message: 'Price fell from $20.00 to $15.00' },
      });
      expect(received?.headers['content-type']).toBe('application/cloudevents+json; charset=utf-8');
      const [delivery] = await deliveriesOf(channel.id);
      expect(received?.headers['webhook-id']).toBe(delivery?.id);
      expect(delivery).toMatchObject({
        state: 'delivered',
        nextAttemptAt: null,
        attempts: [{ status: 204, error: null }],
      });
    });

    it('should reach a receiver by its name', async () => {
      const names = await DnsServer.start();
      names.addresses = ['127.0.0.1'];
      api.app.get(Outbound).resolver.setServers([names.address]);
      try {
        const url = `http://hooks.shop.example.:${receiver.port}/by-name`;
        const channel = await newChannel({ url });
        await raiseFor(channel.id, ['one']);
        await work();
        expect(messagesAt('/by-name')).toEqual(['one']);
      } finally {
        await names.stop();
      }
    });

    it('should be signed by the old and the new secret for a day after a rotation', async () => {
      const channel = await newChannel();
      const { body } = (await api.call('post', `/channels/${channel.id}/rotate-secret`, owner.token)) as Answer;
      const { secret } = body as { secret: string };
      await raiseFor(channel.id, ['one']);
      await work();
      const [during] = receiver.at(channel.path);
      for (const known of [channel.secret, secret]) {
        expect(() =>
          new Webhook(known).verify(during?.body ?? '', during?.headers as Record<string, string>),
        ).not.toThrow();
      }
      clock.advance(24 * 60 + 1);
      await raiseFor(channel.id, ['two']);
      await work();
      expect(String(receiver.at(channel.path)[1]?.headers['webhook-signature']).split(' ')).toHaveLength(1);
    });

    it('should keep its id and its body in each attempt', async () => {
      const channel = await newChannel();
      receiver.answers.set(channel.path, status(500));
      await raiseFor(channel.id, ['one']);
      await work();
      receiver.answers.set(channel.path, accept);
      await later(MINUTE_MS);
      const [first, second] = receiver.at(channel.path);
      expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
      expect(second?.body).toBe(first?.body);
    });
  });

  describe('failures', () => {
    it.each([
      ['a 500', status(500, {}, 'out of order'), { status: 500, error: 'status', answer: 'out of order' }],
      ['a dropped connection', drop, { status: null, error: 'connection' }],
      [
        'a redirect, which is not followed',
        status(302, { location: '/elsewhere' }),
        { status: 302, error: 'redirect' },
      ],
    ])('should try again after %s, and write down what came', async (_, answer, expected) => {
      const channel = await newChannel();
      receiver.answers.set(channel.path, answer);
      await raiseFor(channel.id, ['one']);
      await work();
      const [delivery] = await deliveriesOf(channel.id);
      expect(delivery).toMatchObject({ state: 'pending', attempts: [expected] });
      const waits = Date.parse(delivery?.nextAttemptAt ?? '') - clock.now().getTime();
      expect(waits).toBeGreaterThanOrEqual(5000);
      expect(waits).toBeLessThanOrEqual(6000);
      expect(receiver.at('/elsewhere')).toEqual([]);
    });

    it('should give up on a receiver that does not answer in time, and take a status as the answer when its body stalls', async () => {
      const outbound = api.app.get(Outbound);
      outbound.timeoutMs = 150;
      try {
        const [silent, stalled] = [await newChannel(), await newChannel()];
        receiver.answers.set(silent.path, () => undefined);
        receiver.answers.set(stalled.path, (response) => response.writeHead(200).write('taken'));
        await raiseFor(silent.id, ['one']);
        await raiseFor(stalled.id, ['one']);
        await work();
        expect(await deliveriesOf(silent.id)).toMatchObject([
          { state: 'pending', attempts: [{ status: null, error: 'timeout', answer: 'no answer within 0.15 s' }] },
        ]);
        expect(await deliveriesOf(stalled.id)).toMatchObject([
          { state: 'delivered', attempts: [{ status: 200, error: null, answer: 'taken' }] },
        ]);
      } finally {
        outbound.timeoutMs = 15_000;
      }
    });

    it('should keep no more of an answer than its first 500 bytes', async () => {
      const channel = await newChannel();
      receiver.answers.set(channel.path, status(500, {}, `${'x'.repeat(499)}\u0000${'y'.repeat(1_000_000)}`));
      await raiseFor(channel.id, ['one']);
      await work();
      expect((await deliveriesOf(channel.id))[0]?.attempts[0]?.answer).toBe('x'.repeat(499));
    });

    it('should be dead after ten attempts, listed, and delivered when it is asked for again', async () => {
      const channel = await newChannel();
      receiver.answers.set(channel.path, status(503));
      await raiseFor(channel.id, ['one']);
      await work();
      const delaysMs: number[] = [];
      for (let attempt = 2; attempt <= 10; attempt++) {
        const due = Date.parse((await deliveriesOf(channel.id))[0]?.nextAttemptAt ?? '');
        delaysMs.push(due - clock.now().getTime());
        clock.set(new Date(due));
        await work();
      }
      const plannedMs = [5_000, 300_000, 1_800_000, ...[2, 5, 10, 14, 20, 24].map((hours) => hours * 3_600_000)];
      expect(plannedMs.map((ms, index) => Math.floor((delaysMs[index] ?? 0) / ms))).toEqual(plannedMs.map(() => 1));
      expect(receiver.at(channel.path)).toHaveLength(10);
      const { body } = (await api.call('get', '/deliveries?state=dead', owner.token)) as Answer;
      const [dead] = (body as { data: Delivery[] }).data;
      expect(dead).toMatchObject({ state: 'dead', message: 'one', nextAttemptAt: null });
      expect(dead?.attempts).toHaveLength(10);
      receiver.answers.set(channel.path, accept);
      expect(((await api.call('post', `/deliveries/${dead?.id}/redeliver`, owner.token)) as Answer).status).toBe(202);
      await work();
      expect((await deliveriesOf(channel.id))[0]).toMatchObject({ state: 'delivered' });
      expect(new Set(receiver.at(channel.path).map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    });

    it('should wait as long as Retry-After says, with everything for that receiver', async () => {
      const channel = await newChannel();
      receiver.answers.set(channel.path, status(429, { 'retry-after': '600' }));
      await raiseFor(channel.id, ['one']);
      await work();
      await raiseFor(channel.id, ['two']);
      receiver.answers.set(channel.path, accept);
      await later(9 * MINUTE_MS);
      expect(messagesAt(channel.path)).toEqual(['one']);
      await later(2 * MINUTE_MS);
      expect(messagesAt(channel.path)).toEqual(['one', 'one', 'two']);
    });

    it('should disable the channel on 410, say why, and send nothing of what was waiting', async () => {
      const channel = await newChannel();
      receiver.answers.set(channel.path, status(410));
      await raiseFor(channel.id, ['one', 'two']);
      await work();
      expect(await channelOf(channel.id)).toMatchObject({
        isEnabled: false,
        disabledReason: 'The receiver answered 410: it wants no more messages',
      });
      expect((await deliveriesOf(channel.id)).map(({ state }) => state)).toEqual(['dead', 'dead']);
      expect(receiver.at(channel.path)).toHaveLength(1);
    });

    it('should disable a channel that has failed for five days, and not before', async () => {
      const channel = await newChannel();
      receiver.answers.set(channel.path, status(500, {}, 'broken'));
      await raiseFor(channel.id, ['one']);
      await work();
      await later(4.9 * 1440 * MINUTE_MS);
      expect(await channelOf(channel.id)).toMatchObject({
        isEnabled: true,
        failingSince: expect.any(String) as string,
      });
      await later(0.2 * 1440 * MINUTE_MS);
      expect(await channelOf(channel.id)).toMatchObject({
        isEnabled: false,
        disabledReason: expect.stringMatching(
          /^Every attempt since .* has failed, the last one with: 500 broken$/,
        ) as string,
      });
    });

    it('should tell at once by the other channels of the user that a channel was disabled', async () => {
      const gone = await newChannel({ name: 'Our chat' });
      const told = await newChannel({ digest: 'daily' });
      await call('/channels', { kind: 'in_app' });
      await call('/channels', { kind: 'email', address: 'unconfirmed@shop.example' });
      const foreign = await newChannel({}, other.token);
      await call(`/channels/${(await newChannel()).id}`, { isEnabled: false }, 'patch');
      await work();
      receiver.answers.set(gone.path, status(410));
      await raiseFor(gone.id, ['one', 'two']);
      await work();
      const host = `127.0.0.1:${receiver.port}`;
      const message = `Your webhook “Our chat” (${host}) was disabled. The receiver answered 410: it wants no more messages`;
      expect(receiver.at(told.path).map(({ event }) => event)).toEqual([
        expect.objectContaining({
          type: 'amazon-insights.channel.disabled.v1',
          subject: gone.id,
          data: {
            message,
            channelId: gone.id,
            kind: 'webhook',
            name: 'Our chat',
            target: host,
            reason: 'The receiver answered 410: it wants no more messages',
            disabledAt: clock.now().toISOString(),
          },
        }),
      ]);
      expect(receiver.at(foreign.path)).toEqual([]);
      const rows = await api.postgres.query(
        `SELECT c.kind, d.state FROM delivery d JOIN channel c ON c.id = d.channel_id WHERE d.purpose = 'channel_disabled' ORDER BY 1`,
      );
      expect(rows).toEqual([
        { kind: 'in_app', state: 'delivered' },
        { kind: 'webhook', state: 'delivered' },
      ]);
      expect(await deliveriesOf(told.id)).toMatchObject([{ purpose: 'channel_disabled', alertId: null, message }]);
    });

    it('should say of a disabled channel what to do, also where no other channel can tell', async () => {
      const channel = await newChannel();
      receiver.answers.set(channel.path, status(410));
      await raiseFor(channel.id, ['one']);
      await work();
      expect(await channelOf(channel.id)).toMatchObject({
        nextStep: `PATCH /channels/${channel.id} with isEnabled true enables it again; POST /channels/${channel.id}/redeliver then sends what was given up`,
      });
      expect(await api.postgres.query(`SELECT FROM delivery WHERE channel_id <> $1`, [channel.id])).toEqual([]);
    });

    it('should give up what was planned while its channel was being disabled, and nothing else', async () => {
      const [channel, working] = [await newChannel(), await newChannel()];
      await raiseFor(channel.id, ['one']);
      await raiseFor(working.id, ['two']);
      // As when the alert was planned before the other transaction had ended.
      await api.postgres.query(`UPDATE channel SET is_enabled = false WHERE id = $1`, [channel.id]);
      await api.app.get(Schedules).find('deliver-due')?.run(clock.now());
      await api.app.get(DeliveryWorker).idle();
      expect(await deliveriesOf(channel.id)).toMatchObject([{ state: 'dead', nextAttemptAt: null, attempts: [] }]);
      expect(await deliveriesOf(working.id)).toMatchObject([{ state: 'delivered' }]);
    });

    it('should tell of a disabled channel once, however often the end of its attempt is written down', async () => {
      const [gone, told] = [await newChannel(), await newChannel()];
      receiver.answers.set(gone.path, status(410));
      await raiseFor(gone.id, ['one']);
      const ledger = api.app.get(DeliveryLedger);
      const finish = ledger.finish.bind(ledger);
      const twice = jest.spyOn(ledger, 'finish').mockImplementation(async (...end) => {
        await finish(...end);
        return finish(...end);
      });
      await work();
      twice.mockRestore();
      expect(await deliveriesOf(told.id)).toHaveLength(1);
      expect(receiver.at(told.path)).toHaveLength(1);
    });
  });

  describe('order', () => {
    it('should hold up what comes after a failure in the same product, and nothing of others', async () => {
      const channel = await newChannel();
      const [broken, fine] = [await newProduct(api, owner.token), await newProduct(api, owner.token)];
      receiver.answers.set(channel.path, (response, { event }) => {
        response.writeHead(event.data['message'] === 'b1' ? 500 : 204).end();
      });
      await raiseFor(channel.id, ['b1', 'b2'], broken);
      await raiseFor(channel.id, ['f1', 'f2'], fine);
      await work();
      expect(messagesAt(channel.path)).toEqual(['b1', 'f1', 'f2']);
      const waiting = await deliveriesOf(channel.id, '?state=pending');
      expect(waiting.map(({ message }) => message)).toEqual(['b2', 'b1']);
      expect(waiting[0]?.nextAttemptAt).toBe(waiting[1]?.nextAttemptAt);
      // What comes later waits too.
      await raiseFor(channel.id, ['b3'], broken);
      await work();
      receiver.answers.set(channel.path, accept);
      await later(MINUTE_MS);
      expect(messagesAt(channel.path).slice(3)).toEqual(['b1', 'b2', 'b3']);
    });

    it('should make no second delivery of an alert that is planned again', async () => {
      const channel = await newChannel();
      const ids = await raiseFor(channel.id, ['one']);
      await api.postgres.transaction((sql) => api.app.get(Deliveries).plan(sql, ids));
      await work();
      expect(messagesAt(channel.path)).toEqual(['one']);
    });

    it('should not let a slow receiver delay another, nor take two of its messages at once', async () => {
      const [slow, quick] = [await newChannel(), await newChannel()];
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      receiver.answers.set(slow.path, (response) => void held.then(() => response.writeHead(204).end()));
      await raiseFor(slow.id, ['s1']);
      await raiseFor(slow.id, ['s2']);
      await raiseFor(quick.id, ['q1', 'q2', 'q3']);
      const worker = api.app.get(DeliveryWorker);
      worker.wake();
      await eventually(() => Promise.resolve(receiver.at(quick.path).length === 3), 'the quick receiver');
      expect(messagesAt(slow.path)).toEqual(['s1']);
      release();
      await worker.idle();
      expect(messagesAt(slow.path)).toEqual(['s1', 's2']);
    });
  });

  describe('leases', () => {
    it('should leave a channel that another worker holds alone, and take it over when that worker is lost', async () => {
      const channel = await newChannel();
      await raiseFor(channel.id, ['one']);
      const ledger = api.app.get(DeliveryLedger);
      const [lost] = await ledger.claim(10, true);
      expect(lost?.id).toBe(channel.id);
      await work();
      expect(receiver.at(channel.path)).toEqual([]);
      await later(MINUTE_MS + 1);
      expect(messagesAt(channel.path)).toEqual(['one']);
      expect(lost && (await ledger.take(lost))).toBeNull();
    });

    it.each(['before', 'after'])(
      'should not deliver twice where the database is lost %s it is written down',
      async (when) => {
        const channel = await newChannel();
        await raiseFor(channel.id, ['one']);
        const ledger = api.app.get(DeliveryLedger);
        const finish = ledger.finish.bind(ledger);
        jest.spyOn(ledger, 'finish').mockImplementationOnce(async (...written) => {
          if (when === 'after') await finish(...written);
          throw new Error('Connection terminated unexpectedly');
        });
        await work();
        await later(2 * MINUTE_MS);
        expect(messagesAt(channel.path)).toEqual(['one']);
        expect(await deliveriesOf(channel.id)).toMatchObject([{ state: 'delivered', attempts: [{ status: 204 }] }]);
      },
    );

    it('should not deliver twice while two workers look at once', async () => {
      const channels = [await newChannel(), await newChannel(), await newChannel()];
      for (const { id } of channels) await raiseFor(id, ['1', '2', '3', '4', '5']);
      const second = new DeliveryWorker(api.app.get(DeliveryLedger), api.app.get(Sender), api.app.get(DeliveryMetrics));
      second.wake();
      await work();
      await second.idle();
      for (const { path } of channels) expect(messagesAt(path)).toEqual(['1', '2', '3', '4', '5']);
    });
  });

  describe('digests', () => {
    it('should send the alerts of a day together at the hour of the time zone, also over a change of clocks', async () => {
      // Clocks in Berlin go back on 25 October 2026: 8:00 is 6:00 UTC before and 7:00 UTC after.
      clock.set('2026-10-24T07:00:00Z');
      const channel = await newChannel({ digest: 'daily', digestHour: 8, timeZone: 'Europe/Berlin' });
      await raiseFor(channel.id, ['one', 'two'], await newProduct(api, owner.token, { tags: ['kitchen'] }));
      clock.set('2026-10-25T06:30:00Z');
      await raiseFor(channel.id, ['three'], await newProduct(api, owner.token));
      await work();
      expect(receiver.at(channel.path)).toEqual([]);
      clock.set('2026-10-25T07:00:00Z');
      await work();
      const [digest, ...more] = receiver.at(channel.path);
      expect(more).toEqual([]);
      expect(digest?.event).toMatchObject({
        type: 'amazon-insights.alert.digest.v1',
        data: {
          groups: [
            { tag: 'kitchen', alerts: [{ message: 'one' }, { message: 'two' }] },
            { tag: null, alerts: [{ message: 'three' }] },
          ],
        },
      });
      const deliveries = await deliveriesOf(channel.id);
      expect(deliveries.map(({ state }) => state)).toEqual(['delivered', 'delivered', 'delivered']);
      expect(new Set(deliveries.map(({ digestId }) => digestId))).toEqual(new Set([digest?.headers['webhook-id']]));
    });

    it('should try a digest again as it was, and send later alerts by another', async () => {
      clock.set('2026-11-24T12:10:00Z');
      const channel = await newChannel({ digest: 'hourly' });
      receiver.answers.set(channel.path, status(500));
      await raiseFor(channel.id, ['one']);
      clock.set('2026-11-24T12:59:59Z');
      await raiseFor(channel.id, ['two']);
      await work();
      expect(receiver.at(channel.path)).toEqual([]);
      clock.set('2026-11-24T13:00:00Z');
      await work();
      receiver.answers.set(channel.path, accept);
      await raiseFor(channel.id, ['three']);
      clock.set('2026-11-24T14:00:00Z');
      await work();
      const [first, again, other] = receiver.at(channel.path);
      expect(again?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
      expect(again?.body).toBe(first?.body);
      expect(other?.event.data).toMatchObject({ groups: [{ alerts: [{ message: 'three' }] }] });
    });

    it('should send what waits for a digest at once when the channel is changed to that', async () => {
      const channel = await newChannel({ digest: 'daily' });
      await raiseFor(channel.id, ['one']);
      await api.call('patch', `/channels/${channel.id}`, owner.token).send({ digest: 'at_once' });
      await work();
      expect(messagesAt(channel.path)).toEqual(['one']);
    });

    it.each([
      ['its name', { name: 'Our chat' }],
      ['the digest that it has', { digest: 'daily', digestHour: 8, timeZone: 'UTC' }],
      ['the hour of the digest', { digestHour: 9 }],
    ])('should not be put off when it is due and the channel is given %s', async (_what, change) => {
      const channel = await newChannel({ digest: 'daily', digestHour: 8 });
      await raiseFor(channel.id, ['one']);
      clock.set(new Date(clock.now().getTime() + 1441 * MINUTE_MS));
      await api.call('patch', `/channels/${channel.id}`, owner.token).send(change).expect(200);
      await work();
      expect(receiver.at(channel.path)).toHaveLength(1);
    });
  });

  describe('the user', () => {
    it('should see how a test went, which is tried once', async () => {
      const channel = await newChannel();
      receiver.answers.set(channel.path, status(404, {}, 'no such hook'));
      const { status: code, body } = (await api.call('post', `/channels/${channel.id}/test`, owner.token)) as Answer;
      expect(code).toBe(202);
      await work();
      expect(await deliveriesOf(channel.id)).toMatchObject([
        {
          id: (body as { deliveryId: string }).deliveryId,
          alertId: null,
          state: 'dead',
          attempts: [{ status: 404, error: 'status', answer: 'no such hook' }],
        },
      ]);
      expect(receiver.at(channel.path)[0]?.event.type).toBe('amazon-insights.channel.test.v1');
    });

    it('should get again what is dead since a time, in the old order, and on demand what was delivered too', async () => {
      const channel = await newChannel();
      const product = await newProduct(api, owner.token);
      await raiseFor(channel.id, ['before'], product);
      await work();
      clock.advance(60);
      const since = clock.now().toISOString();
      await raiseFor(channel.id, ['one'], product);
      await work();
      await raiseFor(channel.id, ['two', 'three'], product);
      await api.postgres.query(
        `UPDATE delivery SET state = 'dead', next_attempt_at = NULL, finished_at = now() WHERE state = 'pending'`,
      );
      const redeliver = async (query: string) =>
        ((await api.call('post', `/channels/${channel.id}/redeliver?${query}`, owner.token)) as Answer).body;
      expect(await redeliver(`since=${since}`)).toEqual({ deliveries: 2 });
      await work();
      expect(messagesAt(channel.path)).toEqual(['before', 'one', 'two', 'three']);
      expect(await redeliver(`since=${since}&all=true`)).toEqual({ deliveries: 3 });
      await work();
      expect(messagesAt(channel.path).slice(4)).toEqual(['one', 'two', 'three']);
    });

    it('should send nothing more after disabling a channel, nor what waited once it is enabled again', async () => {
      const channel = await newChannel();
      await raiseFor(channel.id, ['one']);
      await api.call('patch', `/channels/${channel.id}`, owner.token).send({ isEnabled: false });
      await raiseFor(channel.id, ['two']);
      const test = (await api.call('post', `/channels/${channel.id}/test`, owner.token)) as Answer;
      expect(test.status).toBe(409);
      await api.call('patch', `/channels/${channel.id}`, owner.token).send({ isEnabled: true });
      await work();
      expect(receiver.at(channel.path)).toEqual([]);
      expect(await deliveriesOf(channel.id)).toMatchObject([{ message: 'one', state: 'dead' }]);
    });

    it('should be told by every channel where the rule names none, and by no channel of others', async () => {
      const [first, second] = [await newChannel(), await newChannel()];
      const inApp = (await api.call('post', '/channels', owner.token).send({ kind: 'in_app' })) as Answer;
      const foreign = (await api
        .call('post', '/channels', other.token)
        .send({ kind: 'webhook', url: `http://127.0.0.1:${receiver.port}/foreign` })) as Answer;
      expect(foreign.status).toBe(201);
      const ruleId = await newRule(api, owner.userId);
      await raise(api, [
        { userId: owner.userId, ruleId, productId: await newProduct(api, owner.token), message: 'all' },
      ]);
      await work();
      expect([messagesAt(first.path), messagesAt(second.path), messagesAt('/foreign')]).toEqual([['all'], ['all'], []]);
      expect(await deliveriesOf((inApp.body as { id: string }).id)).toMatchObject([
        { state: 'delivered', message: 'all', attempts: [] },
      ]);
    });

    it('should be sent nothing while the account is inactive', async () => {
      const channel = await newChannel();
      await raiseFor(channel.id, ['one']);
      const activate = (isActive: boolean) =>
        api.postgres.query('UPDATE app_user SET is_active = $2 WHERE id = $1', [owner.userId, isActive]);
      await activate(false);
      await work();
      expect(receiver.at(channel.path)).toEqual([]);
      await activate(true);
      await work();
      expect(messagesAt(channel.path)).toEqual(['one']);
    });

    it('should page through deliveries, the latest first', async () => {
      const channel = await newChannel({ digest: 'daily' });
      await raiseFor(channel.id, ['one', 'two', 'three']);
      const pages: (string | null)[][] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const { body } = (await api.call(
          'get',
          `/channels/${channel.id}/deliveries?page[size]=2${cursor === '' ? '' : `&page[cursor]=${cursor}`}`,
          owner.token,
        )) as Answer;
        const { data, page } = body as { data: Delivery[]; page: { next: string | null } };
        pages.push(data.map(({ message }) => message));
        cursor = page.next;
      }
      expect(pages).toEqual([['three', 'two'], ['one']]);
    });
  });

  describe('somebody else', () => {
    it.each([
      ['patch', (id: string) => `/channels/${id}`],
      ['delete', (id: string) => `/channels/${id}`],
      ['post', (id: string) => `/channels/${id}/test`],
      ['post', (id: string) => `/channels/${id}/rotate-secret`],
      ['post', (id: string) => `/channels/${id}/redeliver?since=2026-01-01`],
      ['get', (id: string) => `/channels/${id}/deliveries`],
    ] as const)('should get 404 from %s %s', async (method, pathOf) => {
      const { id } = await newChannel();
      const call = api.call(method, pathOf(id), other.token);
      const { status: code } = (await (method === 'patch' ? call.send({ name: 'mine' }) : call)) as Answer;
      expect(code).toBe(404);
      expect(await channelOf(id)).toMatchObject({ name: null, previousSecretUntil: null });
      expect(await deliveriesOf(id)).toEqual([]);
    });

    it('should neither see nor redeliver a delivery, nor see a channel', async () => {
      const channel = await newChannel();
      await raiseFor(channel.id, ['one']);
      await work();
      const [delivery] = await deliveriesOf(channel.id);
      const redelivered = (await api.call('post', `/deliveries/${delivery?.id}/redeliver`, other.token)) as Answer;
      expect(redelivered.status).toBe(404);
      await work();
      expect(messagesAt(channel.path)).toEqual(['one']);
      expect(((await api.call('get', '/deliveries', other.token)) as Answer).body).toMatchObject({ data: [] });
      expect(((await api.call('get', '/channels', other.token)) as Answer).body).toEqual({ data: [] });
    });
  });
});
