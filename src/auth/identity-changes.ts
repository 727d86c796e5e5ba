import { Injectable, OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import { Config } from '../config/config';
import { NotificationLine } from '../shared/database/notification-line';

/**
 * Hears from the database, whichever process changed it, that a session ended, a key was deleted, or a user's role or activity
 * changed (triggers of migration NotifiedRevocations). A line that is silent for a second counts as dead.
 */
@Injectable()
export class IdentityChanges implements OnModuleInit, OnModuleDestroy {
  /** Changes heard so far. */
  count = 0;
  private listener: (userId: string | undefined) => void = () => undefined;
  private readonly line: NotificationLine;

  constructor(private readonly config: Config) {
    const hear = (userId: string | undefined) => {
      this.count += 1;
      this.listener(userId);
    };
    this.line = new NotificationLine(config.databaseUrl, 'identity_changed', hear, () => true);
  }

  get isHeard(): boolean {
    return this.line.isHeard;
  }

  /** The one who listens gets the user's id, or undefined when anything may have changed unheard. */
  onChange(listener: (userId: string | undefined) => void): void {
    this.listener = listener;
  }

  onModuleInit(): void {
    if (this.config.has('api')) this.line.open();
  }

  async onModuleDestroy(): Promise<void> {
    await this.line.close();
  }
}
