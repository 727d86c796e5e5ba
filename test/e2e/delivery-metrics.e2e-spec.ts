import request from 'supertest';
import { DeliveryWorker } from '../../src/alerts/delivery/delivery-worker';
import { Evaluation } from '../../src/alerts/engine/evaluation.service';
import { Recorder } from '../../src/price-history/recorder';
import { newProduct, newRule, raise } from '../support/alerts';
import { Answer, startTestApp, TestApp } from '../support/app';
import { FixedClock } from '../support/clock';
import { ScriptedSource } from '../support/scripted-source';
import { status, WebhookReceiver } from '../support/webhook-receiver';

describe('metrics of alerts', () => {
  const clock = new FixedClock();
  let api: TestApp;
  let receiver: WebhookReceiver;
  let owner: { userId: string; token: string };

  beforeEach(async () => {
    receiver = await WebhookReceiver.start();
    api = await startTestApp({
      sources: [new ScriptedSource()],
      clock,
      env: { ALLOWED_PRIVATE_RANGES: '127.0.0.0/8', OUTBOUND_PORTS: String(receiver.port) },
    });
    owner = await api.login('owner');
  });
  afterEach(async () => {
    await api.close();
    await receiver.stop();
  });

  const newChannel = async (path: string) => {
    const { body } = (await api
      .call('post', '/channels', owner.token)
      .send({ kind: 'webhook', url: `http://127.0.0.1:${receiver.port}${path}` })) as Answer;
    return (body as { id: string }).id;
  };
  const work = async () => {
    const worker = api.app.get(DeliveryWorker);
    worker.wake();
    await worker.idle();
  };
  /** Lines without the buckets of histograms. */
  const lines = async () => {
    const { text } = (await request(api.url).get('/metrics')) as Answer & { text: string };
    return text.split('\n').filter((line) => /^aip_(alerts|deliver|dead|waiting)/.test(line) && !/_bucket/.test(line));
  };

  it('should count an alert from a reading to its arrival', async () => {
    await newChannel('/taken');
    const productId = await newProduct(api, owner.token);
    const conditions = [{ kind: 'falls', metric: 'price' }];
    await api.call('post', `/products/${productId}/alert-rules`, owner.token).send({ conditions });
    const [listing] = await api.postgres.query<{ id: number; asin: string }>('SELECT id, asin FROM listing');
    const { id = 0, asin = '' } = listing ?? {};
    for (const price of [2000, 1500]) {
      clock.advance(30);
      const reading = {
        asin,
        marketplace: 'US' as const,
        source: 'keepa' as const,
        observedAt: clock.now(),
        values: { price },
        facts: {},
      };
      await api.app.get(Recorder).record('keepa', [{ listingId: id, result: 'ok', reading }]);
      await api.app.get(Evaluation).evaluate([id]);
    }
    expect(await lines()).toEqual(
      expect.arrayContaining(['aip_alerts_total 1', 'aip_waiting_deliveries{state="due"} 1']),
    );
    await work();
    expect(receiver.at('/taken')).toHaveLength(1);
    expect(await lines()).toEqual([
      'aip_alerts_total 1',
      expect.stringMatching(
        /^aip_delivery_attempt_duration_seconds_sum\{channel="webhook",outcome="delivered"\} 0\.\d+$/,
      ),
      'aip_delivery_attempt_duration_seconds_count{channel="webhook",outcome="delivered"} 1',
      expect.stringMatching(/^aip_delivery_latency_seconds_sum\{channel="webhook"\} 0\.\d+$/),
      'aip_delivery_latency_seconds_count{channel="webhook"} 1',
      'aip_dead_deliveries_total{channel="webhook"} 0',
      'aip_waiting_deliveries{state="due"} 0',
      'aip_waiting_deliveries{state="later"} 0',
    ]);
  });

  it('should tell what failed, what waits for another attempt, and all that was given up', async () => {
    const [failing, gone] = [await newChannel('/failing'), await newChannel('/gone')];
    receiver.answers.set('/failing', status(500));
    receiver.answers.set('/gone', status(410));
    const productId = await newProduct(api, owner.token);
    for (const [channelId, messages] of [
      [failing, ['one']],
      [gone, ['one', 'two', 'three']],
    ] as const) {
      const ruleId = await newRule(api, owner.userId, { channelIds: [channelId] });
      await raise(
        api,
        messages.map((message) => ({ userId: owner.userId, ruleId, productId, message })),
      );
    }
    await work();
    // The failing one is also to tell that the other was disabled.
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'aip_delivery_attempt_duration_seconds_count{channel="webhook",outcome="status"} 2',
        'aip_delivery_attempt_duration_seconds_count{channel="webhook",outcome="gone"} 1',
        'aip_dead_deliveries_total{channel="webhook"} 3',
        'aip_waiting_deliveries{state="due"} 0',
        'aip_waiting_deliveries{state="later"} 2',
      ]),
    );
  });
});
