import { Marketplace } from '../../src/common/marketplace';
import { Answer, startTestApp, TestApp } from '../support/app';
import { ROBOT_CHECK } from '../support/amazon-page';
import { FIRECRAWL_KEY, FirecrawlServer } from '../support/firecrawl-server';
import { describeWithFixtures, readFixture } from '../support/fixtures';
import { KEEPA_KEY, keepaMinute, keepaProduct, KeepaServer } from '../support/keepa-server';
import { eventually } from '../support/polling';
import { SP_API_CREDENTIALS, SpApiServer } from '../support/sp-api-server';

interface Line {
  source: string;
  way: string | null;
  outcome: string;
  hits: number | null;
  detail: string | null;
}
interface Listed {
  data: { asin: string; title: string; status: string; foundBy: string[] }[];
  discovery: { state: string; finishedAt: string | null; terms: string | null; sources: Line[] } | null;
}

const US = 'ATVPDKIKX0DER';
const PATH = ['Home', 'Kettles'];
const LATELY = keepaMinute(new Date(Date.now() - 3_600_000));

/** The program with its worker, against local servers that speak each vendor's protocol. */
describe('discovery at the vendors', () => {
  let api: TestApp;
  let user: { token: string };
  let keepa: KeepaServer;
  let firecrawl: FirecrawlServer;
  let spApi: SpApiServer;
  let asins = 0;
  let similar: string[];
  let catalog: object[];

  beforeAll(async () => {
    [keepa, firecrawl, spApi] = await Promise.all([KeepaServer.start(), FirecrawlServer.start(), SpApiServer.start()]);
    api = await startTestApp({
      env: {
        ROLES: 'api,worker',
        REFRESH_CRON: '0 0 1 1 *',
        DISCOVERY_CRON: '0 0 1 1 *',
        KEEPA_API_KEY: KEEPA_KEY,
        KEEPA_BASE_URL: keepa.url,
        FIRECRAWL_API_KEY: FIRECRAWL_KEY,
        FIRECRAWL_BASE_URL: firecrawl.url,
        SP_API_CLIENT_ID: SP_API_CREDENTIALS.clientId,
        SP_API_CLIENT_SECRET: SP_API_CREDENTIALS.clientSecret,
        SP_API_REFRESH_TOKEN_NA: SP_API_CREDENTIALS.refreshToken,
        SP_API_BASE_URL: spApi.url,
        SP_API_LWA_URL: `${spApi.url}/auth/o2/token`,
      },
    });
    user = await api.login('seller');
    spApi.rateLimit = '1000';
    spApi.respond = ({ path, query }, response) => {
      if (path.endsWith('/competitiveSummary')) {
        const body = { marketplaceId: US, similarItems: [{ items: similar.map((asin) => ({ asin })) }] };
        return spApi.send(response, 200, { responses: [{ status: { statusCode: 200 }, body }] });
      }
      const asked = query['identifiers']?.split(',');
      const items = catalog.filter(({ asin }: { asin?: string }) => asked?.includes(asin ?? '') ?? true);
      return spApi.send(response, 200, { items });
    };
  });
  afterAll(async () => {
    await api.close();
    await Promise.all([keepa, firecrawl, spApi].map((server) => server.stop()));
  });
  beforeEach(async () => {
    await api.postgres.query('TRUNCATE source_health, source_usage, source_rate');
    await api.postgres.query(`UPDATE listing SET title = NULL`);
    keepa.products.clear();
    keepa.finderList = [];
    keepa.intercept = () => false;
    firecrawl.page = () => ({ html: results([]) });
    similar = [];
    catalog = [];
  });

  const newAsin = () => `B0${String(++asins).padStart(8, '0')}`;
  const results = (hits: [asin: string, title: string][]) =>
    `<html><body><div id="search">${hits
      .map(([asin, title]) => `<div data-component-type="s-search-result" data-asin="${asin}"><h2>${title}</h2></div>`)
      .join('')}</div></body></html>`;
  const item = (asin: string, itemName: string) => ({
    asin,
    summaries: [{ marketplaceId: US, itemName, brand: 'Bolt' }],
  });

  /** A product whose listing was checked before; its check is nobody's business here. */
  async function product(title: string, marketplace: Marketplace = 'US') {
    const asin = newAsin();
    await api.postgres.query(
      `WITH made AS (INSERT INTO listing (marketplace, asin, title, brand, category_path) VALUES ($1, $2, $3, 'Acme', $4) RETURNING id)
       INSERT INTO listing_state (listing_id, checked_at, backfilled_at, claimed_until, next_check_at)
       SELECT id, now(), now(), now() + interval '1 day', now() + interval '1 day' FROM made`,
      [marketplace, asin, title, PATH],
    );
    const { body } = (await api.call('post', '/products', user.token).send({ asin, marketplace })) as Answer;
    return { asin, id: (body as { id: string }).id };
  }
  const list = async (id: string) =>
    ((await api.call('get', `/products/${id}/competitors`, user.token)) as Answer).body as Listed;
  async function discover(id: string): Promise<Listed> {
    await api.call('post', `/products/${id}/competitors/discover`, user.token).send({});
    return eventually(async () => {
      const listed = await list(id);
      return listed.discovery?.state === 'finished' && listed;
    }, 'the discovery');
  }
  const lines = ({ discovery }: Listed) =>
    discovery?.sources.map(({ source, way, outcome, hits }) => [source, way, outcome, hits]);

  it('should merge what all of them name', async () => {
    const own = await product('Acme electric kettle steel 1.7 l');
    const title = 'Bolt electric kettle steel 1.7 l';
    const [everywhere, searched, found, along, listed, shown] = Array.from({ length: 6 }, newAsin) as [
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    keepa.add(
      keepaProduct(own.asin, { 1: [LATELY, 2999] }, { title: 'own', frequentlyBoughtTogether: [along, everywhere] }),
    );
    keepa.add(keepaProduct(everywhere, {}, { title, brand: 'Bolt' }));
    keepa.add(keepaProduct(searched, {}, { title, brand: 'Bolt' }));
    keepa.add(keepaProduct(found, {}, { title: 'Bolt kettle steel 1.7 l cordless', brand: 'Bolt' }));
    keepa.add(keepaProduct(along, {}, { title: 'Cora kettle steel glass', brand: 'Cora' }));
    keepa.finderList = [everywhere, found];
    similar = [everywhere, listed];
    catalog = [item(everywhere, title), item(listed, title)];
    firecrawl.page = () => ({
      html: results([
        [everywhere, title],
        [shown, '<b>Dune</b> electric kettle steel <script>alert(1)</script>'],
      ]),
    });
    const answer = await discover(own.id);
    expect(lines(answer)).toEqual([
      ['known-listings', null, 'searched', 0],
      ['keepa', 'search', 'searched', 2],
      ['keepa', 'finder', 'searched', 2],
      ['keepa', 'bought-together', 'searched', 2],
      ['firecrawl', 'search', 'searched', 2],
      ['sp-api', 'search', 'searched', 2],
      ['sp-api', 'similar-items', 'searched', 2],
    ]);
    expect(new Map(answer.data.map(({ asin, foundBy }) => [asin, foundBy]))).toEqual(
      new Map([
        [
          everywhere,
          [
            'keepa:search',
            'keepa:finder',
            'keepa:bought-together',
            'firecrawl:search',
            'sp-api:search',
            'sp-api:similar-items',
          ],
        ],
        [searched, ['keepa:search']],
        [found, ['keepa:finder']],
        [along, ['keepa:bought-together']],
        [listed, ['sp-api:search', 'sp-api:similar-items']],
        [shown, ['firecrawl:search']],
      ]),
    );
    expect(answer.data.find(({ asin }) => asin === shown)?.title).toBe('Dune electric kettle steel');
    expect(await api.postgres.query(`SELECT source, calls, units FROM source_usage ORDER BY source`)).toEqual([
      { source: 'firecrawl', calls: 1, units: 2 },
      { source: 'keepa', calls: 3, units: 20 + 32 + 21 },
      { source: 'sp-api', calls: 2, units: 1 + 2 },
    ]);
  });

  it('should say of a plan without search and finder that it has none, and go on', async () => {
    const own = await product('Acme electric kettle steel 1.7 l');
    const along = newAsin();
    keepa.add(keepaProduct(own.asin, {}, { frequentlyBoughtTogether: [along] }));
    keepa.add(keepaProduct(along, {}, { title: 'Bolt electric kettle steel', brand: 'Bolt' }));
    keepa.intercept = ({ path }, response) => {
      if (path !== '/search' && path !== '/query') return false;
      response.writeHead(path === '/search' ? 404 : 500).end('{}');
      return true;
    };
    const answer = await discover(own.id);
    expect(lines(answer)?.slice(1, 4)).toEqual([
      ['keepa', 'search', 'unsupported', null],
      ['keepa', 'finder', 'unsupported', null],
      ['keepa', 'bought-together', 'searched', 1],
    ]);
    expect(answer.data.map(({ asin }) => asin)).toEqual([along]);
    const [health] = await api.postgres.query(`SELECT failures, open_until FROM source_health WHERE source = 'keepa'`);
    expect(health).toEqual({ failures: 0, open_until: null });
  });

  it('should take a robot check, a fault and an empty bucket for what they are', async () => {
    const own = await product('Acme electric kettle steel 1.7 l');
    firecrawl.page = () => ({ html: ROBOT_CHECK });
    await api.postgres.query(`UPDATE source_budget SET tokens = -50, refill_rate = 1`);
    const { respond } = spApi;
    spApi.respond = (_, response) => spApi.send(response, 503, {});
    const answer = await discover(own.id);
    spApi.respond = respond;
    await api.postgres.query(`TRUNCATE source_budget`);
    expect(answer.discovery?.sources.slice(1).map(({ source, outcome, detail }) => [source, outcome, detail])).toEqual([
      ['keepa', 'over_budget', 'Keepa: the token budget is used up for now'],
      ['keepa', 'over_budget', 'Keepa: the token budget is used up for now'],
      ['keepa', 'over_budget', 'Keepa: the token budget is used up for now'],
      ['firecrawl', 'failed', 'Amazon did not answer with a page of search results'],
      ['sp-api', 'failed', 'SP-API failed (503)'],
      ['sp-api', 'failed', 'SP-API failed (503)'],
    ]);
    expect(answer.data).toEqual([]);
  });

  it('should look for rivals where a source does not know the marketplace', async () => {
    const own = await product('Acme waterkoker staal elektrisch', 'NL');
    const rival = newAsin();
    firecrawl.page = (url) => ({
      html: url.startsWith('https://www.amazon.nl/s?k=waterkoker+staal+elektrisch')
        ? results([[rival, 'Bolt waterkoker staal elektrisch']])
        : undefined,
    });
    const answer = await discover(own.id);
    expect(lines(answer)?.slice(1)).toEqual([
      ['keepa', null, 'not_covered', null],
      ['firecrawl', 'search', 'searched', 1],
      ['sp-api', null, 'not_covered', null],
    ]);
    expect(answer.data.map(({ asin, foundBy }) => [asin, foundBy])).toEqual([[rival, ['firecrawl:search']]]);
  });

  describeWithFixtures('with a real page of search results', () => {
    it('should suggest what is on it', async () => {
      const html = readFixture('amazon-html/search/us-search-2.html.gz');
      firecrawl.page = () => ({ html });
      const own = await product('Acme 15.6 inch laptop computer 16GB RAM 512GB SSD Windows 11');
      const answer = await discover(own.id);
      expect(lines(answer)).toContainEqual(['firecrawl', 'search', 'searched', 20]);
      expect(answer.data.length).toBeGreaterThan(5);
      expect(
        answer.data.every(({ title, foundBy }) => /laptop/i.test(title) && foundBy[0] === 'firecrawl:search'),
      ).toBe(true);
    });
  });
});
