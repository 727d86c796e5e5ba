import { Answer, startTestApp, TestApp } from '../support/app';
import { describeOnEachBackend, World } from '../support/backends';
import { FixedClock } from '../support/clock';
import { eventually } from '../support/polling';
import { reading, ScriptedSource } from '../support/scripted-source';
import { WebhookReceiver } from '../support/webhook-receiver';

/** No schedule runs: what is told is told by the reading. */
describeOnEachBackend('a competitor’s reading', (newWorld) => {
  let world: World;
  let api: TestApp;
  let receiver: WebhookReceiver;
  const source = new ScriptedSource();
  const clock = new FixedClock(new Date());
  const [own, theirs] = ['B000000001', 'B000000002'];

  beforeAll(async () => {
    world = await newWorld();
    receiver = await WebhookReceiver.start();
    api = await startTestApp({
      databaseUrl: world.database.url,
      env: {
        ...world.env,
        ROLES: 'api,worker',
        ALLOWED_PRIVATE_RANGES: '127.0.0.0/8',
        OUTBOUND_PORTS: String(receiver.port),
      },
      sources: [source],
      clock,
    });
  });
  afterAll(async () => {
    await api.close();
    await receiver.stop();
    await world.remove();
  });

  it('should be told at once to who competes with it, whoever had it read', async () => {
    const [seller, competitor] = [await api.login('seller'), await api.login('competitor')];
    const post = async (user: { token: string }, path: string, body: object) =>
      ((await api.call('post', path, user.token).send(body)) as Answer).body as { id: string };
    source.answer = (asin) => reading(asin, clock.now(), { price: 2000 });
    const [product, foreign] = [
      await post(seller, '/products', { asin: own }),
      await post(competitor, '/products', { asin: theirs }),
    ];
    await post(seller, `/products/${product.id}/competitors`, { asin: theirs });
    await post(seller, '/channels', { kind: 'webhook', url: `http://127.0.0.1:${receiver.port}/seller` });
    await post(competitor, '/channels', { kind: 'webhook', url: `http://127.0.0.1:${receiver.port}/competitor` });
    await eventually(async () => {
      const rows = await api.postgres.query(`SELECT FROM listing_state WHERE checked_at IS NOT NULL`);
      return rows.length === 2;
    }, 'the first checks');
    clock.advance(120);
    for (const user of [seller, competitor]) await post(user, '/alert-rules', { conditions: [{ kind: 'undercut' }] });
    clock.advance(10);
    source.answer = (asin) => reading(asin, clock.now(), { price: 1500 });
    await api.call('post', `/products/${foreign.id}/refresh`, competitor.token);
    const [told] = await eventually(() => {
      const all = receiver.at('/seller');
      return Promise.resolve(all.length > 0 && all);
    }, 'the webhook');
    expect(told?.event).toMatchObject({
      subject: product.id,
      data: { evidence: [{ value: 2000, baseline: 1500, competitor: { asin: theirs } }] },
    });
    expect(receiver.at('/competitor')).toEqual([]);
  });
});
