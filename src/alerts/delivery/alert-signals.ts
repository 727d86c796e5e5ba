import { Injectable, Logger, OnModuleDestroy } from '@nestjs/common';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Config } from '../../config/config';
import { LossTolerantClient } from '../../shared/database/loss-tolerant-client';

export const ALERT_SIGNAL = 'alert_made';

/** How often a lost line is tried again, and how often a line that is silent is tried. */
const AGAIN_MS = 500;
const BEAT_MS = 5000;

/** Hears from the database, whichever process made them, that a user has new alerts. There is a line while somebody listens. */
@Injectable()
export class AlertSignals implements OnModuleDestroy {
  private readonly logger = new Logger(AlertSignals.name);
  private readonly listeners = new Map<string, Set<() => void>>();
  private running: Promise<void> | undefined;
  private readonly stop = new AbortController();

  constructor(private readonly config: Config) {}

  /** @returns how to listen no more */
  on(userId: string, listener: () => void): () => void {
    const mine = this.listeners.get(userId) ?? new Set();
    this.listeners.set(userId, mine.add(listener));
    this.running ??= this.run().finally(() => {
      this.running = undefined;
    });
    return () => {
      mine.delete(listener);
      if (mine.size === 0 && this.listeners.get(userId) === mine) this.listeners.delete(userId);
    };
  }

  async onModuleDestroy(): Promise<void> {
    this.stop.abort();
    // It ends the line itself: one that is ended while it is being opened would never say so.
    await this.running;
  }

  private async run(): Promise<void> {
    while (this.isNeeded()) {
      const client = new LossTolerantClient({
        connectionString: this.config.databaseUrl,
        application_name: 'amazon-insights-alerts',
        keepAlive: true,
        connectionTimeoutMillis: 3000,
        query_timeout: BEAT_MS,
      });
      try {
        await this.listen(client);
      } catch (error) {
        if (!this.stop.signal.aborted) this.logger.debug({ err: error as Error }, 'the line for alerts is lost');
      }
      await client.end().catch(() => undefined);
      if (this.isNeeded()) await this.pause(AGAIN_MS);
    }
  }

  private async listen(client: LossTolerantClient): Promise<void> {
    client.on('notification', ({ payload }) => {
      for (const tell of this.listeners.get(payload ?? '') ?? []) tell();
    });
    const lost = once(client, 'end').catch(() => undefined);
    await client.connect();
    await client.query(`LISTEN ${ALERT_SIGNAL}`);
    // What was made while nobody listened.
    for (const mine of this.listeners.values()) for (const tell of mine) tell();
    while (this.isNeeded()) {
      await Promise.race([this.pause(BEAT_MS), lost]);
      await client.query('SELECT 1');
    }
  }

  private isNeeded(): boolean {
    return this.listeners.size > 0 && !this.stop.signal.aborted;
  }

  private pause(ms: number): Promise<void> {
    return sleep(ms, undefined, { ref: false, signal: this.stop.signal }).catch(() => undefined);
  }
}
