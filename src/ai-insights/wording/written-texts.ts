import { Injectable } from '@nestjs/common';
import { Clock } from '../../common/clock';
import { Postgres } from '../../shared/database/postgres';
import { ModelResult } from './model-result';
import { Text } from './text';

const DAY_MS = 86_400_000;
/** A text of statements that nobody asks for again. */
const KEPT_DAYS = 90;
/** The same statements would most likely fail again; tomorrow there may be another model behind the same name. */
const FAILURE_KEPT_DAYS = 1;
const CHUNK = 10_000;

interface Row {
  content: Text | null;
  note: string | null;
  input_tokens: number | null;
  output_tokens: number | null;
  cost: string | null;
}

/** What the model made of a user's statements before. */
@Injectable()
export class WrittenTexts {
  constructor(
    private readonly postgres: Postgres,
    private readonly clock: Clock,
  ) {}

  async find(userId: string, hash: string): Promise<ModelResult | null> {
    const [row] = await this.postgres.query<Row>(
      `SELECT content, note, input_tokens, output_tokens, cost FROM written_text
       WHERE user_id = $1 AND hash = $2 AND expires_at > $3`,
      [userId, hash, this.clock.now()],
    );
    if (!row) return null;
    const { content, note, input_tokens: input, output_tokens: output, cost } = row;
    return { text: content, note, cost, tokens: input === null || output === null ? null : { input, output } };
  }

  async keep(userId: string, hash: string, { text, note, tokens, cost }: ModelResult): Promise<void> {
    const now = this.clock.now();
    const expiresAt = new Date(now.getTime() + (text ? KEPT_DAYS : FAILURE_KEPT_DAYS) * DAY_MS);
    await this.postgres.query(
      `INSERT INTO written_text (user_id, hash, content, note, input_tokens, output_tokens, cost, created_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
       ON CONFLICT (user_id, hash) DO UPDATE SET content = excluded.content, note = excluded.note,
         input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens, cost = excluded.cost,
         created_at = excluded.created_at, expires_at = excluded.expires_at`,
      [userId, hash, text && JSON.stringify(text), note, tokens?.input, tokens?.output, cost, now, expiresAt],
    );
  }

  /** @returns how many were deleted */
  async deleteExpired(): Promise<number> {
    let total = 0;
    for (;;) {
      const rows = await this.postgres.query(
        `DELETE FROM written_text WHERE ctid = ANY (ARRAY(
           SELECT ctid FROM written_text WHERE expires_at <= $1 LIMIT $2)) RETURNING 1`,
        [this.clock.now(), CHUNK],
      );
      total += rows.length;
      if (rows.length < CHUNK) return total;
    }
  }
}
