import { createHmac } from 'node:crypto';
import { Readable } from 'node:stream';
import { CallHandler, ExecutionContext, Injectable, NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { catchError, from, mergeMap, Observable, of, throwError } from 'rxjs';
import { Reflector } from '@nestjs/core';
import { RequestWithIdentity, SECRET_ANSWER_KEY } from '../../common/access';
import { AppError, ConflictError, ValidationError } from '../../common/app-error';
import { Clock } from '../../common/clock';
import { Config } from '../../config/config';
import { Postgres } from '../database/postgres';

const KEY = /^[\x21-\x7e]{1,200}$/;
const WRITES = new Set(['POST', 'PATCH', 'PUT', 'DELETE']);

/** A first try that has not answered after this was lost with its process; the next try may go ahead. */
const LOST_AFTER_MS = 60_000;

interface Stored {
  request_hash: Buffer;
  status: number | null;
  body: unknown;
}

/**
 * `Idempotency-Key` on a write: the first try's answer is given to every later try with the same key, for a day.
 * A failed try frees the key. An answer that holds a secret is not kept: a later try learns that it was given.
 * Files are streams and not compared; importing one twice changes nothing anyway.
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    private readonly postgres: Postgres,
    private readonly clock: Clock,
    private readonly reflector: Reflector,
    private readonly config: Config,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest & RequestWithIdentity>();
    const key = request.headers['idempotency-key'];
    const userId = request.identity?.userId;
    if (key === undefined || userId === undefined || !WRITES.has(request.method)) return next.handle();
    if (typeof key !== 'string' || !KEY.test(key)) {
      throw new ValidationError([{ field: 'Idempotency-Key', message: 'must be 1 to 200 printable characters' }]);
    }
    const reply = http.getResponse<FastifyReply>();
    const secret = this.reflector.get<boolean | undefined>(SECRET_ANSWER_KEY, context.getHandler()) === true;
    return from(this.begin(userId, key, this.hashOf(request))).pipe(
      mergeMap((stored) => {
        if (stored && secret) {
          throw new ConflictError('The first request with this key was answered, and its answer is shown only once');
        }
        if (stored) {
          void reply.status(stored.status ?? 200).header('Idempotency-Replayed', 'true');
          return of(stored.body ?? undefined);
        }
        return next.handle().pipe(
          mergeMap(async (body) => {
            await this.finish(userId, key, reply.statusCode, secret ? undefined : body);
            return body;
          }),
          catchError((error: unknown) =>
            from(this.free(userId, key)).pipe(mergeMap(() => throwError(() => error as Error))),
          ),
        );
      }),
    );
  }

  /** @returns the stored answer, or null when this try is the first */
  private async begin(userId: string, key: string, hash: Buffer): Promise<Stored | null> {
    const now = this.clock.now();
    const taken = await this.postgres.query(
      `INSERT INTO idempotency_key (user_id, key, request_hash, created_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT (user_id, key) DO UPDATE SET created_at = $4
         WHERE idempotency_key.status IS NULL AND idempotency_key.request_hash = $3 AND idempotency_key.created_at < $5
       RETURNING key`,
      [userId, key, hash, now, new Date(now.getTime() - LOST_AFTER_MS)],
    );
    if (taken.length > 0) return null;
    const [stored] = await this.postgres.query<Stored>(
      `SELECT request_hash, status, body FROM idempotency_key WHERE user_id = $1 AND key = $2`,
      [userId, key],
    );
    if (stored && !stored.request_hash.equals(hash)) {
      throw new ValidationError([{ field: 'Idempotency-Key', message: 'was used for another request' }]);
    }
    if (stored?.status == null) {
      throw new AppError('idempotency_in_progress', 'The first request with this key is still under way');
    }
    return stored;
  }

  private async finish(userId: string, key: string, status: number, body: unknown): Promise<void> {
    await this.postgres.query(`UPDATE idempotency_key SET status = $3, body = $4 WHERE user_id = $1 AND key = $2`, [
      userId,
      key,
      status,
      body === undefined ? null : JSON.stringify(body),
    ]);
  }

  private async free(userId: string, key: string): Promise<void> {
    await this.postgres.query(`DELETE FROM idempotency_key WHERE user_id = $1 AND key = $2`, [userId, key]);
  }

  /** With a key: a body may hold a password, and a plain hash of it could be guessed from the table. */
  private hashOf(request: FastifyRequest): Buffer {
    const body = request.body instanceof Readable ? '' : JSON.stringify(request.body ?? null);
    return createHmac('sha256', this.config.jwtSecret).update(`${request.method} ${request.url}\n${body}`).digest();
  }
}
