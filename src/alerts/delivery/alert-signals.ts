import { Injectable, OnModuleDestroy } from '@nestjs/common';
import { Config } from '../../config/config';
import { NotificationLine } from '../../shared/database/notification-line';

export const ALERT_SIGNAL = 'alert_made';

/** Hears from the database, whichever process made them, that a user has new alerts. There is a line while somebody listens. */
@Injectable()
export class AlertSignals implements OnModuleDestroy {
  private readonly listeners = new Map<string, Set<() => void>>();
  private readonly line: NotificationLine;

  constructor(config: Config) {
    const hear = (userId: string | undefined) => {
      const told = userId === undefined ? [...this.listeners.values()] : [this.listeners.get(userId) ?? []];
      for (const mine of told) for (const tell of mine) tell();
    };
    this.line = new NotificationLine(config.databaseUrl, ALERT_SIGNAL, hear, () => this.listeners.size > 0);
  }

  /** @returns how to listen no more */
  on(userId: string, listener: () => void): () => void {
    const mine = this.listeners.get(userId) ?? new Set();
    this.listeners.set(userId, mine.add(listener));
    this.line.open();
    return () => {
      mine.delete(listener);
      if (mine.size === 0 && this.listeners.get(userId) === mine) this.listeners.delete(userId);
    };
  }

  async onModuleDestroy(): Promise<void> {
    await this.line.close();
  }
}
