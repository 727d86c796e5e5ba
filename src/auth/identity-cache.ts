import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Identity } from '../common/access';
import { IdentityChanges } from './identity-changes';

const MAX_CREDENTIALS = 10_000;
/** An API key's last use is noted to the minute, so it is looked up as often. */
const API_KEY_MS = 60_000;

/**
 * Who a credential stands for, until it expires or the database tells that something about its user changed. Without that
 * telling nothing is remembered, and every request asks the database.
 */
@Injectable()
export class IdentityCache {
  private readonly entries = new LRUCache<string, Identity>({ max: MAX_CREDENTIALS });

  constructor(private readonly changes: IdentityChanges) {
    changes.onChange((userId) => {
      if (userId === undefined) this.entries.clear();
      else this.forget(userId);
    });
  }

  forget(userId: string): void {
    for (const [credential, identity] of this.entries.entries()) {
      if (identity.userId === userId) this.entries.delete(credential);
    }
  }

  find(credential: string): Identity | undefined {
    return this.changes.isHeard ? this.entries.get(credential) : undefined;
  }

  /** To be called before the credential is looked up; what it returns remembers the answer unless a change came in between. */
  begin(credential: string): (identity: Identity) => void {
    const before = this.changes.count;
    return (identity) => {
      const ttl = identity.sessionId === undefined ? API_KEY_MS : lifetimeOf(credential);
      if (this.changes.isHeard && this.changes.count === before && ttl > 0)
        this.entries.set(credential, identity, { ttl });
    };
  }
}

/** Milliseconds that a verified access token still lives. */
function lifetimeOf(token: string): number {
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as { exp?: number };
  return (claims.exp ?? 0) * 1000 - Date.now();
}
