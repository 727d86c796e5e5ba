import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock';
import { Postgres } from '../shared/database/postgres';
import { SourceName } from './marketplace-data';

const MINUTE_MS = 60_000;
/** Longer than any call takes. */
const RESERVATION_MS = 5 * MINUTE_MS;
/** A token lives an hour, so a bucket never holds more than 60 refills. */
const REFILLS_KEPT = 60;

/** A bucket of tokens, refilled once a minute. */
export interface BudgetAccount {
  source: SourceName;
  /** Fingerprint of the key. */
  account: string;
}

/** What an answer says about the bucket. */
export interface BudgetReading {
  /** By the vendor's own clock, which alone tells in which order it served the calls. */
  at: Date;
  tokensLeft: number;
  /** Tokens a minute. */
  refillRate: number;
  refillInMs: number;
}

export type Reservation =
  | { granted: true; id: string }
  /** `waitMs` until the bucket is above zero again. */
  | { granted: false; waitMs: number };

interface Bucket {
  tokens: number;
  refill_rate: number;
  next_refill_at: Date;
}

/** The bucket with the refills since, locked. $1 source, $2 account, $3 now. */
const REFILLED = `
  SELECT b.refill_rate,
         greatest(b.tokens, least(b.refill_rate * ${REFILLS_KEPT}, b.tokens + b.refill_rate * r.refills)) AS tokens,
         b.next_refill_at + make_interval(mins => r.refills) AS next_refill_at
  FROM source_budget b
  CROSS JOIN LATERAL (
    SELECT greatest(0, 1 + floor(extract(epoch FROM $3::timestamptz - b.next_refill_at) / 60))::int AS refills
  ) r
  WHERE b.source = $1 AND b.account = $2 FOR UPDATE OF b`;

/**
 * The bucket after an answer. Of two answers of one millisecond the lower is the later, so the lower of both ways to count is
 * right. An answer that is older by more than a call takes shows that the vendor's clock was ahead and has been put right.
 * $1 source, $2 account, $3 what was reserved for the call, $4 to $7 the reading, $8 now.
 */
const ANSWERED = `
  WITH lost AS (DELETE FROM source_reservation WHERE source = $1 AND account = $2 AND expires_at <= $8),
  open AS (
    SELECT coalesce(sum(cost), 0)::int AS cost FROM source_reservation
    WHERE source = $1 AND account = $2 AND expires_at > $8
  ),
  answer AS (
    SELECT $4::timestamptz AS at, $4 > answered_at OR $4 < answered_at - interval '${RESERVATION_MS} ms' AS is_later
    FROM source_budget WHERE source = $1 AND account = $2
  )
  UPDATE source_budget b SET
    tokens = CASE
      WHEN is_later THEN $5 - open.cost
      WHEN at = answered_at THEN least($5 - open.cost, tokens + $3)
      ELSE tokens + $3 END,
    refill_rate = CASE WHEN is_later THEN $6 ELSE refill_rate END,
    next_refill_at = CASE WHEN is_later THEN $7 ELSE next_refill_at END,
    answered_at = CASE WHEN is_later THEN at ELSE answered_at END
  FROM open, answer WHERE b.source = $1 AND b.account = $2`;

/**
 * Token buckets in the database, so that all workers of all processes draw from one. Vendors serve a call while the bucket
 * is above zero, whatever the call costs; so does this, with the cost of calls under way taken off first. That way the
 * bucket is overdrawn by one call at most.
 */
@Injectable()
export class SourceBudget {
  constructor(
    private readonly postgres: Postgres,
    private readonly clock: Clock,
  ) {}

  /** @returns null when nothing is known of the bucket yet: ask the vendor and `learn` it */
  async reserve({ source, account }: BudgetAccount, cost: number): Promise<Reservation | null> {
    const now = this.clock.now();
    return this.postgres.transaction(async (sql) => {
      const [bucket] = await sql.query<Bucket>(REFILLED, [source, account, now]);
      if (!bucket) return null;
      if (bucket.tokens <= 0) return { granted: false, waitMs: waitOf(bucket, now) };
      await sql.query(`UPDATE source_budget SET tokens = $3, next_refill_at = $4 WHERE source = $1 AND account = $2`, [
        source,
        account,
        bucket.tokens - cost,
        bucket.next_refill_at,
      ]);
      const [reservation] = await sql.query<{ id: string }>(
        `INSERT INTO source_reservation (source, account, cost, expires_at) VALUES ($1, $2, $3, $4) RETURNING id`,
        [source, account, cost, new Date(now.getTime() + RESERVATION_MS)],
      );
      if (!reservation) throw new Error('source_reservation returned no row');
      return { granted: true, id: reservation.id };
    });
  }

  /** Notes the bucket as a free call found it. */
  async learn({ source, account }: BudgetAccount, reading: BudgetReading): Promise<void> {
    await this.postgres.query(
      `INSERT INTO source_budget (source, account, tokens, refill_rate, next_refill_at, answered_at)
       VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (source, account) DO NOTHING`,
      [source, account, reading.tokensLeft, reading.refillRate, this.nextRefill(reading), reading.at],
    );
  }

  /**
   * Ends a reservation. With a reading, the bucket is what the vendor said, less what other calls under way have reserved;
   * an answer that a later one has overtaken was counted by that, so its reservation is given back. `refused`: the vendor
   * turned the call down without counting it. `unknown`: nobody can tell, so it stays counted until the next answer.
   */
  async settle(
    { source, account }: BudgetAccount,
    reservationId: string,
    outcome: BudgetReading | 'refused' | 'unknown',
  ): Promise<void> {
    await this.postgres.transaction(async (sql) => {
      await sql.query(`SELECT FROM source_budget WHERE source = $1 AND account = $2 FOR UPDATE`, [source, account]);
      const [own] = await sql.query<{ cost: number }>(`DELETE FROM source_reservation WHERE id = $1 RETURNING cost`, [
        reservationId,
      ]);
      if (!own || outcome === 'unknown') return;
      if (outcome === 'refused') {
        await sql.query(`UPDATE source_budget SET tokens = tokens + $3 WHERE source = $1 AND account = $2`, [
          source,
          account,
          own.cost,
        ]);
        return;
      }
      await sql.query(ANSWERED, [
        source,
        account,
        own.cost,
        outcome.at,
        outcome.tokensLeft,
        outcome.refillRate,
        this.nextRefill(outcome),
        this.clock.now(),
      ]);
    });
  }

  private nextRefill({ refillInMs }: BudgetReading): Date {
    return new Date(this.clock.now().getTime() + refillInMs);
  }
}

/** Until the refill that lifts the bucket above zero. */
function waitOf(bucket: Bucket, now: Date): number {
  const untilNext = Math.max(0, bucket.next_refill_at.getTime() - now.getTime());
  if (bucket.refill_rate <= 0) return Math.max(untilNext, MINUTE_MS);
  return untilNext + Math.floor(Math.abs(bucket.tokens) / bucket.refill_rate) * MINUTE_MS;
}
