import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { LossTolerantClient } from './loss-tolerant-client';

/** How often the line is tried, and for how long it counts as good after that. */
const BEAT_MS = 500;
const GOOD_MS = 900;
const CONNECT_MS = 3000;

/** A connection of its own on which the database tells (LISTEN). It is opened again when it is lost. */
export class NotificationLine {
  private readonly stop = new AbortController();
  private running: Promise<void> | undefined;
  private lastBeat = -Infinity;

  /**
   * @param channel as in NOTIFY
   * @param hear gets what is told, or undefined when anything may have been told unheard: the line is new, or lost
   * @param isWanted whether there is to be a line; looked at with each beat
   */
  constructor(
    private readonly databaseUrl: string | undefined,
    private readonly channel: string,
    private readonly hear: (payload: string | undefined) => void,
    private readonly isWanted: () => boolean,
  ) {}

  /** Whether what was told a second ago has been heard. */
  get isHeard(): boolean {
    return performance.now() - this.lastBeat < GOOD_MS;
  }

  /** Does not wait. */
  open(): void {
    this.running ??= this.run().finally(() => {
      this.running = undefined;
      // Somebody came to want it while it was ending.
      if (this.isNeeded()) this.open();
    });
  }

  async close(): Promise<void> {
    this.stop.abort();
    // It ends the connection itself: one that is ended while it is being opened would never say so.
    await this.running;
  }

  private async run(): Promise<void> {
    while (this.isNeeded()) {
      const client = new LossTolerantClient({
        connectionString: this.databaseUrl,
        application_name: `amazon-insights ${this.channel}`,
        keepAlive: true,
        connectionTimeoutMillis: CONNECT_MS,
        query_timeout: GOOD_MS,
      });
      // Whoever hears asks the database itself while the line is silent.
      await this.listen(client).catch(() => undefined);
      if (this.lastBeat > -Infinity) {
        this.lastBeat = -Infinity;
        this.hear(undefined);
      }
      await client.end().catch(() => undefined);
      if (this.isNeeded()) await this.pause();
    }
  }

  private async listen(client: LossTolerantClient): Promise<void> {
    client.on('notification', ({ payload }) => {
      this.hear(payload ?? '');
    });
    const lost = once(client, 'end').catch(() => undefined);
    await client.connect();
    await client.query(`LISTEN ${this.channel}`);
    this.hear(undefined);
    while (this.isNeeded()) {
      const asked = performance.now();
      await client.query('SELECT 1');
      // Whatever was told before the answer has arrived before it.
      this.lastBeat = asked;
      await Promise.race([this.pause(), lost]);
    }
  }

  private isNeeded(): boolean {
    return !this.stop.signal.aborted && this.isWanted();
  }

  private pause(): Promise<void> {
    return sleep(BEAT_MS, undefined, { ref: false, signal: this.stop.signal }).catch(() => undefined);
  }
}
