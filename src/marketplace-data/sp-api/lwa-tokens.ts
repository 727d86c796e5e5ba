import { Clock } from '../../common/clock';
import { SourceError } from '../source-error';
import { intOf, textOf } from '../vendor-json';
import { requestVendor } from '../vendor-request';

const TIMEOUT_MS = 20_000;
/** A token is renewed this long before it ends, so that none ends on its way. */
const EARLY_MS = 60_000;

export interface LwaOptions {
  url: string;
  clientId: string;
  clientSecret: string;
  refreshToken: string;
}

/** Access tokens of Login with Amazon (providers.md 2.1), kept until shortly before they end. One request at a time. */
export class LwaTokens {
  private token: { value: string; endsAt: number } | undefined;
  private asking: Promise<string> | undefined;

  constructor(
    private readonly options: LwaOptions,
    private readonly clock: Clock,
  ) {}

  /** @throws SourceError `auth_failed` for refused credentials */
  async get(): Promise<string> {
    if (this.token && this.token.endsAt - EARLY_MS > this.clock.now().getTime()) return this.token.value;
    this.asking ??= this.ask().finally(() => (this.asking = undefined));
    return this.asking;
  }

  /** Forgets a token that was refused before its time. */
  drop(value: string): void {
    if (this.token?.value === value) this.token = undefined;
  }

  private async ask(): Promise<string> {
    const { url, clientId, clientSecret, refreshToken } = this.options;
    const { status, body } = await requestVendor({
      vendor: 'Login with Amazon',
      url: new URL(url),
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: refreshToken,
        client_id: clientId,
        client_secret: clientSecret,
      }).toString(),
      timeoutMs: TIMEOUT_MS,
    });
    const error = textOf(body?.['error']);
    if (status === 429) throw new SourceError('rate_limited', 'Login with Amazon: too many requests (429)', 60_000);
    if (status >= 500 || error === 'server_error' || error === 'temporarily_unavailable') {
      throw new SourceError('upstream_error', `Login with Amazon failed (${status})`);
    }
    if (status !== 200) throw new SourceError('auth_failed', `Login with Amazon refused the credentials (${status})`);
    const value = textOf(body?.['access_token']);
    if (value === undefined) throw new SourceError('unparseable', 'Login with Amazon answered without a token');
    const seconds = intOf(body?.['expires_in']) ?? 3600;
    this.token = { value, endsAt: this.clock.now().getTime() + seconds * 1000 };
    return value;
  }
}
