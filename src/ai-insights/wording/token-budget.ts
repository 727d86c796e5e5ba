import { Injectable } from '@nestjs/common';
import { Clock } from '../../common/clock';
import { Config } from '../../config/config';
import { Postgres } from '../../shared/database/postgres';
import { Tokens } from './model-result';

/** A year can be compared with the one before. The budget itself needs but the day, and a call that goes on past midnight the one before. */
const KEPT_DAYS = 400;
const DAY_MS = 86_400_000;

/** Tokens of a call under way, on the day on which it began. */
export interface TokenReservation {
  userId: string;
  day: string;
  tokens: number;
}

/**
 * What each user may take of the model on a day (UTC). It is taken before the call by what the call costs at most, in one statement, so that
 * calls at once stay within the budget; the answer corrects it. What a crash leaves reserved ends with its day.
 */
@Injectable()
export class TokenBudget {
  constructor(
    private readonly postgres: Postgres,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  /** @returns null when the day's budget does not hold so many */
  async reserve(userId: string, tokens: number): Promise<TokenReservation | null> {
    const day = dayOf(this.clock.now());
    const taken = await this.postgres.query(
      `INSERT INTO llm_usage AS u (user_id, day, calls, reserved_tokens) SELECT $1, $2, 1, $3::int WHERE $3 <= $4::int
       ON CONFLICT (user_id, day) DO UPDATE SET calls = u.calls + 1, reserved_tokens = u.reserved_tokens + $3
       WHERE u.input_tokens + u.output_tokens + u.reserved_tokens + $3 <= $4
       RETURNING u.user_id`,
      [userId, day, tokens, this.config.env.LLM_DAILY_TOKENS_PER_USER],
    );
    return taken.length > 0 ? { userId, day, tokens } : null;
  }

  /**
   * @param tokens as the server counted them; a number is what an answer that was not counted took at most, and stays reserved
   * @param cost USD, decimal
   */
  async settle(reservation: TokenReservation, tokens: Tokens | number, cost: string | null): Promise<void> {
    const counted = typeof tokens === 'number' ? { input: 0, output: 0 } : tokens;
    await this.postgres.query(
      `UPDATE llm_usage SET reserved_tokens = reserved_tokens - $3, input_tokens = input_tokens + $4,
         output_tokens = output_tokens + $5, cost = CASE WHEN $6::numeric IS NULL THEN cost ELSE coalesce(cost, 0) + $6 END
       WHERE user_id = $1 AND day = $2`,
      [
        reservation.userId,
        reservation.day,
        reservation.tokens - (typeof tokens === 'number' ? tokens : 0),
        counted.input,
        counted.output,
        cost,
      ],
    );
  }

  /** @returns how many users' days were deleted */
  async deleteOld(): Promise<number> {
    const first = dayOf(new Date(this.clock.now().getTime() - KEPT_DAYS * DAY_MS));
    const rows = await this.postgres.query(`DELETE FROM llm_usage WHERE day < $1 RETURNING 1`, [first]);
    return rows.length;
  }
}

/** In UTC. */
function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}
