import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { AppLogger } from './app-logger';

const REQUEST_ID = /^[\w.-]{8,64}$/;
const PROBES = /\/(health|metrics)/;
/** Longer than any id: the signed links of mails. */
const TOKEN = /[\w-]{40,}/g;

/** A caller's request id is kept when it is harmless, so that one id follows a request through several systems. */
export function requestId(request: { headers: IncomingMessage['headers'] }): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

/** A line for each answer. Headers, bodies and queries are left out altogether, and so is a token in the path: that is where secrets travel. */
@Injectable()
export class RequestLog {
  constructor(private readonly logger: AppLogger) {}

  watch(fastify: FastifyInstance): void {
    fastify.addHook('onResponse', (request, reply, done) => {
      const path = (request.originalUrl.split('?', 1)[0] ?? '/').replace(TOKEN, '…');
      if (this.logger.isEnabled('info') && !PROBES.test(path)) {
        const req = { id: request.id, method: request.method, path };
        const responseTime = Math.round(reply.elapsedTime);
        this.logger.log({ req, res: { status: reply.statusCode }, responseTime }, 'request completed', 'Http');
      }
      done();
    });
  }
}
