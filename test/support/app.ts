import { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import { AppModule } from '../../src/app.module';
import { Clock } from '../../src/common/clock';
import { Config } from '../../src/config/config';
import { readEnvironment } from '../../src/config/environment';
import { configureApp, createAdapter } from '../../src/configure-app';
import { MarketplaceData } from '../../src/marketplace-data/marketplace-data';
import { Sources } from '../../src/marketplace-data/sources.service';
import { Postgres } from '../../src/shared/database/postgres';
import { createTestDatabase } from './database';

export interface TestApp {
  app: NestFastifyApplication;
  /** Address of the listening server, without the prefix. */
  url: string;
  databaseUrl: string;
  postgres: Postgres;
  config: Config;
  /** Calls the API; `path` is without the prefix. */
  call(method: 'get' | 'post' | 'patch' | 'delete', path: string, token?: string): request.Test;
  /** Makes an account and logs in. */
  login(username: string): Promise<{ userId: string; token: string; refreshToken: string }>;
  close(): Promise<void>;
}

/** What a test takes of an answer: the body is whatever came, until an assertion says more. */
export interface Answer {
  status: number;
  headers: Record<string, string | undefined>;
  body: unknown;
}

export interface TestAppOptions {
  env?: Record<string, string>;
  /** Instead of the configured sources. */
  sources?: MarketplaceData[];
  clock?: Clock;
  /** A database that exists already; it is not dropped. */
  databaseUrl?: string;
}

export const PASSWORD = 'correct horse battery';

/** The whole program on a real database and a real port; no limits unless the test sets them. */
export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const database = options.databaseUrl === undefined ? await createTestDatabase() : undefined;
  await database?.dataSource.destroy();
  const databaseUrl = options.databaseUrl ?? database?.url ?? '';
  const env = readEnvironment({
    NODE_ENV: 'test',
    ROLES: 'api',
    LOG_LEVEL: 'silent',
    JWT_SECRET: 'only for tests, and long enough for them',
    LIMIT_REQUESTS_PER_MINUTE: '100000',
    LIMIT_LOGIN_PER_MINUTE: '100000',
    LIMIT_PRODUCT_READS_PER_MINUTE: '100000',
    ...options.env,
  });
  const config = new Config(env, databaseUrl);
  let builder = Test.createTestingModule({ imports: [AppModule.with(config)] });
  if (options.sources) builder = builder.overrideProvider(Sources).useValue(new Sources(options.sources));
  if (options.clock) builder = builder.overrideProvider(Clock).useValue(options.clock);
  const module = await builder.compile();
  const app = module.createNestApplication<NestFastifyApplication>(createAdapter(config), { logger: false });
  await configureApp(app);
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const call: TestApp['call'] = (method, path, token) => {
    const test = request(url)[method](path.startsWith('/api') ? path : `/api/v1${path}`);
    return token === undefined ? test : test.set('Authorization', `Bearer ${token}`);
  };
  return {
    app,
    url,
    databaseUrl,
    postgres: app.get(Postgres),
    config,
    call,
    async login(username) {
      const user = await call('post', '/auth/register').send({
        username,
        email: `${username}@shop.example`,
        password: PASSWORD,
      });
      const tokens = await call('post', '/auth/token').send({ username, password: PASSWORD });
      const { accessToken, refreshToken } = tokens.body as { accessToken: string; refreshToken: string };
      return { userId: (user.body as { id: string }).id, token: accessToken, refreshToken };
    },
    async close() {
      await app.close();
      await database?.drop();
    },
  };
}
