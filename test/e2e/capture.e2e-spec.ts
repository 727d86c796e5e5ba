import { SourceError } from '../../src/marketplace-data/source-error';
import { Answer, startTestApp, TestApp } from '../support/app';
import { eventually } from '../support/polling';
import { reading, ScriptedSource } from '../support/scripted-source';

interface Product {
  id: string;
  tracking: { state: string; lastCheckedAt: string | null; lastResult: string | null; nextCheckAt: string | null };
  current: { price: { value: { amount: string } | null; confirmedUntil: string } | null };
}

/** From a user's request to the source and back, with the worker running. */
describe('capture', () => {
  let api: TestApp;
  let first: { token: string };
  let second: { token: string };
  let asins = 0;
  const source = new ScriptedSource();

  beforeAll(async () => {
    api = await startTestApp({
      // Nothing but requests makes listings due.
      env: { ROLES: 'api,worker', REFRESH_CRON: '0 0 1 1 *', RETRY_DELAY_SECONDS: '1' },
      sources: [source],
    });
    first = await api.login('first');
    second = await api.login('second');
  });
  afterAll(() => api.close());
  beforeEach(async () => {
    // The failures of one test must not keep the source from being asked in the next.
    await api.postgres.query('TRUNCATE source_health');
    source.calls.length = 0;
    source.before = () => undefined;
    source.answer = (asin) => reading(asin, new Date(), { price: 1599 });
  });

  const newAsin = () => `B0${String(++asins).padStart(8, '0')}`;
  const track = async (user: { token: string }, asin: string) =>
    ((await api.call('post', '/products', user.token).send({ asin })).body as Product).id;
  const get = async (user: { token: string }, id: string) =>
    ((await api.call('get', `/products/${id}`, user.token)) as Answer).body as Product;
  const productWhen = (user: { token: string }, id: string, condition: (product: Product) => boolean) =>
    eventually(async () => {
      const product = await get(user, id);
      return condition(product) && product;
    }, `product ${id}`);
  const checked = (user: { token: string }, id: string) =>
    productWhen(user, id, ({ tracking }) => tracking.lastCheckedAt !== null);
  /** As it is when the last check was ten minutes ago. */
  const age = (id: string) =>
    api.postgres.query(
      `UPDATE listing_state s SET checked_at = checked_at - interval '10 minutes'
       FROM product p WHERE p.id = $1 AND s.listing_id = p.listing_id`,
      [id],
    );
  const refresh = async (user: { token: string }, id: string) =>
    (await api.call('post', `/products/${id}/refresh`, user.token)) as Answer;

  it('should fetch a listing that two users track once, and show its reading to both', async () => {
    const asin = newAsin();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    source.before = () => held;
    const [one, two] = [await track(first, asin), await track(second, asin)];
    release();
    const products = [await checked(first, one), await checked(second, two)];
    expect(products.map(({ current }) => current.price?.value?.amount)).toEqual(['15.99', '15.99']);
    expect(source.calls.flatMap((call) => call.asins)).toEqual([asin]);
  });

  it('should not ask again within five minutes of a check', async () => {
    const id = await track(first, newAsin());
    const { tracking } = await checked(first, id);
    const { status, body } = await refresh(first, id);
    expect([status, body]).toEqual([202, { queued: false, lastCheckedAt: tracking.lastCheckedAt }]);
    expect(source.calls).toHaveLength(1);
  });

  it('should ask again on request later', async () => {
    const earlier = new Date(Date.now() - 600_000);
    source.answer = (asin) => reading(asin, earlier, { price: 1599 });
    const id = await track(first, newAsin());
    await checked(first, id);
    await age(id);
    source.answer = (asin) => reading(asin, new Date(), { price: 1799 });
    expect((await refresh(first, id)).body).toMatchObject({ queued: true });
    const product = await productWhen(first, id, ({ current }) => current.price?.value?.amount === '17.99');
    expect(product.tracking.state).toBe('ok');
  });

  it('should not ask about a product that is paused', async () => {
    const id = await track(first, newAsin());
    await checked(first, id);
    await api.call('patch', `/products/${id}`, first.token).send({ isActive: false });
    const { status } = await refresh(first, id);
    const { tracking } = await get(first, id);
    expect([status, tracking.state, tracking.nextCheckAt]).toEqual([409, 'paused', null]);
  });

  it('should keep the last good values through a failed check, and say that it failed', async () => {
    const id = await track(first, newAsin());
    const before = await checked(first, id);
    await age(id);
    source.before = () => {
      throw new SourceError('auth_failed', 'the key is refused');
    };
    await refresh(first, id);
    const after = await productWhen(first, id, ({ tracking }) => tracking.state === 'failing');
    expect(after.tracking.lastResult).toBe('upstream_error');
    expect(after.current).toEqual(before.current);
  });

  it('should tell a listing without an offer from one that could not be read', async () => {
    source.answer = (asin) => reading(asin, new Date(), { price: null });
    const product = await checked(first, await track(first, newAsin()));
    expect([product.tracking.state, product.tracking.lastResult]).toEqual(['ok', 'no_offer']);
    expect(product.current.price).toBeNull();
  });

  it('should tell a listing that is gone', async () => {
    source.answer = (asin) => ({ asin, result: 'gone', detail: 'Amazon does not know it' });
    const product = await checked(first, await track(first, newAsin()));
    expect([product.tracking.state, product.current.price]).toEqual(['gone', null]);
  });

  it('should not let a user refresh a product of somebody else', async () => {
    const id = await track(first, newAsin());
    expect((await refresh(second, id)).status).toBe(404);
  });

  it.each(['/admin/jobs', '/admin/schedules'])('should show %s to admins only', async (path) => {
    expect((await api.call('get', path, first.token)).status).toBe(403);
  });
});

describe('capture without a source', () => {
  let api: TestApp;
  beforeAll(async () => {
    api = await startTestApp({ sources: [] });
  });
  afterAll(() => api.close());

  it('should say that no source can read a listing rather than wait for one', async () => {
    const { token } = await api.login('seller');
    const { body } = (await api.call('post', '/products', token).send({ asin: 'B000000001' })) as Answer;
    const product = body as Product;
    const refused = (await api.call('post', `/products/${product.id}/refresh`, token)) as Answer;
    expect([product.tracking.state, refused.status, (refused.body as { errorCode: string }).errorCode]).toEqual([
      'no_source',
      409,
      'no_source',
    ]);
  });
});
