import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import request from 'supertest';
import { encodeCursor } from '../../src/common/pagination';
import { Answer, startTestApp, TestApp } from '../support/app';
import { ScriptedSource } from '../support/scripted-source';

interface Schema {
  $ref?: string;
  oneOf?: Schema[];
  properties?: Record<string, { example?: unknown }>;
  required?: string[];
  example?: unknown;
}
interface Operation {
  operationId: string;
  summary?: string;
  security?: unknown[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, unknown>;
}
interface Row {
  name: string;
  method: 'get' | 'post' | 'patch' | 'delete';
  path: string;
  operation: Operation;
}

/** A value of no type that a field of ours has, and values of the types they have that are hardly ever right. */
const WRONG_VALUES: [what: string, value: unknown][] = [
  ['an object', { nested: [1, 'x', null] }],
  ['null', null],
  ['an empty list', []],
  ['a list of lists', [[], [[]]]],
  ['an empty text', ''],
  ['a long text', 'x'.repeat(100_000)],
  ['an unstorable text', 'a\u0000\ud800'],
  ['a large number', 1e308],
  ['a negative number', -1],
  ['true', true],
];
const FOREIGN_TYPES = [
  'text/csv',
  'application/x-ndjson',
  'application/x-www-form-urlencoded',
  'text/plain',
  'application/pdf',
];

/** What is wrong with an answer that should be a refusal; nothing when it is a good one. */
function faultOf({ status, headers, body }: Answer, path: string): string | undefined {
  if (status < 400 || status >= 500) return `status ${String(status)}`;
  if (headers['content-type'] !== 'application/problem+json; charset=utf-8') return String(headers['content-type']);
  const problem = body as Record<string, unknown>;
  const texts = ['type', 'title', 'detail', 'instance', 'errorCode', 'timestamp', 'requestId'];
  const missing = texts.filter((name) => typeof problem[name] !== 'string' || problem[name] === '');
  if (missing.length > 0) return `without ${missing.join(', ')}`;
  if (problem['status'] !== status) return `says ${String(problem['status'])} and is ${String(status)}`;
  if (problem['requestId'] !== headers['x-request-id']) return 'of another request';
  if (problem['instance'] !== path) return `of ${String(problem['instance'])}`;
  return undefined;
}

/** The committed document: `npm run check` proves that it is what the code says. */
const DOCUMENT = JSON.parse(readFileSync(join(__dirname, '..', '..', 'openapi.json'), 'utf8')) as {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
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
const WRITES = GUARDED.filter(({ method }) => method !== 'get');

const typesOf = ({ operation }: Row) => Object.keys(operation.requestBody?.content ?? {});

/** The shapes of a JSON body, with references followed. */
function shapesOf({ operation }: Row): Schema[] {
  const content = operation.requestBody?.content ?? {};
  // A route that takes files only has no JSON.
  const schema = (content['application/json'] ?? Object.values(content)[0])?.schema ?? {};
  return (schema.oneOf ?? [schema]).map((shape) =>
    shape.$ref ? (DOCUMENT.components.schemas[shape.$ref.replace('#/components/schemas/', '')] ?? {}) : shape,
  );
}

/** The example of a body field by field. */
function exampleOf(row: Row): Record<string, unknown> {
  const properties = shapesOf(row).flatMap((shape) => Object.entries(shape.properties ?? {}));
  return Object.fromEntries(properties.map(([name, { example }]) => [name, example]));
}

/** The smallest body that says what it must. */
function leastOf(row: Row): string {
  const example = exampleOf(row);
  const required = shapesOf(row).flatMap((shape) => shape.required ?? []);
  return JSON.stringify(Object.fromEntries(required.map((name) => [name, example[name]])));
}

const FIELDS = WITH_BODY.flatMap((row) =>
  Object.keys(exampleOf(row)).map((field) => ({ ...row, name: `${field} of ${row.name}`, field })),
);
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
  'x'.repeat(2000),
  'x'.repeat(9000),
];
const WRONG_BODIES: [what: string, body: string][] = [
  ['half a document', '{"a":'],
  ['a list', '[]'],
  ['a text', '"x"'],
  ['null', 'null'],
  ['an unknown field', '{"unknownField":1}'],
  ['a prototype', '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"x":1}}}'],
  ['a prototype alone', '{"__proto__":{"isAdmin":true}}'],
  ['objects in objects', `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`],
  [
    'lists in lists',
    `{"tags":${'['.repeat(20_000)}${']'.repeat(20_000)},"products":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
  ],
  ['a character that cannot be stored', '{"asin":"B000000009","title":"\\u0000","username":"\\u0000"}'],
  ['nothing', ''],
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
  let ids: { product: string; apiKey: string; user: string };
  let readKey: string;

  beforeAll(async () => {
    api = await startTestApp({ sources: [new ScriptedSource()] });
    owner = await api.login('owner');
    other = await api.login('other');
    admin = await api.login('boss');
    await api.postgres.query(`UPDATE app_user SET role = 'admin' WHERE username = 'boss'`);
    const product = (await api.call('post', '/products', owner.token).send({ asin: 'B000000001' })) as Answer;
    const key = (await api.call('post', '/users/me/api-keys', owner.token).send({ name: 'key' })) as Answer;
    const { userId } = await api.login('plaything');
    ids = { product: (product.body as { id: string }).id, apiKey: (key.body as { id: string }).id, user: userId };
    readKey = (key.body as { key: string }).key;
  });
  afterAll(() => api.close());

  const fill = (path: string, id: string) => path.replace(/\{\w+\}/, id).replace('{key}', 'trend:bsr:90d');

  const send = async (row: Row, path: string, token?: string, body = '{}', type = 'application/json') => {
    const call = api.call(row.method, path, token);
    return (await (row.operation.requestBody ? call.set('Content-Type', type).send(body) : call)) as Answer;
  };
  const tokenFor = (row: Row) => (isAdmin(row) ? admin.token : owner.token);
  /** Something of the caller's own; for an admin, the account of somebody who does nothing else here. */
  const idFor = (row: Row) => (isAdmin(row) ? ids.user : ids.product);

  it('should be in the document of the running program', async () => {
    const { body } = (await api.call('get', '/api/docs-json')) as Answer;
    const { paths } = body as typeof DOCUMENT;
    const names = Object.entries(paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(names.sort()).toEqual(OPERATIONS.map(({ name }) => name).sort());
  });

  it.each(OPERATIONS)('should be described: $name', ({ operation }) => {
    expect(operation.operationId).toMatch(/^[a-z]+[A-Za-z]*$/);
    expect(operation.summary).toMatch(/\.$/);
    expect(Object.keys(operation.responses)).toContain('429');
  });

  it.each(WITH_BODY)('should show an example of its body: $name', (row) => {
    const without = shapesOf(row).flatMap((shape) =>
      Object.entries(shape.properties ?? { body: shape })
        .filter(([, { example }]) => example === undefined)
        .map(([name]) => name),
    );
    // A text among the shapes is the file, whose columns the README shows.
    expect(without.filter((name) => name !== 'body' || !row.path.endsWith('/products/import'))).toEqual([]);
  });

  it('should have a name of its own', () => {
    const names = OPERATIONS.map(({ operation }) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(GUARDED)('should ask for a token: $name', async (row) => {
    const answer = await send(row, fill(row.path, ids.product));
    const { status, headers, body } = answer;
    expect([status, faultOf(answer, fill(row.path, ids.product))]).toEqual([401, undefined]);
    expect(body).toMatchObject({
      type: 'about:blank',
      title: 'Unauthorized',
      status: 401,
      errorCode: 'unauthenticated',
    });
    expect(headers['www-authenticate']).toBe('Bearer');
  });

  it.each(OPERATIONS.filter(({ operation }) => !operation.security))('should be open: $name', async (row) => {
    const { status } = await send(row, row.path);
    // A path of nothing real is not there, which is seen without a login.
    expect(row.path.includes('{') ? [404] : [200, 422]).toContain(status);
  });

  it.each(GUARDED)('should not take a token that is not ours: $name', async (row) => {
    const [head = '', claims = ''] = owner.token.split('.');
    const answer = await send(row, fill(row.path, ids.product), `${head}.${claims}.AAAA`);
    expect([answer.status, faultOf(answer, fill(row.path, ids.product))]).toEqual([401, undefined]);
  });

  it.each(WRITES)('should not be done by a key that may only read: $name', async (row) => {
    const path = fill(row.path, ids.product);
    const answer = (await api.call(row.method, path).set('X-API-Key', readKey)) as Answer;
    expect([answer.status, faultOf(answer, path)]).toEqual([403, undefined]);
  });

  it.each(WITH_ID.filter((row) => !isAdmin(row)))('should not show what is somebody else’s: $name', async (row) => {
    const path = fill(row.path, row.path.includes('api-keys') ? ids.apiKey : ids.product);
    const answer = await send(row, path, other.token, leastOf(row));
    expect([answer.status, faultOf(answer, path)]).toEqual([404, undefined]);
  });

  it.each(OPERATIONS.filter(isAdmin))('should be for admins: $name', async (row) => {
    const answer = await send(row, fill(row.path, ids.product), other.token);
    expect([answer.status, faultOf(answer, fill(row.path, ids.product))]).toEqual([403, undefined]);
  });

  it.each(WITH_ID)('should take an id that cannot be for one that is not there: $name', async (row) => {
    const found: Record<string, [number, string | undefined]> = {};
    for (const id of WRONG_IDS) {
      const answer = await send(row, fill(row.path, id), tokenFor(row), leastOf(row));
      found[id] = [answer.status, faultOf(answer, fill(row.path, id))];
    }
    const expected = WRONG_IDS.map((id) => [id, [id === '%ff' ? 400 : 404, undefined]]);
    expect(found).toEqual(Object.fromEntries(expected));
  });

  it.each(WITH_BODY)('should refuse a body that cannot be: $name', async (row) => {
    const failures: string[] = [];
    for (const [what, body] of WRONG_BODIES) {
      const path = fill(row.path, idFor(row));
      const answer = await send(row, path, tokenFor(row), body);
      const fault = faultOf(answer, path);
      if (fault) failures.push(`${what}: ${fault}`);
      else if (!row.operation.responses[String(answer.status)]) failures.push(`${what}: undocumented`);
    }
    const harmless: string[] = [];
    // A product of another listing is a line of the report.
    if (row.path.endsWith('/price-history/import')) {
      harmless.push('every field of a wrong type: status 200', 'a character that cannot be stored: status 200');
    }
    // Fastify drops what would change a prototype, and changing nothing is a change that can be made.
    if (row.method === 'patch') harmless.push('a prototype alone: status 200');
    expect(failures.filter((failure) => !harmless.includes(failure))).toEqual([]);
  });

  it.each(FIELDS)('should not fall over a wrong value: $name', async (row) => {
    const failures: string[] = [];
    for (const [what, value] of WRONG_VALUES) {
      const path = fill(row.path, idFor(row));
      const body = JSON.stringify({ ...exampleOf(row), [row.field]: value });
      const answer = await send(row, path, tokenFor(row), body);
      const fault = faultOf(answer, path);
      // Some of these are right for some fields; an object is right for none.
      if (fault && (answer.status >= 400 || what === 'an object')) failures.push(`${what}: ${fault}`);
    }
    expect(failures).toEqual([]);
  });

  it.each(WITH_BODY)('should refuse a body of a type that the document does not list: $name', async (row) => {
    const found: Record<string, [number, string | undefined]> = {};
    const foreign = FOREIGN_TYPES.filter((type) => !typesOf(row).includes(type));
    for (const type of foreign) {
      const path = fill(row.path, ids.product);
      const answer = await send(row, path, tokenFor(row), 'a=b', type);
      found[type] = [answer.status, faultOf(answer, path)];
    }
    expect(found).toEqual(Object.fromEntries(foreign.map((type) => [type, [415, undefined]])));
  });

  it.each(WITH_BODY)('should refuse a body that is too large: $name', async (row) => {
    const path = fill(row.path, ids.product);
    const call = api.call(row.method, path, tokenFor(row)).set('Content-Type', 'application/json');
    // The announced length is enough: the body itself is never sent.
    const answer = (await call.set('Content-Length', String(17 * 1024 * 1024)).send('{}')) as Answer;
    expect([answer.status, faultOf(answer, path)]).toEqual([413, undefined]);
  });

  it.each([
    ['an address that is nowhere', 'get', '/api/v1/nowhere', 404],
    ['an address outside', 'get', '/', 404],
    ['a method that is not there', 'put', '/api/v1/products', 404],
    ['an address that is not readable', 'get', '/api/v1/%ff', 400],
  ] as const)('should answer with a problem for %s', async (_, method, path, status) => {
    const answer = (await request(api.url)[method](path)) as Answer;
    expect([answer.status, faultOf(answer, path)]).toEqual([status, undefined]);
  });

  it.each([
    '/products',
    '/products/ID/price-history',
    '/products/ID/price-history/stats',
    '/products/ID/price-history/export',
    '/products/ID/checks',
    '/users',
    '/admin/jobs',
  ])('should never fail on a query: %s', async (path) => {
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
      'format',
      'schedule',
      '__proto__',
      'constructor',
      'x',
    );
    const value = fc.oneof(
      fc.string(),
      fc.integer().map(String),
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      fc.array(fc.oneof(fc.string(), fc.integer().map(String)), { maxLength: 3 }).map(encodeCursor),
      fc.constantFrom('true', '2026-01-01', '-1', '1e9', '\u0000', 'W10', 'title', 'price,bsr', '99999999999999999999'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, value), { maxLength: 4 }), async (pairs) => {
        const query = new URLSearchParams(pairs).toString();
        const { status } = await api.call('get', `${path.replace('ID', ids.product)}?${query}`, admin.token);
        expect(status).toBeLessThan(500);
      }),
      { numRuns: 60 },
    );
  });

  it.each(['text/csv', 'application/x-ndjson'])('should never fail on a file of %s', async (type) => {
    const row = fc.constantFrom(
      'metric,time,value',
      'price,2026-01-01,1',
      '{"metric":"bsr","time":"2026-01-01"}',
      '""',
    );
    const file = fc.array(fc.oneof(row, fc.string(), fc.string({ unit: 'binary' })), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(file, async (lines) => {
        const path = `/products/${ids.product}/price-history/import`;
        const { status } = await api.call('post', path, owner.token).set('Content-Type', type).send(lines.join('\n'));
        expect([200, 422]).toContain(status);
      }),
      { numRuns: 60 },
    );
  });
});
