import { Injectable, Logger, OnModuleDestroy } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDatabaseAway } from '../../common/database-away';
import { Attempt, DeliveryLedger, Lease, LEASE_MS, Message, Verdict } from './delivery-ledger';
import { DeliveryMetrics } from './delivery-metrics';
import { nextAttempt, retryAfter } from './retry';
import { Sender } from './sender';

/** Channels served at once by a process, and how many of them may be slow. */
const PLACES = 32;
const SLOW_PLACES = 16;

/** What one channel gets before others have their turn. */
const TURN_MESSAGES = 50;
const TURN_MS = 10_000;

/** A retry that is due sooner than the schedule looks is waited for here. */
const WATCHED_MS = 60_000;

/** After which a database that was away is tried again. */
const AWAY_MS = 1000;

const GIVE_UP_MS = 5 * 86_400_000;

/**
 * Delivers what is due: one message at a time for each channel, many channels at once. A channel is leased in its row, so that
 * processes share the work, and what a killed one held is taken over when its lease has run out.
 */
@Injectable()
export class DeliveryWorker implements OnModuleDestroy {
  private readonly logger = new Logger(DeliveryWorker.name);
  private readonly serving = new Map<Promise<void>, Lease>();
  /** Leases of turns that a loss of the database ended: nobody goes on with them until they are given back, or have run out. */
  private readonly interrupted = new Set<Lease>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private isStale = false;
  private looking: Promise<void> | undefined;
  private isStopped = false;

  constructor(
    private readonly ledger: DeliveryLedger,
    private readonly sender: Sender,
    private readonly metrics: DeliveryMetrics,
  ) {}

  /** Looks for what is due, now or as soon as there is a free place. Does not wait. */
  wake(): void {
    this.isStale = true;
    if (this.isStopped) return;
    this.looking ??= this.look().finally(() => {
      this.looking = undefined;
      // Somebody woke it while it was ending.
      if (this.isStale && this.free() > 0) this.wake();
    });
  }

  /** Until nothing that is due is left here. */
  async idle(): Promise<void> {
    while (this.looking !== undefined || this.serving.size > 0) {
      await Promise.all([this.looking, ...this.serving.keys()]);
    }
  }

  /** What is being sent is finished, and written down. */
  async onModuleDestroy(): Promise<void> {
    this.isStopped = true;
    for (const timer of this.timers) clearTimeout(timer);
    await this.idle();
  }

  private async look(): Promise<void> {
    try {
      while (this.isStale && !this.isStopped && this.free() > 0) {
        this.isStale = false;
        await this.giveBack();
        await this.claim(this.free(), false);
        const slow = [...this.serving.values()].filter((lease) => lease.slow === true).length;
        await this.claim(Math.min(this.free(), SLOW_PLACES - slow), true);
      }
    } catch (error) {
      this.isStale = false;
      if (isDatabaseAway(error)) this.wakeAt(AWAY_MS);
      // The schedule looks again.
      else this.logger.error({ err: error }, 'due deliveries could not be looked for');
    }
  }

  private async giveBack(): Promise<void> {
    for (const lease of this.interrupted) {
      await this.ledger.release(lease);
      this.interrupted.delete(lease);
    }
  }

  private async claim(places: number, withSlow: boolean): Promise<void> {
    if (places <= 0) return;
    for (const lease of await this.ledger.claim(places, withSlow)) this.start(lease);
  }

  private start(lease: Lease): void {
    const turn = this.serve(lease)
      .then(
        () => true,
        (error: unknown) => {
          if (isDatabaseAway(error)) {
            this.interrupted.add(lease);
            this.wakeAt(AWAY_MS);
          } else {
            // Its lease runs out by itself, so that what goes wrong each time does so once a minute.
            this.logger.error({ err: error, channel: lease.id }, 'deliveries were interrupted');
          }
          return false;
        },
      )
      .then((served) => {
        this.serving.delete(turn);
        if (served) this.wake();
      });
    this.serving.set(turn, lease);
  }

  private async serve(lease: Lease): Promise<void> {
    const start = performance.now();
    for (let sent = 0; sent < TURN_MESSAGES && performance.now() - start < TURN_MS && !this.isStopped; sent++) {
      const message = await this.ledger.take(lease);
      if (!message) break;
      await this.deliver(message);
    }
    await this.ledger.release(lease);
  }

  private async deliver(message: Message): Promise<void> {
    const attempt = await this.sender.send(message);
    const verdict = judge(message, attempt);
    const buried = await this.finish(message, attempt, verdict);
    this.metrics.attempted(message, attempt, verdict, buried);
    if (attempt.error === null) return;
    this.logger.warn(
      { channel: message.channelId, delivery: message.id, error: attempt.error, status: attempt.status },
      'a delivery failed',
    );
    if (verdict.nextAttemptAt) this.wakeAt(verdict.nextAttemptAt.getTime() - attempt.at.getTime());
  }

  /** What has arrived is written down once the database is back, as long as nobody else may send it: it would come twice. */
  private async finish(message: Message, attempt: Attempt, verdict: Verdict): Promise<number> {
    const start = performance.now();
    for (;;) {
      try {
        return await this.ledger.finish(message, attempt, verdict);
      } catch (error) {
        const isOver = attempt.ms + performance.now() - start > LEASE_MS - AWAY_MS;
        if (attempt.error !== null || isOver || this.isStopped || !isDatabaseAway(error)) throw error;
        await sleep(AWAY_MS);
      }
    }
  }

  private wakeAt(inMs: number): void {
    if (inMs > WATCHED_MS || this.isStopped) return;
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      this.wake();
    }, inMs);
    timer.unref();
    this.timers.add(timer);
  }

  private free(): number {
    return PLACES - this.serving.size;
  }
}

/** What an attempt means for its deliveries and their channel. */
function judge(message: Message, attempt: Attempt & { retryAfter?: string | undefined }): Verdict {
  const { at, error, status, answer } = attempt;
  if (error === null) return { state: 'delivered', nextAttemptAt: null, notBefore: null, disabledReason: null };
  const notBefore = retryAfter(attempt.retryAfter, at);
  const planned = message.purpose === 'test' ? null : nextAttempt(message.failures + 1, at);
  const next = planned && notBefore && notBefore > planned ? notBefore : planned;
  return {
    state: next ? 'pending' : 'dead',
    nextAttemptAt: next,
    notBefore,
    disabledReason: reasonToDisable(
      message.channel.failing_since,
      at,
      error,
      `${String(status ?? error)} ${answer ?? ''}`.trim(),
    ),
  };
}

function reasonToDisable(failingSince: Date | null, at: Date, error: string, last: string): string | null {
  if (error === 'gone') return 'The receiver answered 410: it wants no more messages';
  if (failingSince === null || at.getTime() - failingSince.getTime() < GIVE_UP_MS) return null;
  return `Every attempt since ${failingSince.toISOString()} has failed, the last one with: ${last}`;
}
