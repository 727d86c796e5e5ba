import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { Answer, startTestApp, TestApp } from '../support/app';
import { ScriptedSource } from '../support/scripted-source';

interface Operation {
  operationId: string;
  summary?: string;
  security?: unknown[];
  requestBody?: unknown;
  responses: Record<string, unknown>;
}
interface Row {
  name: string;
  method: 'get' | 'post' | 'patch' | 'delete';
  path: string;
  operation: Operation;
}

/** The committed document: `npm run check` proves that it is what the code says. */
const DOCUMENT = JSON.parse(readFileSync(join(__dirname, '..', '..', 'openapi.json'), 'utf8')) as {
  paths: Record<string, Record<string, Operation>>;
};
const OPERATIONS: Row[] = Object.entries(DOCUMENT.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({
    name: `${method.toUpperCase()} ${path}`,
    method: method as Row['method'],
    path,
    operation,
  })),
);
const GUARDED = OPERATIONS.filter(({ operation }) => operation.security);
const WITH_ID = OPERATIONS.filter(({ path }) => path.includes('{'));
const WITH_BODY = OPERATIONS.filter(({ operation }) => operation.requestBody);
const isAdmin = ({ path }: Row) => path.includes('/admin/') || /\/users(\/\{id\})?$/.test(path);

const UNKNOWN_ID = '0192f3c4-0000-7000-8000-000000000000';
const WRONG_IDS = [
  'text',
  '2147483648',
  '-1',
  '%20',
  '%00',
  '..%2F..',
  '%F0%9F%98%80',
  '%ff',
  `${UNKNOWN_ID}'--`,
  UNKNOWN_ID,
  'x'.repeat(1900),
];
const WRONG_BODIES: [what: string, body: string][] = [
  ['half a document', '{"a":'],
  ['a list', '[]'],
  ['a text', '"x"'],
  ['null', 'null'],
  ['an unknown field', '{"unknownField":1}'],
  ['a prototype', '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"x":1}}}'],
  ['something deep', `${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}`],
  [
    'every field of a wrong type',
    JSON.stringify(
      Object.fromEntries(
        'asin marketplace title brand category description tags refreshIntervalMinutes costOfGoods isActive email username password fullName role name scopes refreshToken currentPassword newPassword products'
          .split(' ')
          .map((field) => [field, { nested: [1, 'x', null] }]),
      ),
    ),
  ],
];

describe('every operation', () => {
  let api: TestApp;
  let owner: { token: string };
  let other: { token: string };
  let admin: { token: string };
  let ids: { product: string; apiKey: string };

  beforeAll(async () => {
    api = await startTestApp({ sources: [new ScriptedSource()] });
    owner = await api.login('owner');
    other = await api.login('other');
    admin = await api.login('boss');
    await api.postgres.query(`UPDATE app_user SET role = 'admin' WHERE username = 'boss'`);
    const product = (await api.call('post', '/products', owner.token).send({ asin: 'B000000001' })) as Answer;
    const key = (await api.call('post', '/users/me/api-keys', owner.token).send({ name: 'key' })) as Answer;
    ids = { product: (product.body as { id: string }).id, apiKey: (key.body as { id: string }).id };
  });
  afterAll(() => api.close());

  const fill = (path: string, id: string) => path.replace(/\{\w+\}/, id);

  const send = async (row: Row, path: string, token?: string, body = '{}') => {
    const call = api.call(row.method, path, token);
    return row.operation.requestBody ? call.set('Content-Type', 'application/json').send(body) : call;
  };

  it.each(OPERATIONS)('should be described: $name', ({ operation }) => {
    expect(operation.operationId).toMatch(/^[a-z]+[A-Za-z]*$/);
    expect(operation.summary).toMatch(/\.$/);
    expect(Object.keys(operation.responses)).toContain('429');
  });

  it('should have a name of its own', () => {
    const names = OPERATIONS.map(({ operation }) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(GUARDED)('should ask for a token: $name', async (row) => {
    const { status, headers, body } = (await send(row, fill(row.path, ids.product))) as Answer;
    expect([status, headers['content-type']?.split(';')[0]]).toEqual([401, 'application/problem+json']);
    expect(body).toMatchObject({
      type: 'about:blank',
      title: 'Unauthorized',
      status: 401,
      errorCode: 'unauthenticated',
      instance: fill(row.path, ids.product),
      detail: expect.any(String) as string,
      timestamp: expect.any(String) as string,
      requestId: headers['x-request-id'],
    });
  });

  it.each(WITH_ID.filter((row) => !isAdmin(row)))('should not show what is somebody else’s: $name', async (row) => {
    const id = row.path.includes('api-keys') ? ids.apiKey : ids.product;
    const { status } = await send(row, fill(row.path, id), other.token);
    expect(status).toBe(404);
  });

  it.each(OPERATIONS.filter(isAdmin))('should be for admins: $name', async (row) => {
    const { status } = await send(row, fill(row.path, ids.product), other.token);
    expect(status).toBe(403);
  });

  it.each(WITH_ID)('should take an id that cannot be for one that is not there: $name', async (row) => {
    const statuses: Record<string, number> = {};
    for (const id of WRONG_IDS) {
      statuses[id] = (await send(row, fill(row.path, id), isAdmin(row) ? admin.token : owner.token)).status;
    }
    const expected = WRONG_IDS.map((id) => [id, id === '%ff' ? 400 : 404]);
    expect(statuses).toEqual(Object.fromEntries(expected));
  });

  it.each(WITH_BODY)('should refuse a body that cannot be: $name', async (row) => {
    const failures: string[] = [];
    for (const [what, body] of WRONG_BODIES) {
      // Changing nothing is a change that can be made.
      const id = isAdmin(row) ? UNKNOWN_ID : ids.product;
      const { status } = await send(row, fill(row.path, id), isAdmin(row) ? admin.token : owner.token, body);
      if (status < 400 || status >= 500) failures.push(`${what}: ${String(status)}`);
    }
    const harmless: string[] = [];
    if (row.method === 'patch' && !isAdmin(row)) harmless.push('null: 200', 'a list: 200');
    // A product of another listing is a line of the report.
    if (row.path.endsWith('/price-history/import')) harmless.push('every field of a wrong type: 200');
    expect(failures.filter((failure) => !harmless.includes(failure))).toEqual([]);
  });

  it.each(['/products', '/products/ID/price-history', '/products/ID/price-history/stats', '/products/ID/checks'])(
    'should never fail on a query: %s',
    async (path) => {
      const name = fc.constantFrom(
        'page[size]',
        'page[cursor]',
        'isActive',
        'category',
        'tag',
        'q',
        'sort',
        'from',
        'to',
        'metrics',
        'resolution',
        'maxPoints',
        'windows',
        'x',
      );
      const value = fc.oneof(
        fc.string(),
        fc.integer().map(String),
        fc.constantFrom(
          'true',
          '2026-01-01',
          '-1',
          '1e9',
          '\u0000',
          'W10',
          'title',
          'price,bsr',
          '99999999999999999999',
        ),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(fc.tuple(name, value), { maxLength: 4 }), async (pairs) => {
          const query = new URLSearchParams(pairs).toString();
          const { status } = await api.call('get', `${path.replace('ID', ids.product)}?${query}`, owner.token);
          expect(status).toBeLessThan(500);
        }),
        { numRuns: 60 },
      );
    },
  );
});
