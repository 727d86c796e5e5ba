import { Scope } from '../../common/access';

export class TokenView {
  /** Send it as `Authorization: Bearer …`. */
  accessToken: string;
  /** Good once: each use gives a new one. */
  refreshToken: string;
  /** @example "bearer" */
  tokenType: 'bearer';
  /** Seconds the access token lives. @example 900 */
  expiresIn: number;
}

export class ApiKeyView {
  id: string;
  name: string;
  /** First characters of the key. @example "aip_3f9XkQ2b" */
  prefix: string;
  scopes: Scope[];
  createdAt: string;
  lastUsedAt: string | null;
}

export class NewApiKeyView extends ApiKeyView {
  /** Shown this once. Send it as `X-API-Key`. */
  key: string;
}
