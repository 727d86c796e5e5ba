import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Identity, Role, Scope } from '../common/access';
import { NotFoundError } from '../common/app-error';
import { Clock } from '../common/clock';
import { Postgres } from '../shared/database/postgres';
import { ApiKeyView, NewApiKeyView } from './dto/auth.view';

const PREFIX_LENGTH = 12;

interface ApiKeyRow {
  id: string;
  name: string;
  prefix: string;
  scopes: Scope[];
  createdAt: Date;
  lastUsedAt: Date | null;
}

@Injectable()
export class ApiKeys {
  constructor(
    private readonly postgres: Postgres,
    private readonly clock: Clock,
  ) {}

  async create(userId: string, name: string, scopes: Scope[]): Promise<NewApiKeyView> {
    const key = `aip_${randomBytes(32).toString('base64url')}`;
    const [row] = await this.postgres.query<ApiKeyRow>(
      `INSERT INTO api_key (id, user_id, name, prefix, secret_hash, scopes, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
       RETURNING id, name, prefix, scopes, created_at AS "createdAt", last_used_at AS "lastUsedAt"`,
      [uuidv7(), userId, name, key.slice(0, PREFIX_LENGTH), sha256(key), scopes, this.clock.now()],
    );
    if (!row) throw new Error('api_key returned no row');
    return { ...toView(row), key };
  }

  async list(userId: string): Promise<ApiKeyView[]> {
    const rows = await this.postgres.query<ApiKeyRow>(
      `SELECT id, name, prefix, scopes, created_at AS "createdAt", last_used_at AS "lastUsedAt"
       FROM api_key WHERE user_id = $1 ORDER BY id DESC`,
      [userId],
    );
    return rows.map(toView);
  }

  async delete(userId: string, id: string): Promise<void> {
    const rows = await this.postgres.query(`DELETE FROM api_key WHERE id = $1 AND user_id = $2 RETURNING id`, [
      id,
      userId,
    ]);
    if (rows.length === 0) throw new NotFoundError('API key');
  }

  /** Who a key stands for; also notes its use, at most once a minute. */
  async identify(key: string): Promise<Identity | null> {
    const [row] = await this.postgres.query<{ user_id: string; role: Role; scopes: Scope[] }>(
      {
        name: 'api-key-identity',
        text: `WITH hit AS (
                 SELECT k.id, k.user_id, u.role, k.scopes, k.last_used_at FROM api_key k JOIN app_user u ON u.id = k.user_id
                 WHERE k.secret_hash = $1 AND u.is_active
               ), touched AS (
                 UPDATE api_key SET last_used_at = $2 FROM hit
                 WHERE api_key.id = hit.id AND (hit.last_used_at IS NULL OR hit.last_used_at < $2::timestamptz - interval '1 minute')
               )
               SELECT user_id, role, scopes FROM hit`,
      },
      [sha256(key), this.clock.now()],
    );
    if (!row) return null;
    const scopes: Scope[] = row.scopes.includes('write') ? ['read', 'write'] : ['read'];
    return { userId: row.user_id, role: row.role, scopes };
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function toView(row: ApiKeyRow): ApiKeyView {
  return { ...row, createdAt: row.createdAt.toISOString(), lastUsedAt: row.lastUsedAt?.toISOString() ?? null };
}
