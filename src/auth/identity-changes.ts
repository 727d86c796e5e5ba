import { Injectable, Logger, OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { Config } from '../config/config';
import { LossTolerantClient } from '../shared/database/loss-tolerant-client';

/** How often the line to the database is tried, and for how long it counts as good after that. */
const BEAT_MS = 500;
const GOOD_MS = 900;

/**
 * Hears from the database, whichever process changed it, that a session ended, a key was deleted, or a user's role or activity
 * changed (triggers of migration NotifiedRevocations). A line that is silent for a second counts as dead.
 */
@Injectable()
export class IdentityChanges implements OnModuleInit, OnModuleDestroy {
  /** Changes heard so far. */
  count = 0;
  private readonly logger = new Logger(IdentityChanges.name);
  private listener: (userId: string | undefined) => void = () => undefined;
  private client: LossTolerantClient | undefined;
  private lastBeat = -Infinity;
  private readonly stop = new AbortController();
  private running: Promise<void> | undefined;

  constructor(private readonly config: Config) {}

  get isHeard(): boolean {
    return performance.now() - this.lastBeat < GOOD_MS;
  }

  /** The one who listens gets the user's id, or undefined when anything may have changed unheard. */
  onChange(listener: (userId: string | undefined) => void): void {
    this.listener = listener;
  }

  onModuleInit(): void {
    if (this.config.has('api')) this.running = this.run();
  }

  async onModuleDestroy(): Promise<void> {
    this.stop.abort();
    await this.client?.end().catch(() => undefined);
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.isStopped()) {
      try {
        await this.listen();
      } catch (error) {
        if (!this.isStopped()) this.logger.debug({ err: error as Error }, 'the line for changes of identities is lost');
      }
      this.lastBeat = -Infinity;
      this.change(undefined);
      await this.client?.end().catch(() => undefined);
      if (!this.isStopped()) await sleep(BEAT_MS, undefined, { ref: false });
    }
  }

  private async listen(): Promise<void> {
    const client = new LossTolerantClient({
      connectionString: this.config.databaseUrl,
      application_name: 'amazon-insights-identities',
      keepAlive: true,
      connectionTimeoutMillis: 3000,
      query_timeout: GOOD_MS,
    });
    this.client = client;
    client.on('notification', ({ payload }) => {
      this.change(payload);
    });
    await client.connect();
    await client.query('LISTEN identity_changed');
    // What was remembered before may have changed while nobody listened.
    this.change(undefined);
    while (!this.isStopped()) {
      const asked = performance.now();
      await client.query('SELECT 1');
      // Whatever was told before the answer has arrived before it.
      this.lastBeat = asked;
      await sleep(BEAT_MS, undefined, { ref: false });
    }
  }

  private isStopped(): boolean {
    return this.stop.signal.aborted;
  }

  private change(userId: string | undefined): void {
    this.count += 1;
    this.listener(userId);
  }
}
