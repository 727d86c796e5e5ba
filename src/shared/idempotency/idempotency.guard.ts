import { createHmac } from 'node:crypto';
import { Readable } from 'node:stream';
import { CanActivate, ExecutionContext, Injectable, Logger } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { RequestWithIdentity, SECRET_ANSWER_KEY } from '../../common/access';
import { AppError, ConflictError, ReplayedAnswer, ValidationError } from '../../common/app-error';
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

type Tracked = FastifyRequest & RequestWithIdentity & { pendingKey?: { userId: string; key: string; secret: boolean } };

/**
 * `Idempotency-Key` on a write: the first try's answer is given to every later try with the same key, for a day.
 * A failed try frees the key. An answer that holds a secret is not kept: a later try learns that it was given.
 * Files are streams and not compared; importing one twice changes nothing anyway.
 * A guard, which begins, and a hook, which ends: an interceptor would wrap every read as well.
 */
@Injectable()
export class IdempotencyGuard implements CanActivate {
  private readonly logger = new Logger('Idempotency');

  constructor(
    private readonly postgres: Postgres,
    private readonly clock: Clock,
    private readonly reflector: Reflector,
    private readonly config: Config,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Tracked>();
    const key = request.headers['idempotency-key'];
    const userId = request.identity?.userId;
    if (key === undefined || userId === undefined || !WRITES.has(request.method)) return true;
    if (typeof key !== 'string' || !KEY.test(key)) {
      throw new ValidationError([{ field: 'Idempotency-Key', message: 'must be 1 to 200 printable characters' }]);
    }
    const secret = this.reflector.get<boolean | undefined>(SECRET_ANSWER_KEY, context.getHandler()) === true;
    const stored = await this.begin(userId, key, this.hashOf(request));
    if (stored && secret) {
      throw new ConflictError('The first request with this key was answered, and its answer is shown only once');
    }
    if (stored) throw new ReplayedAnswer(stored.status ?? 200, stored.body ?? undefined);
    request.pendingKey = { userId, key, secret };
    return true;
  }

  /** Keeps the answers to first tries, before they are sent. */
  watch(fastify: FastifyInstance): void {
    fastify.addHook('onSend', async (request: Tracked, reply, payload) => {
      const pending = request.pendingKey;
      if (!pending) return payload;
      try {
        if (reply.statusCode >= 400) await this.free(pending.userId, pending.key);
        else await this.finish(pending.userId, pending.key, reply.statusCode, pending.secret ? undefined : payload);
      } catch (error) {
        // What was asked for is done, or has failed, and that is what the caller should hear.
        this.logger.error(error);
      }
      return payload;
    });
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
      typeof body === 'string' && body !== '' ? body : null,
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
