import { ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { RequestWithIdentity } from '../../common/access';
import { Config } from '../../config/config';
import { Limit, LIMIT_KEY } from './limited';

export interface RequestLimit {
  /** What its headers and counts are named after; the general one has no name. */
  name: string;
  perMinute: number;
  /** Whom a request counts for. */
  callerOf: (request: FastifyRequest & RequestWithIdentity) => string;
}

/** Which limits a route has. */
@Injectable()
export class Limits {
  private readonly all: { limit: RequestLimit; only?: Limit }[];
  private readonly known = new WeakMap<object, RequestLimit[]>();

  constructor(
    config: Config,
    private readonly reflector: Reflector,
  ) {
    const { LIMIT_REQUESTS_PER_MINUTE, LIMIT_LOGIN_PER_MINUTE, LIMIT_PRODUCT_READS_PER_MINUTE } = config.env;
    this.all = [
      { limit: { name: '', perMinute: LIMIT_REQUESTS_PER_MINUTE, callerOf } },
      { limit: { name: 'login-address', perMinute: LIMIT_LOGIN_PER_MINUTE, callerOf }, only: 'login' },
      { limit: { name: 'login-account', perMinute: LIMIT_LOGIN_PER_MINUTE, callerOf: accountOf }, only: 'login' },
      { limit: { name: 'product-reads', perMinute: LIMIT_PRODUCT_READS_PER_MINUTE, callerOf }, only: 'product-reads' },
    ];
  }

  of(route: ExecutionContext): RequestLimit[] {
    const handler = route.getHandler();
    let limits = this.known.get(handler);
    if (limits === undefined) {
      const special = this.reflector.getAllAndOverride<Limit | undefined>(LIMIT_KEY, [handler, route.getClass()]);
      limits = this.all.filter(({ only }) => only === undefined || only === special).map(({ limit }) => limit);
      this.known.set(handler, limits);
    }
    return limits;
  }
}

/** The proven user, else the address the request came from. */
function callerOf({ identity, ip }: FastifyRequest & RequestWithIdentity): string {
  return identity ? `user:${identity.userId}` : `address:${ip}`;
}

/** Whom a login is for, whether or not there is such an account; without a name in the request, who asks. */
function accountOf(request: FastifyRequest & RequestWithIdentity): string {
  const { body } = request;
  const name = typeof body === 'object' && body !== null && 'username' in body ? body.username : undefined;
  return typeof name === 'string' ? name.trim().toLowerCase().slice(0, 320) : callerOf(request);
}
