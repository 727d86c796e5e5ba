import { DEMO_LOGIN, ensureDemo } from '../../src/demo';
import { Answer, startTestApp, TestApp } from '../support/app';
import { eventually } from '../support/polling';

interface Product {
  id: string;
  asin: string;
  source: string | null;
  simulated: boolean;
  tracking: { state: string };
}

describe('demo of an empty database', () => {
  let api: TestApp;
  let token: string;
  let products: Product[];

  const list = async () => ((await api.call('get', '/products', token)).body as { data: Product[] }).data;

  beforeAll(async () => {
    api = await startTestApp({ env: { ROLES: 'api,worker', SANDBOX: 'true' } });
    await ensureDemo(api.app);
    const login = await api.call('post', '/auth/token').type('form').send(DEMO_LOGIN);
    token = (login.body as { accessToken: string }).accessToken;
    products = await eventually(async () => {
      const found = await list();
      return found.length > 0 && found.every(({ tracking }) => tracking.state === 'ok') && found;
    }, 'readings of all demo listings');
  }, 60_000);
  afterAll(() => api.close());

  it('should track a handful of simulated listings', () => {
    expect(products.map(({ asin, source, simulated }) => [asin, source, simulated]).sort()).toEqual(
      ['B0SIMA0001', 'B0SIMA0002', 'B0SIMB0003', 'B0SIMC0005', 'B0SIMG0006', 'B0SIMH0004'].map((asin) => [
        asin,
        'sandbox',
        true,
      ]),
    );
  });

  it('should come with a year of history, labelled as simulated', async () => {
    const [product] = products;
    const { body } = (await api.call(
      'get',
      `/products/${product?.id ?? ''}/price-history?from=2000-01-01T00:00:00Z&metrics=bsr`,
      token,
    )) as Answer;
    const { series, ...head } = body as {
      series: { bsr: { points: [number, number][]; sources: string[] } };
      source: string;
      simulated: boolean;
    };
    const { points, sources } = series.bsr;
    const days = ((points.at(-1)?.[0] ?? 0) - (points[0]?.[0] ?? 0)) / 86_400_000;
    expect(Math.round(days)).toBe(365);
    expect([sources, head.source, head.simulated]).toEqual([['sandbox'], 'sandbox', true]);
  });

  it.each(['price-history/stats', 'checks'])('should be labelled in %s too', async (path) => {
    const { text } = await api.call('get', `/products/${products[0]?.id ?? ''}/${path}`, token);
    expect(text).toContain('"source":"sandbox"');
  });

  it('should find simulated rivals, labelled as such, by the simulated source', async () => {
    const { id } = products.find(({ asin }) => asin === 'B0SIMC0005') ?? { id: '' };
    await api.call('post', `/products/${id}/competitors/discover`, token).send({});
    const { data, discovery } = await eventually(async () => {
      const { body } = (await api.call('get', `/products/${id}/competitors`, token)) as Answer;
      const listed = body as {
        data: { asin: string; simulated: boolean; foundBy: string[]; price: unknown }[];
        discovery: { state: string; sources: { source: string; outcome: string }[] } | null;
      };
      return listed.discovery?.state === 'finished' && listed;
    }, 'the discovery');
    expect(data.map(({ asin }) => asin).sort()).toEqual(
      [1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12].map((place) => `B0SIMC${String(place).padStart(4, '0')}`),
    );
    expect(
      data.every(({ simulated, foundBy, price }) => simulated && price === null && foundBy[0]?.startsWith('sandbox:')),
    ).toBe(true);
    expect(discovery?.sources.filter(({ outcome }) => outcome === 'searched').map(({ source }) => source)).toEqual([
      'known-listings',
      'sandbox',
      'sandbox',
    ]);
  });

  it('should be made once', async () => {
    await ensureDemo(api.app);
    expect(await list()).toHaveLength(products.length);
  });
});
