import { Answer, startTestApp, TestApp } from '../support/app';
import { ScriptedSource } from '../support/scripted-source';

describe('platform', () => {
  let api: TestApp;
  let user: { userId: string; token: string };
  let asins = 0;

  beforeAll(async () => {
    api = await startTestApp({ sources: [new ScriptedSource()] });
    user = await api.login('seller');
  });
  afterAll(() => api.close());

  const newAsin = () => `B0${String(++asins).padStart(8, '0')}`;

  describe('metrics', () => {
    const metrics = async () => (await fetch(`${api.url}/metrics`)).text();

    it('should count requests by the pattern of their route', async () => {
      const id = '0192f3c4-0000-7000-8000-000000000000';
      await api.call('get', `/products/${id}`, user.token);
      const text = await metrics();
      expect(text).toContain(
        'aip_http_request_duration_seconds_count{method="GET",route="/api/v1/products/:id",status="404"} 1',
      );
      expect(text).not.toContain(id);
    });

    it('should count listings by state', async () => {
      await api.call('post', '/products', user.token).send({ asin: newAsin() });
      const tracked = /aip_listings\{state="tracked"\} (\d+)/.exec(await metrics())?.[1];
      const rows = await api.postgres.query('SELECT FROM listing_state WHERE interval_minutes IS NOT NULL');
      expect(Number(tracked)).toBe(rows.length);
    });
  });

  describe('headers', () => {
    it('should keep browsers from making a page of data', async () => {
      const { headers } = await api.call('get', '/products', user.token);
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'content-security-policy': `default-src 'none'; frame-ancestors 'none'`,
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
      });
    });

    it('should let the docs be a page, with scripts of our own only', async () => {
      const { headers } = await fetch(`${api.url}/api/docs`);
      expect(headers.get('content-security-policy')).toContain(`script-src 'self';`);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    });
  });

  describe('request ids', () => {
    it.each([
      ['kept when it is harmless', 'trace-1234567890', true],
      ['replaced when it is not', 'x"\\u0020<b>', false],
      ['replaced when it is too short', 'abc', false],
    ])('should be %s', async (_, given, kept) => {
      const { headers } = await api.call('get', '/health/live').set('X-Request-Id', given);
      expect(headers['x-request-id'] === given).toBe(kept);
    });
  });

  describe('Idempotency-Key', () => {
    const create = (key: string, body: object) =>
      api.call('post', '/products', user.token).set('Idempotency-Key', key).send(body);

    it('should give the first answer to a second try', async () => {
      const body = { asin: newAsin() };
      const first = await create('key-1', body);
      const second = await create('key-1', body);
      expect([second.status, second.headers['idempotency-replayed'], second.body]).toEqual([201, 'true', first.body]);
    });

    it('should refuse the key for another request', async () => {
      await create('key-2', { asin: newAsin() });
      expect((await create('key-2', { asin: newAsin() })).status).toBe(422);
    });

    it('should be free again after a try that failed', async () => {
      await create('key-3', { asin: 'nonsense' });
      expect((await create('key-3', { asin: newAsin() })).status).toBe(201);
    });

    it('should let one of two tries at the same time do the work', async () => {
      const body = { asin: newAsin() };
      const answers = await Promise.all([create('key-4', body), create('key-4', body)]);
      const statuses = answers.map(({ status }) => status).sort();
      // The second is told to wait, or comes late enough for the first one's answer.
      expect([
        [201, 201],
        [201, 409],
      ]).toContainEqual(statuses);
    });

    it('should not keep a secret', async () => {
      const make = () =>
        api.call('post', '/users/me/api-keys', user.token).set('Idempotency-Key', 'key-5').send({ name: 'program' });
      const first = (await make()) as Answer;
      const second = (await make()) as Answer;
      const rows = await api.postgres.query('SELECT * FROM idempotency_key WHERE key = $1', ['key-5']);
      expect([first.status, second.status, rows.length]).toEqual([201, 409, 1]);
      expect(JSON.stringify([second.body, rows])).not.toContain((first.body as { key: string }).key.slice(12));
    });
  });
});
