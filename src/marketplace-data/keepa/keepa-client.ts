import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { BudgetAccount, BudgetReading, SourceBudget } from '../source-budget';
import { SourceError } from '../source-error';
import { intOf, isRecord } from '../vendor-json';
import { requestVendor, VendorAnswer } from '../vendor-request';

/** Keepa's own client waits so long. */
const TIMEOUT_MS = 120_000;
/** Added to every wait: our clock and Keepa's are not the same. */
const WAIT_MARGIN_MS = 1000;
const BOOTSTRAP_TRIES = 3;

export interface KeepaOptions {
  key: string;
  baseUrl: string;
  timeoutMs?: number;
}

/**
 * Calls Keepa's API (providers.md 1.1 and 1.2) within its token bucket. The key travels in the address, so no address and
 * nothing that holds one ever gets into an error.
 */
export class KeepaClient {
  private readonly account: BudgetAccount;

  constructor(
    private readonly options: KeepaOptions,
    private readonly budget: SourceBudget,
  ) {
    this.account = {
      source: 'keepa',
      account: createHash('sha256').update(options.key).digest('hex').slice(0, 12),
    };
  }

  /**
   * @param cost tokens the call may take
   * @throws SourceError of the kind the failure is; `rate_limited` before anything was sent when the bucket is empty
   */
  async call(path: string, parameters: Record<string, string>, cost: number): Promise<Record<string, unknown>> {
    const reservationId = await this.reserve(cost);
    let outcome: BudgetReading | 'refused' | 'unknown' = 'unknown';
    try {
      const { status, body } = await this.request(path, parameters);
      outcome = (body && bucketOf(body)) ?? (status >= 400 && status < 500 ? 'refused' : 'unknown');
      return unwrap(status, body);
    } finally {
      await this.budget.settle(this.account, reservationId, outcome);
    }
  }

  private async reserve(cost: number): Promise<string> {
    for (let attempt = 0; attempt < BOOTSTRAP_TRIES; attempt++) {
      const reservation = await this.budget.reserve(this.account, cost);
      if (reservation?.granted) return reservation.id;
      if (reservation) {
        throw new SourceError(
          'rate_limited',
          'Keepa: the token budget is used up for now',
          reservation.waitMs + WAIT_MARGIN_MS,
        );
      }
      await this.learn();
    }
    throw new SourceError('upstream_error', 'Keepa did not say how many tokens are left');
  }

  /** `/token` is free and says what is in the bucket. */
  private async learn(): Promise<void> {
    const { status, body } = await this.request('token', {});
    const bucket = bucketOf(unwrap(status, body));
    if (bucket) await this.budget.learn(this.account, bucket);
    else await sleep(100);
  }

  private request(path: string, parameters: Record<string, string>): Promise<VendorAnswer> {
    const url = new URL(path, `${this.options.baseUrl.replace(/\/$/, '')}/`);
    url.search = new URLSearchParams({ key: this.options.key, ...parameters }).toString();
    return requestVendor({
      vendor: 'Keepa',
      url,
      headers: { 'accept-encoding': 'gzip' },
      timeoutMs: this.options.timeoutMs ?? TIMEOUT_MS,
    });
  }
}

/** 2100, far within what a date can hold. */
const LATEST_MS = Date.UTC(2100, 0);

/** Undefined for a body whose token fields mean nothing: a wrong key's are all zero. */
function bucketOf(body: Record<string, unknown>): BudgetReading | undefined {
  const timestamp = intOf(body['timestamp']);
  const tokensLeft = intOf(body['tokensLeft']);
  const refillRate = intOf(body['refillRate']);
  const refillIn = intOf(body['refillIn']);
  if (timestamp === undefined || timestamp > LATEST_MS || timestamp < 0) return undefined;
  if (tokensLeft === undefined || refillIn === undefined || !refillRate) return undefined;
  // Trackings of the same account take their share of each refill.
  const reduction = typeof body['tokenFlowReduction'] === 'number' ? Math.ceil(body['tokenFlowReduction']) : 0;
  return {
    at: new Date(timestamp),
    tokensLeft,
    refillRate: Math.max(0, refillRate - reduction),
    refillInMs: refillIn,
  };
}

function unwrap(status: number, body: Record<string, unknown> | undefined): Record<string, unknown> {
  if (status === 429) throw new SourceError('rate_limited', 'Keepa: no tokens left', waitOf(body));
  if (status === 402) throw new SourceError('auth_failed', 'Keepa: the subscription does not cover this call (402)');
  if (status === 404) throw new SourceError('not_found', 'Keepa does not have what was asked for (404)');
  if (status === 400 && body?.['refillRate'] === 0) {
    throw new SourceError('auth_failed', 'Keepa refused the API key or a parameter (400)');
  }
  if (status >= 400 && status < 500) throw new SourceError('bad_request', `Keepa refused the call (${status})`);
  if (status !== 200) throw new SourceError('upstream_error', `Keepa failed (${status})`);
  if (!body) throw new SourceError('unparseable', 'Keepa did not answer with a JSON object');
  if (isRecord(body['error'])) throw new SourceError('bad_request', 'Keepa answered with an error');
  return body;
}

function waitOf(body: Record<string, unknown> | undefined): number {
  const bucket = body && bucketOf(body);
  if (!bucket) return 60_000;
  const further = bucket.refillRate > 0 ? Math.floor(Math.abs(bucket.tokensLeft) / bucket.refillRate) * 60_000 : 0;
  return bucket.refillInMs + further + WAIT_MARGIN_MS;
}
