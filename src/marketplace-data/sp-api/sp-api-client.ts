import { setTimeout as sleep } from 'node:timers/promises';
import { Marketplace } from '../../common/marketplace';
import { SourceError } from '../source-error';
import { RateLimit, SourceRates } from '../source-rates';
import { requestVendor, VendorAnswer } from '../vendor-request';
import { LwaTokens } from './lwa-tokens';
import { Json, listField, textField } from './sp-api-json';
import { SP_API_MARKETPLACES, SpApiRegion } from './sp-api-marketplaces';

const TIMEOUT_MS = 30_000;
/** A place that comes this soon is waited for; else the batch comes back later. */
const LONGEST_WAIT_MS = 15_000;
const USER_AGENT = 'AmazonInsightsPlatform/1.0 (Language=TypeScript)';

/** Limits as Amazon documents them; the header of an answer tells what the account really has. */
const SP_API_OPERATIONS = {
  searchCatalogItems: { method: 'GET', path: '/catalog/2022-04-01/items', rate: 2, burst: 2 },
  getCompetitivePricing: { method: 'GET', path: '/products/pricing/v0/competitivePrice', rate: 0.5, burst: 1 },
  getItemOffersBatch: { method: 'POST', path: '/batches/products/pricing/v0/itemOffers', rate: 0.1, burst: 1 },
  getCompetitiveSummary: {
    method: 'POST',
    path: '/batches/products/pricing/2022-05-01/items/competitiveSummary',
    rate: 0.033,
    burst: 1,
  },
} as const satisfies Record<string, { method: 'GET' | 'POST'; path: string } & RateLimit>;

export type SpApiOperation = keyof typeof SP_API_OPERATIONS;

export interface SpApiOptions {
  /** By region; a region without one is not called. */
  tokens: Partial<Record<SpApiRegion, LwaTokens>>;
  sandbox: boolean;
  /** Instead of Amazon's servers. */
  baseUrl?: string;
  timeoutMs?: number;
  longestWaitMs?: number;
}

export interface SpApiRequest {
  query?: Record<string, string>;
  body?: Json;
}

/** Calls Amazon's Selling Partner API (providers.md 2) within the limit of each operation. */
export class SpApiClient {
  constructor(
    private readonly options: SpApiOptions,
    private readonly rates: SourceRates,
  ) {}

  covers(marketplace: Marketplace): boolean {
    return this.options.tokens[SP_API_MARKETPLACES[marketplace].region] !== undefined;
  }

  /** @throws SourceError of the kind the failure is; `rate_limited` before anything was sent where the wait is long */
  async call(marketplace: Marketplace, operation: SpApiOperation, request: SpApiRequest): Promise<Json> {
    const { region } = SP_API_MARKETPLACES[marketplace];
    const tokens = this.options.tokens[region];
    if (!tokens) throw new SourceError('unsupported', `SP-API has no refresh token for the region of ${marketplace}`);
    await this.takePlace(region, operation);
    const token = await tokens.get();
    const answer = await this.send(region, operation, request, token);
    if (answer.status !== 403) return this.unwrap(region, operation, answer);
    // A token may end before its time: once, with another one.
    tokens.drop(token);
    return this.unwrap(region, operation, await this.send(region, operation, request, await tokens.get()));
  }

  private async takePlace(region: SpApiRegion, operation: SpApiOperation): Promise<void> {
    const longest = this.options.longestWaitMs ?? LONGEST_WAIT_MS;
    for (let waited = 0; ;) {
      const wait = await this.rates.take('sp-api', `${region}/${operation}`, SP_API_OPERATIONS[operation]);
      if (wait === 0) return;
      if (waited + wait > longest) {
        throw new SourceError('rate_limited', `SP-API: ${operation} has to wait for its turn`, wait);
      }
      await sleep(wait);
      waited += wait;
    }
  }

  private async send(
    region: SpApiRegion,
    operation: SpApiOperation,
    { query = {}, body }: SpApiRequest,
    token: string,
  ): Promise<VendorAnswer> {
    const { method, path } = SP_API_OPERATIONS[operation];
    const url = new URL(path, this.options.baseUrl ?? hostOf(region, this.options.sandbox));
    url.search = new URLSearchParams(query).toString();
    const answer = await requestVendor({
      vendor: 'SP-API',
      url,
      method,
      headers: {
        'x-amz-access-token': token,
        'user-agent': USER_AGENT,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      timeoutMs: this.options.timeoutMs ?? TIMEOUT_MS,
    });
    const told = Number(answer.headers.get('x-amzn-ratelimit-limit'));
    if (told > 0 && told < 10_000) await this.rates.learn('sp-api', `${region}/${operation}`, told);
    return answer;
  }

  private unwrap(region: SpApiRegion, operation: SpApiOperation, { status, body }: VendorAnswer): Json {
    // Codes are Amazon's own vocabulary; messages may hold anything.
    const codes = listField(body, 'errors').flatMap((error) => textField(error, 'code') ?? []);
    const code = codes.find((one) => /^[\w.-]{1,40}$/.test(one));
    const reason = code === undefined ? `${status}` : `${status} ${code}`;
    switch (status) {
      case 200:
        if (!body) throw new SourceError('unparseable', 'SP-API did not answer with a JSON object');
        if (
          codes.length > 0 &&
          !('payload' in body) &&
          !('responses' in body) &&
          !('items' in body) &&
          !('asin' in body)
        ) {
          throw new SourceError('upstream_error', `SP-API answered ${operation} with an error (${reason})`);
        }
        return body;
      case 204:
        return {};
      case 401:
      case 403:
        throw new SourceError('auth_failed', `SP-API refused the token or lacks a role for ${operation} (${reason})`);
      case 404:
        throw new SourceError('not_found', `SP-API does not have what was asked for (${reason})`);
      case 429:
        throw new SourceError(
          'rate_limited',
          `SP-API: too many requests for ${operation} in ${region} (${reason})`,
          1000 / SP_API_OPERATIONS[operation].rate,
        );
    }
    if (status >= 400 && status < 500) throw new SourceError('bad_request', `SP-API refused ${operation} (${reason})`);
    throw new SourceError('upstream_error', `SP-API failed (${reason})`);
  }
}

function hostOf(region: SpApiRegion, sandbox: boolean): string {
  return `https://${sandbox ? 'sandbox.' : ''}sellingpartnerapi-${region}.amazon.com`;
}
