import { Evaluation } from '../../src/alerts/engine/evaluation.service';
import { Recorder } from '../../src/price-history/recorder';
import { newProduct } from '../support/alerts';
import { Answer, startTestApp, TestApp } from '../support/app';
import { FixedClock } from '../support/clock';
import { lockWaiters } from '../support/locks';
import { eventually } from '../support/polling';
import { ScriptedSource } from '../support/scripted-source';

describe('what is deleted while its readings are looked at', () => {
  let api: TestApp;
  let owner: { userId: string; token: string };
  const clock = new FixedClock();

  beforeAll(async () => {
    api = await startTestApp({ sources: [new ScriptedSource()], clock });
    owner = await api.login('owner');
  });
  afterAll(() => api.close());

  /** A product whose price fell, and the rule that is to tell it. */
  async function fallen(): Promise<{ product: string; rule: string; listingId: number }> {
    const product = await newProduct(api, owner.token);
    const { body } = (await api
      .call('post', `/products/${product}/alert-rules`, owner.token)
      .send({ conditions: [{ kind: 'falls', metric: 'price' }] })) as Answer & { body: { id: string } };
    const [listing] = await api.postgres.query<{ id: number; asin: string }>(
      `SELECT l.id, l.asin FROM listing l JOIN product p ON p.listing_id = l.id WHERE p.id = $1`,
      [product],
    );
    const { id: listingId, asin } = listing ?? { id: 0, asin: '' };
    for (const price of [2000, 1000]) {
      // The rule has looked at the product before: nothing is inserted for the two that would hold them by itself.
      await api.app.get(Evaluation).evaluate([listingId]);
      clock.advance(30);
      const facts = { asin, marketplace: 'US', source: 'keepa', observedAt: clock.now(), facts: {} } as const;
      await api.app
        .get(Recorder)
        .record('keepa', [{ listingId, result: 'ok', reading: { ...facts, values: { price } } }]);
    }
    return { product, rule: body.id, listingId };
  }

  const waiting = (count: number) =>
    eventually(async () => (await lockWaiters(api.postgres)) === count, `${count} that wait for a lock`);

  /** Looks at the listing, and deletes while the alert is being written. */
  async function deleteMeanwhile(listingId: number, path: string): Promise<[alerts: number, status: number]> {
    let evaluating: Promise<number> | undefined;
    let deleting: Promise<Answer> | undefined;
    await api.postgres.transaction(async (sql) => {
      await sql.query('LOCK TABLE alert IN SHARE MODE');
      evaluating = api.app.get(Evaluation).evaluate([listingId]);
      await waiting(1);
      deleting = api.call('delete', path, owner.token).then((answer) => answer as Answer);
      await waiting(2);
    });
    return [(await evaluating) ?? 0, (await deleting)?.status ?? 0];
  }

  it('should be told before: a product, which takes its alerts along', async () => {
    const { product, listingId } = await fallen();
    expect(await deleteMeanwhile(listingId, `/products/${product}`)).toEqual([1, 204]);
    expect(await api.postgres.query(`SELECT FROM alert WHERE product_id = $1`, [product])).toEqual([]);
  });

  it('should be told before: a rule, whose alerts stay', async () => {
    const { product, rule, listingId } = await fallen();
    expect(await deleteMeanwhile(listingId, `/alert-rules/${rule}`)).toEqual([1, 204]);
    expect(await api.postgres.query(`SELECT rule_id FROM alert WHERE product_id = $1`, [product])).toEqual([
      { rule_id: null },
    ]);
  });
});
