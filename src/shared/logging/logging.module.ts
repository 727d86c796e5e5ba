import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Module, RequestMethod } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { stdSerializers } from 'pino';
import { Config } from '../../config/config';

const REQUEST_ID = /^[\w.-]{8,64}$/;

/** A caller's request id is kept when it is harmless, so that one id follows a request through several systems. */
export function requestId(request: { headers: IncomingMessage['headers'] }): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

/** What PostgreSQL and TypeORM hang on the error of a failed statement, and what holds the values of rows. */
const WITH_VALUES: ReadonlySet<string> = new Set(['parameters', 'detail', 'where', 'driverError']);

function errorWithoutValues(error: Error): object {
  const fields = Object.entries(stdSerializers.err(error));
  return Object.fromEntries(fields.filter(([name]) => !WITH_VALUES.has(name)));
}

/** JSON lines. Headers, bodies and queries are left out altogether: that is where secrets travel. */
@Module({
  imports: [
    LoggerModule.forRootAsync({
      inject: [Config],
      useFactory: (config: Config) => ({
        forRoutes: [{ path: '{*all}', method: RequestMethod.ALL }],
        pinoHttp: {
          level: config.env.LOG_LEVEL,
          // Fastify's middleware shows the address without its path.
          autoLogging: {
            ignore: (request: IncomingMessage & { originalUrl?: string }) =>
              /\/(health|metrics)/.test(request.originalUrl ?? request.url ?? ''),
          },
          quietReqLogger: true,
          serializers: {
            req: (request: { id: string; method: string; url: string }) => ({
              id: request.id,
              method: request.method,
              path: request.url.split('?', 1)[0],
            }),
            err: errorWithoutValues,
            res: (response: { statusCode: number }) => ({ status: response.statusCode }),
          },
        },
      }),
    }),
  ],
})
export class LoggingModule {}
