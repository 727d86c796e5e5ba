import { Webhook } from 'standardwebhooks';
import { DeliveryWorker } from '../../src/alerts/delivery/delivery-worker';
import { newProduct, newRule, raise } from '../support/alerts';
import { Answer, startTestApp, TestApp } from '../support/app';
import { FixedClock } from '../support/clock';
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
  async function newChannel(more: object = {}): Promise<{ id: string; path: string; secret: string }> {
    const path = `/hook/${++paths}`;
    const { body, status: code } = (await api
      .call('post', '/channels', owner.token)
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
  });
});
