import { ExecutionContext, Injectable } from '@nestjs/common';
import { ThrottlerGuard, ThrottlerLimitDetail } from '@nestjs/throttler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../common/app-error';
import { RequestWithIdentity } from '../../common/access';

/** Whom a request counts for: the proven user, else the address it came from. */
export function callerOf(request: Record<string, unknown>): string {
  const { identity, ip } = request as unknown as FastifyRequest & RequestWithIdentity;
  return identity ? `user:${identity.userId}` : `address:${ip}`;
}

/** Whom a login is for, whether or not there is such an account; without a name in the request, who asks. */
export function accountOf(request: Record<string, unknown>): string {
  const { body } = request as unknown as FastifyRequest;
  const name = typeof body === 'object' && body !== null && 'username' in body ? body.username : undefined;
  return typeof name === 'string' ? name.trim().toLowerCase().slice(0, 320) : callerOf(request);
}

@Injectable()
export class RequestThrottlerGuard extends ThrottlerGuard {
  /** RFC 9110 knows one Retry-After; the base class would name it after the limit. */
  protected override throwThrottlingException(context: ExecutionContext, detail: ThrottlerLimitDetail): Promise<void> {
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    void reply.header('Retry-After', detail.timeToBlockExpire);
    void reply.header('X-RateLimit-Limit', detail.limit);
    void reply.header('X-RateLimit-Remaining', 0);
    void reply.header('X-RateLimit-Reset', detail.timeToBlockExpire);
    throw new AppError('rate_limited', `Too many requests; try again in ${detail.timeToBlockExpire} s`);
  }
}
