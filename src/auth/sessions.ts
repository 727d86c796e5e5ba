import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { v7 as uuidv7, validate } from 'uuid';
import { Identity, Role } from '../common/access';
import { UnauthenticatedError } from '../common/app-error';
import { Clock } from '../common/clock';
import { Config } from '../config/config';
import { Postgres } from '../shared/database/postgres';
import { TokenView } from './dto/auth.view';

const DAY_MS = 86_400_000;

export interface AccessClaims {
  typ: 'access';
  sub: string;
  sid: string;
}

interface RefreshClaims {
  typ: 'refresh';
  sid: string;
  gen: number;
}

/** Logins: opening, going on with rotated refresh tokens, and ending. */
@Injectable()
export class Sessions {
  constructor(
    private readonly postgres: Postgres,
    private readonly jwt: JwtService,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  async open(userId: string): Promise<TokenView> {
    const id = uuidv7();
    const now = this.clock.now();
    const expiresAt = new Date(now.getTime() + this.config.env.REFRESH_TOKEN_DAYS * DAY_MS);
    await this.postgres.query(
      `INSERT INTO auth_session (id, user_id, generation, created_at, expires_at) VALUES ($1, $2, 0, $3, $4)`,
      [id, userId, now, expiresAt],
    );
    return this.tokens(userId, id, 0, expiresAt);
  }

  /**
   * Swaps a refresh token for new tokens. One that was used before can only have been stolen, from us or from the caller,
   * so it ends the session.
   * @throws UnauthenticatedError
   */
  async refresh(refreshToken: string): Promise<TokenView> {
    const { sid, gen } = await this.readRefreshToken(refreshToken);
    const [row] = await this.postgres.query<{ user_id: string; expires_at: Date }>(
      `UPDATE auth_session s SET generation = generation + 1 FROM app_user u
       WHERE s.id = $1 AND s.generation = $2 AND s.revoked_at IS NULL AND s.expires_at > $3
         AND u.id = s.user_id AND u.is_active
       RETURNING s.user_id, s.expires_at`,
      [sid, gen, this.clock.now()],
    );
    if (!row) {
      await this.postgres.query(
        `UPDATE auth_session SET revoked_at = $3 WHERE id = $1 AND generation > $2 AND revoked_at IS NULL`,
        [sid, gen, this.clock.now()],
      );
      throw new UnauthenticatedError('This refresh token is not valid any more');
    }
    return this.tokens(row.user_id, sid, gen + 1, row.expires_at);
  }

  async end(userId: string, sessionId: string): Promise<void> {
    await this.postgres.query(
      `UPDATE auth_session SET revoked_at = $3 WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL`,
      [sessionId, userId, this.clock.now()],
    );
  }

  /** Changes the password and ends every other session of the user, in one step. */
  async changePassword(userId: string, passwordHash: string, keepSessionId: string): Promise<void> {
    const now = this.clock.now();
    await this.postgres.transaction(async (sql) => {
      await sql.query(`UPDATE app_user SET password_hash = $2, updated_at = $3 WHERE id = $1`, [
        userId,
        passwordHash,
        now,
      ]);
      await sql.query(
        `UPDATE auth_session SET revoked_at = $3 WHERE user_id = $1 AND id <> $2 AND revoked_at IS NULL`,
        [userId, keepSessionId, now],
      );
    });
  }

  /** The identity behind an access token, as the database has it now: an ended session or a deactivated user has none. */
  async identify(claims: AccessClaims): Promise<Identity | null> {
    const [row] = await this.postgres.query<{ role: Role }>(
      {
        name: 'session-identity',
        text: `SELECT u.role FROM auth_session s JOIN app_user u ON u.id = s.user_id
               WHERE s.id = $1 AND s.user_id = $2 AND s.revoked_at IS NULL AND s.expires_at > $3 AND u.is_active`,
      },
      [claims.sid, claims.sub, this.clock.now()],
    );
    return row ? { userId: claims.sub, role: row.role, scopes: ['read', 'write'], sessionId: claims.sid } : null;
  }

  private async tokens(userId: string, sid: string, gen: number, expiresAt: Date): Promise<TokenView> {
    const expiresIn = this.config.env.ACCESS_TOKEN_SECONDS;
    const access: AccessClaims = { typ: 'access', sub: userId, sid };
    const refresh: RefreshClaims = { typ: 'refresh', sid, gen };
    const left = Math.max(1, Math.floor((expiresAt.getTime() - this.clock.now().getTime()) / 1000));
    return {
      accessToken: await this.jwt.signAsync(access, { expiresIn }),
      refreshToken: await this.jwt.signAsync(refresh, { expiresIn: left }),
      tokenType: 'bearer',
      expiresIn,
    };
  }

  private async readRefreshToken(token: string): Promise<RefreshClaims> {
    const claims = await this.jwt.verifyAsync<Partial<RefreshClaims>>(token).catch(() => null);
    if (claims?.typ !== 'refresh' || !validate(claims.sid) || !Number.isInteger(claims.gen)) {
      throw new UnauthenticatedError('This refresh token is not valid');
    }
    return claims as RefreshClaims;
  }
}
