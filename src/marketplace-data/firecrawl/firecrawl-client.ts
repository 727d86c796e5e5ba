import { setTimeout as sleep } from 'node:timers/promises';
import { Clock } from '../../common/clock';
import { FirecrawlSettings } from '../../config/firecrawl-settings';
import { SourceError } from '../source-error';
import { isRecord, recordsOf, textOf } from '../vendor-json';
import { requestVendor, retryAfterMs, VendorAnswer } from '../vendor-request';

/** Firecrawl's own time for a page, and ours for its answer. */
const PAGE_MS = 60_000;
const ANSWER_MS = 90_000;
const POLL_MS = 2000;
/** A batch that is not done by then is cancelled; what it has is used. */
const BATCH_MS = 5 * 60_000;

export interface FirecrawlOptions {
  /** Absent for a server of one's own that asks for none. */
  key: string | undefined;
  baseUrl: string;
  answerMs?: number;
  pollMs?: number;
  batchMs?: number;
}

/** One page as Firecrawl gave it: `data` of a scrape, or one item of a batch. */
export type ScrapedPage = Record<string, unknown>;

/** Speaks Firecrawl's API v2 (providers.md 3.1). */
export class FirecrawlClient {
  private readonly base: string;

  constructor(
    private readonly options: FirecrawlOptions,
    private readonly clock: Clock,
  ) {
    this.base = `${options.baseUrl.replace(/\/+$/, '')}/v2`;
  }

  /** @throws SourceError of the kind the failure is */
  async scrape(url: string, settings: FirecrawlSettings): Promise<ScrapedPage> {
    const body = await this.call('POST', '/scrape', { url, ...pageOptions(settings) });
    if (!isRecord(body['data'])) throw new SourceError('unparseable', 'Firecrawl answered without a page');
    return body['data'];
  }

  /**
   * All pages of a batch that came in time, in any order.
   * @throws SourceError when the batch was not taken on or ended without any page
   */
  async scrapeAll(urls: string[], settings: FirecrawlSettings): Promise<ScrapedPage[]> {
    const started = await this.call('POST', '/batch/scrape', {
      urls,
      ignoreInvalidURLs: true,
      ...pageOptions(settings),
    });
    const id = textOf(started['id']);
    if (id === undefined || !/^[\w-]{1,100}$/.test(id)) {
      throw new SourceError('unparseable', 'Firecrawl took on a batch without naming it');
    }
    const path = `/batch/scrape/${id}`;
    const deadline = performance.now() + (this.options.batchMs ?? BATCH_MS);
    for (;;) {
      const status = await this.call('GET', path);
      const state = textOf(status['status']);
      const overdue = performance.now() > deadline;
      if (state === 'scraping' && !overdue) {
        await sleep(this.options.pollMs ?? POLL_MS);
        continue;
      }
      if (overdue && state === 'scraping') await this.call('DELETE', path).catch(() => undefined);
      const pages = await this.follow(status, path);
      if (pages.length > 0 || state === 'completed') return pages;
      throw overdue
        ? new SourceError('timeout', 'Firecrawl did not finish the batch in time')
        : new SourceError('upstream_error', 'Firecrawl gave the batch up');
    }
  }

  /** A batch's pages come in parts of ten megabytes. */
  private async follow(first: Record<string, unknown>, path: string): Promise<ScrapedPage[]> {
    const pages = recordsOf(first['data']);
    const seen = new Set<string>();
    for (let next = textOf(first['next']); next !== undefined && !seen.has(next);) {
      seen.add(next);
      // Only the query is taken from the answer: the key goes nowhere but to the configured server.
      const query = URL.canParse(next) ? new URL(next).search : '';
      const part = await this.call('GET', `${path}${query}`);
      pages.push(...recordsOf(part['data']));
      next = textOf(part['next']);
    }
    return pages;
  }

  private async call(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body?: Record<string, unknown>,
  ): Promise<Record<string, unknown>> {
    const { key, answerMs = ANSWER_MS } = this.options;
    const answer = await requestVendor({
      vendor: 'Firecrawl',
      url: new URL(this.base + path),
      method,
      headers: {
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      timeoutMs: answerMs,
    });
    return this.unwrap(answer);
  }

  private unwrap({ status, headers, body }: VendorAnswer): Record<string, unknown> {
    switch (status) {
      case 401:
      case 403:
        throw new SourceError('auth_failed', `Firecrawl refused the key (${status})`);
      case 402:
        throw new SourceError('quota_exhausted', 'Firecrawl: the credits are used up (402)');
      case 404:
        throw new SourceError('not_found', 'Firecrawl does not have what was asked for (404)');
      case 408:
        throw new SourceError('timeout', 'Firecrawl did not get the page in time (408)');
      case 429:
        throw new SourceError(
          'rate_limited',
          'Firecrawl: too many requests for now (429)',
          retryAfterMs(headers, this.clock.now()) ?? 60_000,
        );
    }
    if (status >= 400 && status < 500) throw new SourceError('bad_request', `Firecrawl refused the call (${status})`);
    if (status !== 200) throw new SourceError('upstream_error', `Firecrawl failed (${status})`);
    if (!body) throw new SourceError('unparseable', 'Firecrawl did not answer with a JSON object');
    if (body['success'] === false) throw new SourceError('upstream_error', 'Firecrawl answered with an error');
    return body;
  }
}

function pageOptions({ country, proxy, maxAgeSeconds, language }: FirecrawlSettings): Record<string, unknown> {
  return {
    formats: ['rawHtml'],
    onlyMainContent: false,
    maxAge: maxAgeSeconds * 1000,
    timeout: PAGE_MS,
    proxy,
    location: { country, ...(language === undefined ? {} : { languages: [language] }) },
  };
}
