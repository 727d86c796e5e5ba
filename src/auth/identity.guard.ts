import { ExecutionContext, Injectable } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RequestWithIdentity } from '../common/access';
import { IdentityCache } from './identity-cache';

/**
 * Finds out who is asking and lets everybody pass: what is allowed is decided by AccessGuard,
 * after the limits have been counted for the right caller.
 */
@Injectable()
export class IdentityGuard extends AuthGuard(['jwt', 'api-key']) {
  constructor(private readonly cache: IdentityCache) {
    super({ session: false, property: 'identity' });
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest & RequestWithIdentity>();
    const credential = credentialOf(request);
    if (credential === undefined) return true;
    const writes = request.method !== 'GET' && request.method !== 'HEAD';
    const known = writes ? undefined : this.cache.find(credential);
    if (known) {
      request.identity = known;
      return true;
    }
    const remember = this.cache.begin(credential);
    await super.canActivate(context);
    const { identity } = request;
    if (!identity) return true;
    // A write may end the very login it came with. Other processes are told by the database, this one knows at once.
    if (writes)
      context
        .switchToHttp()
        .getResponse<FastifyReply>()
        .raw.once('finish', () => {
          this.cache.forget(identity.userId);
        });
    else remember(identity);
    return true;
  }

  override handleRequest<Caller>(error: unknown, identity: Caller | false): Caller {
    if (error) throw error as Error;
    return (identity || undefined) as Caller;
  }
}

/** The token, else the key; undefined for a request with neither. One that has both is looked up each time. */
function credentialOf({ headers }: FastifyRequest): string | undefined {
  const token = /^bearer (.+)$/i.exec(headers.authorization ?? '')?.[1];
  const key = headers['x-api-key'];
  if (token !== undefined && key !== undefined) return `${token} and ${String(key)}`;
  return token ?? (typeof key === 'string' ? key : undefined);
}
