import helmet from '@fastify/helmet';
import { FastifyAdapter, NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import { maxHeaderSize } from 'node:http';
import type { Socket } from 'node:net';
import { AppError } from './common/app-error';
import { entityTags } from './common/entity-tags';
import { answerFrameworkError } from './common/problem.filter';
import { Config } from './config/config';
import { IdempotencyGuard } from './shared/idempotency/idempotency.guard';
import { RequestLog, requestId } from './shared/logging/request-log';
import { RequestMetrics } from './shared/metrics/request-metrics';

/** Files that handlers read themselves, as streams, after the guards have let the caller in. */
const STREAMED_TYPES = ['text/csv', 'application/x-ndjson', 'multipart/form-data'];

const MAX_JSON_BYTES = 16 * 1024 * 1024;

/** Probes and scrapers look at the root; the routes stand under the prefix. */
const ROOT_ROUTES = /^\/(health|metrics)(\/|\?|$)/;
export const PREFIX = '/api/v1';
const DOCS = '/api/docs';

export function createAdapter(config: Config): FastifyAdapter {
  return new FastifyAdapter({
    // Node reads no longer address: an id of any length is looked at, and is not there.
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: maxHeaderSize },
    frameworkErrors: answerFrameworkError,
    bodyLimit: MAX_JSON_BYTES,
    trustProxy: config.env.TRUST_PROXY,
    genReqId: requestId,
    rewriteUrl: ({ url = '/' }) => (ROOT_ROUTES.test(url) ? PREFIX + url : url),
    // A request that came in over a kept-alive connection while the door closes is still served.
    return503OnClosing: false,
  });
}

/** Everything about HTTP that is not a route: for the program, the OpenAPI document and the tests alike. */
export async function configureApp(app: NestFastifyApplication): Promise<void> {
  const config = app.get(Config);
  app.setGlobalPrefix(PREFIX);
  app.enableCors({
    origin: config.env.CORS_ORIGINS.length > 0 ? config.env.CORS_ORIGINS : false,
    exposedHeaders: [
      'X-RateLimit-Limit',
      'X-RateLimit-Remaining',
      'X-RateLimit-Reset',
      'Retry-After',
      'X-Request-Id',
      'ETag',
    ],
  });
  const fastify = app.getHttpAdapter().getInstance();
  await protect(app, fastify);
  fastify.addContentTypeParser(STREAMED_TYPES, (_request, payload, done) => {
    done(null, payload);
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('X-Request-Id', request.id);
    done();
  });
  // Handlers that tag their answers may leave the body out when the caller has it.
  fastify.addHook('onSend', (request, reply, payload, done) => {
    const [tag] = entityTags(reply.getHeader('etag')?.toString());
    const known = request.headers['if-none-match'];
    const unchanged =
      tag !== undefined && reply.statusCode === 200 && (known === '*' || entityTags(known).includes(tag));
    if (unchanged) reply.code(304);
    done(null, unchanged ? '' : payload);
  });
  if (!config.has('api')) {
    fastify.addHook('onRequest', (request, _reply, done) => {
      const probe = ROOT_ROUTES.test(request.url.slice(PREFIX.length));
      done(probe ? undefined : new AppError('not_found', 'This process does not serve the API'));
    });
  }
  app.get(RequestMetrics).watch(fastify);
  app.get(RequestLog).watch(fastify);
  app.get(IdempotencyGuard).watch(fastify);
  dropUnusedConnections(fastify);
  SwaggerModule.setup(DOCS, app, () => createDocument(app), { jsonDocumentUrl: `${DOCS}-json` });
}

/**
 * Headers that keep browsers from making more of an answer than it is. The docs are pages and get helmet's; for the rest,
 * which is data, a few are enough, and helmet's work per request is as much as that of a whole lookup.
 */
async function protect(app: NestFastifyApplication, fastify: FastifyInstance): Promise<void> {
  await app.register(helmet, {
    global: false,
    // Swagger UI brings inline styles and its own script.
    contentSecurityPolicy: {
      directives: {
        scriptSrc: [`'self'`],
        styleSrc: [`'self'`, `'unsafe-inline'`],
        imgSrc: [`'self'`, 'data:'],
        // The docs are read over plain HTTP too, on a machine of one's own.
        upgradeInsecureRequests: null,
      },
    },
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    if (request.url.startsWith(DOCS)) reply.helmet();
    else void reply.headers(DATA_HEADERS);
    done();
  });
}

/** OWASP, REST Security Cheat Sheet. */
const DATA_HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': `default-src 'none'; frame-ancestors 'none'`,
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

/** Closing waits for every connection, also for one over which nothing was asked yet: browsers and balancers keep such ones. */
function dropUnusedConnections(fastify: FastifyInstance): void {
  const unused = new Set<Socket>();
  fastify.server.on('connection', (socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  fastify.server.on('request', ({ socket }) => unused.delete(socket));
  fastify.addHook('preClose', (done) => {
    for (const socket of unused) socket.destroy();
    done();
  });
}

export function createDocument(app: NestFastifyApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('Amazon Insights Platform')
    .setDescription(
      'Tracks Amazon listings and keeps their history. Every number is measured, imported or derived by a named method; ' +
        'what is not known is null or absent. Numbers of the source `sandbox` are simulated.\n\n' +
        'Errors are `application/problem+json` (RFC 9457) with an `errorCode`. Lists are paged by `page[size]` and ' +
        '`page[cursor]`. Writes accept an `Idempotency-Key`.',
    )
    .setVersion('1')
    .setLicense('MIT', '')
    .addTag('auth', 'Accounts, logins and tokens')
    .addTag('users', 'Profiles, passwords and API keys')
    .addTag('products', 'What you track')
    .addTag('price-history', 'Series, statistics, files, and how checks ended')
    .addTag('competitors', 'Rivals of what you track')
    .addTag('analytics', 'What history and your own sales say')
    .addTag('alerts', 'What you want to be told of, and where')
    .addTag('ai-insights', 'What happened, why, and what to consider, with its receipts')
    .addTag('platform', 'Probes and metrics (also without the prefix), and the scheduled jobs')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' })
    .addApiKey({ type: 'apiKey', in: 'header', name: 'X-API-Key' }, 'api-key')
    .build();
  const document = SwaggerModule.createDocument(app, builder, {
    operationIdFactory: (_controller, method) => method,
  });
  return withProblems(document);
}

/**
 * Adds to every operation the errors that come of what it is (guards, ids, bodies), which no controller could keep complete
 * by hand; those of its own meaning (409 …) its controller declares. All of them are problems.
 */
function withProblems(document: OpenAPIObject): OpenAPIObject {
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: PROBLEM_SCHEMA },
  };
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of ['get', 'post', 'patch', 'delete'] as const) {
      const operation = item[method];
      if (!operation) continue;
      const open = !operation.security;
      if (!open) operation.security = [{ bearer: [] }, { 'api-key': [] }];
      const hasInput =
        operation.requestBody ??
        operation.parameters?.some((parameter) => 'in' in parameter && parameter.in === 'query');
      const problems: [applies: boolean, status: string, description: string][] = [
        [Boolean(operation.requestBody), '400', 'The body cannot be read'],
        [!open, '401', 'No token, or one that is not valid'],
        [!open, '403', 'The role is missing, or the API key lacks the scope'],
        [path.includes('{'), '404', 'Not there, or not yours'],
        [Boolean(operation.requestBody), '413', 'The body is too large'],
        [Boolean(operation.requestBody), '415', 'The content type is none of those listed'],
        [Boolean(hasInput), '422', 'A field is wrong; `errors` says which'],
        [true, '429', 'Too many requests; see Retry-After'],
        [true, '503', 'A data store is away; see Retry-After'],
      ];
      for (const [applies, status, description] of problems) {
        if (applies) operation.responses[status] ??= { description };
      }
      for (const [status, response] of Object.entries(operation.responses)) {
        if (Number(status) >= 400 && response && 'description' in response) response.content = PROBLEM_CONTENT;
      }
    }
  }
  return document;
}

const PROBLEM_CONTENT = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };

const PROBLEM_SCHEMA = {
  type: 'object',
  description: 'Problem details (RFC 9457)',
  required: ['type', 'title', 'status', 'detail', 'instance', 'errorCode', 'timestamp', 'requestId'],
  properties: {
    type: { type: 'string', example: 'about:blank' },
    title: { type: 'string', example: 'Not Found' },
    status: { type: 'integer', example: 404 },
    detail: { type: 'string', example: 'Product not found' },
    instance: { type: 'string', example: '/api/v1/products/0192f3c4-0000-7000-8000-000000000000' },
    errorCode: { type: 'string', example: 'not_found' },
    timestamp: { type: 'string', format: 'date-time' },
    requestId: { type: 'string' },
    errors: {
      type: 'array',
      items: { type: 'object', properties: { field: { type: 'string' }, message: { type: 'string' } } },
    },
  },
};
