import { Injectable } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';

/**
 * Finds out who is asking and lets everybody pass: what is allowed is decided by AccessGuard,
 * after the limits have been counted for the right caller.
 */
@Injectable()
export class IdentityGuard extends AuthGuard(['jwt', 'api-key']) {
  constructor() {
    super({ session: false, property: 'identity' });
  }

  override handleRequest<Caller>(error: unknown, identity: Caller | false): Caller {
    if (error) throw error as Error;
    return (identity || undefined) as Caller;
  }
}
