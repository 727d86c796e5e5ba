import { CanActivate, ExecutionContext, Injectable } from '@nestjs/common';
import { InjectThrottlerStorage, ThrottlerStorage } from '@nestjs/throttler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RequestWithIdentity } from '../../common/access';
import { AppError } from '../../common/app-error';
import { Limits } from './limits';

const MINUTE_MS = 60_000;

/**
 * Counts a request against the limits of its route, one count per caller and limit however many routes share the limit. The
 * library's guard finds out the same anew for each request, which costs as much as the lookup of a product.
 */
@Injectable()
export class RequestThrottlerGuard implements CanActivate {
  constructor(
    private readonly limits: Limits,
    @InjectThrottlerStorage() private readonly storage: ThrottlerStorage,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest & RequestWithIdentity>();
    const reply = http.getResponse<FastifyReply>();
    for (const { name, perMinute, callerOf } of this.limits.of(context)) {
      const key = `${name}:${callerOf(request)}`;
      const hits = await this.storage.increment(key, MINUTE_MS, perMinute, MINUTE_MS, name);
      if (hits.isBlocked) refuse(reply, perMinute, hits.timeToBlockExpire);
      const suffix = name === '' ? '' : `-${name}`;
      void reply.header(`X-RateLimit-Limit${suffix}`, perMinute);
      void reply.header(`X-RateLimit-Remaining${suffix}`, Math.max(0, perMinute - hits.totalHits));
      void reply.header(`X-RateLimit-Reset${suffix}`, hits.timeToExpire);
    }
    return true;
  }
}

/** RFC 9110 knows one Retry-After, and a caller who is refused one limit. */
function refuse(reply: FastifyReply, perMinute: number, seconds: number): never {
  void reply.header('Retry-After', seconds);
  void reply.header('X-RateLimit-Limit', perMinute);
  void reply.header('X-RateLimit-Remaining', 0);
  void reply.header('X-RateLimit-Reset', seconds);
  throw new AppError('rate_limited', `Too many requests; try again in ${seconds} s`);
}
