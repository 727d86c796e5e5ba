import { Marketplace } from '../../src/common/marketplace';
import { parseFirecrawlSettings } from '../../src/config/firecrawl-settings';
import { FirecrawlClient } from '../../src/marketplace-data/firecrawl/firecrawl-client';
import { FirecrawlSource } from '../../src/marketplace-data/firecrawl/firecrawl.source';
import { FetchOutcome } from '../../src/marketplace-data/marketplace-data';
import { SourceError, SourceErrorKind } from '../../src/marketplace-data/source-error';
import { productPage, ROBOT_CHECK } from '../support/amazon-page';
import { FixedClock } from '../support/clock';
import { FIRECRAWL_KEY, FirecrawlServer } from '../support/firecrawl-server';
import { describeWithFixtures, readFixture, readJsonFixture } from '../support/fixtures';

const asinOf = (number: number) => `B0${String(number).padStart(8, '0')}`;
const urlOf = (asin: string) => `https://www.amazon.com/dp/${asin}?th=1&psc=1`;
const inUrl = (url: string) => /\/dp\/(\w{10})/.exec(url)?.[1] ?? '';

describe('FirecrawlSource', () => {
  let server: FirecrawlServer;
  const clock = new FixedClock();

  beforeEach(async () => {
    server = await FirecrawlServer.start();
    server.page = (url) => ({ html: productPage(inUrl(url), '$15.99') });
  });
  afterEach(() => server.stop());

  const newSource = (settings = '') => {
    const options = { key: FIRECRAWL_KEY, baseUrl: `${server.url}/`, answerMs: 300, pollMs: 5, batchMs: 200 };
    return new FirecrawlSource(new FirecrawlClient(options, clock), parseFirecrawlSettings(settings), clock);
  };
  async function failureOf(work: Promise<unknown>): Promise<SourceError> {
    const error: unknown = await work.then(
      () => new Error('it did not fail'),
      (failure: unknown) => failure,
    );
    if (!(error instanceof SourceError)) throw error as Error;
    return error;
  }
  const results = (outcomes: FetchOutcome[]) => outcomes.map(({ asin, result }) => [asin, result]);
  const fetchOne = async (source = newSource()) => (await source.fetch('US', [asinOf(1)]))[0];

  it('should read a page into a reading of now', async () => {
    expect(await fetchOne()).toMatchObject({
      asin: asinOf(1),
      result: 'ok',
      reading: {
        source: 'firecrawl',
        currency: 'USD',
        observedAt: clock.now(),
        values: { price: 1599, buy_box_price: 1599, rating: 45 },
        facts: { title: `Title of ${asinOf(1)}`, availability: 'in_stock' },
      },
    });
  });

  it('should ask for the raw page of the very variation, fresh and from the country of the marketplace', async () => {
    await newSource().fetch('DE', [asinOf(1)]);
    expect(server.calls).toEqual([
      {
        method: 'POST',
        path: '/v2/scrape',
        body: {
          url: `https://www.amazon.de/dp/${asinOf(1)}?th=1&psc=1`,
          formats: ['rawHtml'],
          onlyMainContent: false,
          maxAge: 0,
          timeout: 60_000,
          proxy: 'auto',
          location: { country: 'DE' },
        },
      },
    ]);
  });

  it('should ask as its settings for the marketplace say', async () => {
    const source = newSource('proxy=basic,maxAge=600; BE: proxy=enhanced,language=fr,country=FR');
    await source.fetch('BE', [asinOf(1)]);
    await source.fetch('US', [asinOf(1)]);
    expect(server.calls.map(({ body }) => [body['proxy'], body['maxAge'], body['location']])).toEqual([
      ['enhanced', 600_000, { country: 'FR', languages: ['fr'] }],
      ['basic', 600_000, { country: 'US' }],
    ]);
  });

  it('should fetch more than two pages as one batch, polled until it is done and read in all its parts', async () => {
    const asins = Array.from({ length: 10 }, (_, index) => asinOf(index));
    expect(results(await newSource().fetch('US', asins))).toEqual(asins.map((asin) => [asin, 'ok']));
    expect(server.calls.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /v2/batch/scrape',
      ...Array.from({ length: 5 }, () => 'GET /v2/batch/scrape/batch-1'),
    ]);
    expect(server.creditsUsed).toBe(10);
  });

  it('should tell a page that the batch lost', async () => {
    server.lost.add(urlOf(asinOf(2)));
    const outcomes = await newSource().fetch('US', [1, 2, 3].map(asinOf));
    expect(results(outcomes)).toEqual([
      [asinOf(1), 'ok'],
      [asinOf(2), 'timeout'],
      [asinOf(3), 'ok'],
    ]);
  });

  it('should cancel a batch that does not end', async () => {
    server.pollsNeeded = Infinity;
    const error = await failureOf(newSource().fetch('US', [1, 2, 3].map(asinOf)));
    expect([error.kind, server.cancelled]).toEqual(['timeout', 1]);
  });

  it('should send the key to no other server, whatever the next part’s address', async () => {
    server.intercept = ({ method, path }, response) => {
      if (method !== 'GET') return false;
      const next = path.endsWith('-1') ? 'http://192.0.2.1/v2/batch/scrape/batch-1?skip=0' : undefined;
      const data = [1, 2, 3].map((number) => ({
        rawHtml: productPage(asinOf(number), '$1.00'),
        metadata: { sourceURL: urlOf(asinOf(number)) },
      }));
      server.send(response, 200, { status: 'completed', data, next });
      return true;
    };
    const outcomes = await newSource().fetch('US', [1, 2, 3].map(asinOf));
    expect(outcomes.map(({ result }) => result)).toEqual(['ok', 'ok', 'ok']);
    expect(server.calls.filter(({ method }) => method === 'GET')).toHaveLength(2);
  });

  it.each<[what: string, page: ReturnType<FirecrawlServer['page']>, result: string]>([
    ['a robot check that came with 200', { html: ROBOT_CHECK }, 'blocked'],
    [
      'a listing that is not there',
      { html: '<html><body><a href="/ref=cs_404_link"></a></body></html>', status: 404 },
      'gone',
    ],
    ['a 404 without words', { html: '<html></html>', status: 404 }, 'gone'],
    ['a 404 without a page', { status: 404 }, 'gone'],
    ['a 503 without words', { html: '<html></html>', status: 503 }, 'upstream_error'],
    ['a 503 without a page', { status: 503 }, 'upstream_error'],
    ['no page', {}, 'unparseable'],
    ['another listing', { html: productPage('B0ZZZZZZZZ', '$1.00') }, 'unparseable'],
    ['an unavailable listing', { html: productPage(asinOf(1), null) }, 'no_offer'],
    ['a price in another currency', { html: productPage(asinOf(1), 'EUR 15,99') }, 'unparseable'],
    [
      'a cached page without its time',
      { html: productPage(asinOf(1), '$1.00'), metadata: { cacheState: 'hit' } },
      'unparseable',
    ],
    [
      'metadata in lists',
      { html: productPage(asinOf(1), '$1.00'), metadata: { statusCode: [200], cacheState: ['miss'] } },
      'ok',
    ],
  ])('should take %s for what it is', async (_, page, result) => {
    server.page = () => page;
    expect((await fetchOne())?.result).toBe(result);
  });

  it('should take a page of the cache for as old as it is', async () => {
    server.page = () => ({
      html: productPage(asinOf(1), '$1.00'),
      metadata: { cacheState: 'hit', cachedAt: '2026-11-23T10:00:00Z' },
    });
    expect(await fetchOne()).toMatchObject({ reading: { observedAt: new Date('2026-11-23T10:00:00Z') } });
  });

  it('should say why a page has no price', async () => {
    server.page = () => ({
      html: productPage(asinOf(1), null).replace(
        'Currently unavailable',
        'This item cannot be shipped to your location',
      ),
    });
    expect(await fetchOne()).toMatchObject({
      result: 'ok',
      detail: 'no price: the listing is not sent to where the page was read from',
    });
  });

  it.each<[status: number, kind: SourceErrorKind]>([
    [400, 'bad_request'],
    [401, 'auth_failed'],
    [402, 'quota_exhausted'],
    [403, 'auth_failed'],
    [413, 'bad_request'],
    [422, 'bad_request'],
    [429, 'rate_limited'],
  ])('should fail as a whole with %i: %s', async (status, kind) => {
    server.intercept = (_, response) => {
      server.send(response, status, { success: false, error: 'no' }, { 'retry-after': '7' });
      return true;
    };
    const error = await failureOf(newSource().fetch('US', [asinOf(1)]));
    expect([error.kind, error.retryAfterMs]).toEqual([kind, kind === 'rate_limited' ? 7000 : undefined]);
    expect(error.message).not.toContain(FIRECRAWL_KEY);
  });

  it.each<[status: number, result: string]>([
    [408, 'timeout'],
    [500, 'upstream_error'],
    [502, 'upstream_error'],
    [503, 'upstream_error'],
    [504, 'upstream_error'],
  ])('should let one page fail with %i, and go on with the next', async (status, result) => {
    server.intercept = ({ body }, response) => {
      if (!String(body['url']).includes(asinOf(1))) return false;
      server.send(response, status, { success: false, code: 'X', error: 'no' });
      return true;
    };
    expect(results(await newSource().fetch('US', [asinOf(1), asinOf(2)]))).toEqual([
      [asinOf(1), result],
      [asinOf(2), 'ok'],
    ]);
  });

  it('should keep the page that was paid for when the limit comes at the second', async () => {
    server.intercept = ({ body }, response) => {
      if (!String(body['url']).includes(asinOf(2))) return false;
      server.send(response, 429, { error: 'slow down' });
      return true;
    };
    expect(results(await newSource().fetch('US', [asinOf(1), asinOf(2)]))).toEqual([
      [asinOf(1), 'ok'],
      [asinOf(2), 'rate_limited'],
    ]);
  });

  it('should do without a key on a server of one’s own', async () => {
    const seen: (string | undefined)[] = [];
    server.intercept = (_, response) => {
      seen.push(response.req.headers.authorization);
      return false;
    };
    const options = { key: undefined, baseUrl: server.url };
    const source = new FirecrawlSource(new FirecrawlClient(options, clock), parseFirecrawlSettings(''), clock);
    await source.fetch('US', [asinOf(1)]).catch(() => undefined);
    expect(seen.at(-1)).toBeUndefined();
  });

  describe('searching', () => {
    const results1 = (from: number, count: number) =>
      `<div id="search">${Array.from(
        { length: count },
        (_, index) =>
          `<div data-component-type="s-search-result" data-asin="${asinOf(from + index)}"><h2>T${index}</h2></div>`,
      ).join('')}</div>`;

    it('should go through pages until it has enough', async () => {
      server.page = (url) => ({ html: results1(Number(new URL(url).searchParams.get('page')) * 20, 16) });
      const hits = await newSource().search({ marketplace: 'DE', terms: 'wasser & kocher', limit: 18 });
      expect(hits.map(({ asin }) => asin)).toEqual(
        [...Array(16).keys()].map((n) => asinOf(20 + n)).concat([40, 41].map(asinOf)),
      );
      expect(server.calls.map(({ body }) => body['url'])).toEqual([
        'https://www.amazon.de/s?k=wasser+%26+kocher&page=1',
        'https://www.amazon.de/s?k=wasser+%26+kocher&page=2',
      ]);
    });

    it('should end where a page brings nothing new', async () => {
      server.page = () => ({ html: results1(0, 3) });
      expect(await newSource().search({ marketplace: 'US', terms: 'x', limit: 50 })).toHaveLength(3);
      expect(server.calls).toHaveLength(2);
    });

    it('should ask for no more pages than it reckons, and keep those that came', async () => {
      server.page = (url) => (url.endsWith('page=1') ? { html: results1(0, 8) } : { html: ROBOT_CHECK });
      expect(await newSource().search({ marketplace: 'US', terms: 'x', limit: 20 })).toHaveLength(8);
      expect([server.calls.length, newSource().rivalCost('search', 20)]).toEqual([2, 2]);
    });

    it('should not take a robot check for nothing found', async () => {
      server.page = () => ({ html: ROBOT_CHECK });
      expect((await failureOf(newSource().search({ marketplace: 'US', terms: 'x', limit: 5 }))).kind).toBe('blocked');
    });
  });

  describe('given answers that are not what they should be', () => {
    const answers: [what: string, send: (response: import('node:http').ServerResponse) => void, result: string][] = [
      ['HTML', (response) => response.end('<html>not JSON</html>'), 'unparseable'],
      ['cut JSON', (response) => response.end('{"success":true,"data":{"rawHtml":"<html>'), 'unparseable'],
      ['a list', (response) => response.end('[]'), 'unparseable'],
      ['an error with 200', (response) => response.end('{"success":false,"error":"no"}'), 'upstream_error'],
      [
        'a page that is a number',
        (response) => response.end('{"success":true,"data":{"rawHtml":5,"metadata":[]}}'),
        'unparseable',
      ],
      ['no data', (response) => response.end('{"success":true,"data":null}'), 'unparseable'],
      [
        'deep nesting',
        (response) => response.end(`{"success":true,"data":${'['.repeat(200_000)}${']'.repeat(200_000)}}`),
        'unparseable',
      ],
      ['a reset', (response) => response.destroy(), 'upstream_error'],
      [
        'a slow drip',
        (response) => {
          response.write('{');
          const timer = setInterval(() => response.write(' '), 50);
          response.on('close', () => {
            clearInterval(timer);
          });
        },
        'timeout',
      ],
    ];

    it.each(answers)('should make no reading of %s', async (_, send, result) => {
      server.intercept = (__, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        send(response);
        return true;
      };
      expect((await fetchOne())?.result).toBe(result);
    });
  });
});

describeWithFixtures('FirecrawlSource with real pages', () => {
  interface Expected {
    asin: string;
    marketplace: Marketplace;
    priceMinor: number | null;
    acceptedPriceMinor?: number[];
    rating: number | null;
    uncertain: string[];
    cases: string[];
  }

  it('should take each from Firecrawl’s answer to its reading', async () => {
    const expected = readJsonFixture('amazon-html/product/expected.json') as Record<string, Expected>;
    const server = await FirecrawlServer.start();
    const clock = new FixedClock();
    const options = { key: FIRECRAWL_KEY, baseUrl: server.url };
    const source = new FirecrawlSource(new FirecrawlClient(options, clock), parseFirecrawlSettings(''), clock);
    try {
      for (const [file, wanted] of Object.entries(expected)) {
        if (wanted.cases.includes('partial') || wanted.uncertain.includes('asin')) continue;
        server.page = () => ({ html: readFixture(`amazon-html/product/${file}`) });
        const [outcome] = await source.fetch(wanted.marketplace, [wanted.asin]);
        const values = outcome && 'reading' in outcome ? outcome.reading.values : {};
        expect({ file, rating: values.rating }).toEqual({
          file,
          rating: wanted.rating === null ? undefined : wanted.rating * 10,
        });
        const price = values.price ?? null;
        expect({ file, price, right: (wanted.acceptedPriceMinor ?? [wanted.priceMinor]).includes(price) }).toEqual({
          file,
          price,
          right: true,
        });
      }
    } finally {
      await server.stop();
    }
  }, 60_000);
});
