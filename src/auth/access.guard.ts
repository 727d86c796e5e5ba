import { CanActivate, ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { PUBLIC_KEY, RequestWithIdentity, Role, ROLES_KEY } from '../common/access';
import { ForbiddenError, UnauthenticatedError } from '../common/app-error';

/** Every route needs a proven caller unless it is marked public; admin routes need the role, writes the scope. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC_KEY, targets)) return true;
    const { identity, method, headers } = context.switchToHttp().getRequest<FastifyRequest & RequestWithIdentity>();
    if (!identity) {
      throw new UnauthenticatedError(
        (headers.authorization ?? headers['x-api-key']) && 'The token or API key is not valid, or not any more',
      );
    }
    const roles = this.reflector.getAllAndOverride<Role[] | undefined>(ROLES_KEY, targets);
    if (roles && !roles.includes(identity.role)) throw new ForbiddenError(`This needs the role ${roles.join(' or ')}`);
    const scope = method === 'GET' || method === 'HEAD' ? 'read' : 'write';
    if (!identity.scopes.includes(scope)) throw new ForbiddenError(`This API key lacks the scope ${scope}`);
    return true;
  }
}
