import { Evaluation } from '../../src/alerts/engine/evaluation.service';
import { Recorder } from '../../src/price-history/recorder';
import { Answer, startTestApp, TestApp } from '../support/app';
import { newProduct } from '../support/alerts';
import { FixedClock } from '../support/clock';
import { ScriptedSource } from '../support/scripted-source';

describe('workers that look at readings', () => {
  let api: TestApp;
  const clock = new FixedClock();

  beforeAll(async () => {
    api = await startTestApp({ sources: [new ScriptedSource()], clock, env: { DATABASE_POOL_SIZE: '2' } });
  });
  afterAll(() => api.close());

  it('should not wait for each other where there are more of them than connections', async () => {
    const { token } = await api.login('owner');
    for (let count = 0; count < 4; count++) await newProduct(api, token);
    const conditions = [{ kind: 'falls', metric: 'price' }];
    const { status } = (await api.call('post', '/alert-rules', token).send({ conditions })) as Answer;
    expect(status).toBe(201);
    const listings = await api.postgres.query<{ id: number; asin: string }>(`SELECT id, asin FROM listing`);
    for (const price of [2000, 1000]) {
      clock.advance(30);
      const reading = {
        marketplace: 'US',
        source: 'keepa',
        observedAt: clock.now(),
        values: { price },
        facts: {},
      } as const;
      await api.app.get(Recorder).record(
        'keepa',
        listings.map(({ id, asin }) => ({ listingId: id, result: 'ok', reading: { ...reading, asin } })),
      );
    }
    const made = await Promise.all(listings.map(({ id }) => api.app.get(Evaluation).evaluate([id])));
    expect(made).toEqual([1, 1, 1, 1]);
  });
});
