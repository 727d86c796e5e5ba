import { createParamDecorator, ExecutionContext, SetMetadata } from '@nestjs/common';

export type Role = 'user' | 'admin';
export type Scope = 'read' | 'write';

/** Who is asking, proven by a token or an API key. */
export interface Identity {
  userId: string;
  role: Role;
  scopes: readonly Scope[];
  /** The login this token belongs to; absent for API keys. */
  sessionId?: string;
}

/** What the guards leave on a request. */
export interface RequestWithIdentity {
  identity?: Identity;
}

export const PUBLIC_KEY = 'access:public';
export const ROLES_KEY = 'access:roles';
export const SECRET_ANSWER_KEY = 'access:secret-answer';

/** Marks a route that needs no token. Every other route needs one. */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(PUBLIC_KEY, true);

/** Marks a route for these roles only. */
export const Roles = (...roles: Role[]): MethodDecorator & ClassDecorator => SetMetadata(ROLES_KEY, roles);

/** Marks a route whose answer holds a secret: it is shown once and remembered nowhere. */
export const SecretAnswer = (): MethodDecorator => SetMetadata(SECRET_ANSWER_KEY, true);

/** The proven identity of the caller, as a handler's parameter. */
export const CurrentUser = createParamDecorator((_: unknown, context: ExecutionContext): Identity => {
  const { identity } = context.switchToHttp().getRequest<RequestWithIdentity>();
  if (!identity) throw new Error('CurrentUser used on a public route');
  return identity;
});
