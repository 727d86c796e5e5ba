import { createServer, IncomingMessage, Server, ServerResponse } from 'node:http';
import { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export const FIRECRAWL_KEY = 'fc-0123456789abcdef0123456789abcdef';

export interface FirecrawlCall {
  method: string;
  path: string;
  body: Record<string, unknown>;
}

interface Batch {
  urls: string[];
  polls: number;
  cancelled: boolean;
}

/**
 * Speaks Firecrawl's API v2 as providers.md 3.1 has it: bearer key, scrape, batches that take a few polls and come in parts,
 * a limit of requests with Retry-After.
 */
export class FirecrawlServer {
  readonly calls: FirecrawlCall[] = [];
  /** What the page at an address is. */
  page: (url: string) => { html?: string; status?: number; metadata?: Record<string, unknown> } = () => ({
    status: 404,
  });
  /** Polls until a batch is done. */
  pollsNeeded = 2;
  pagesPerPart = 3;
  /** Addresses that a batch comes back without. */
  readonly lost = new Set<string>();
  creditsUsed = 0;
  /** Looks at a call first; true when it has answered (or will not). */
  intercept: (call: FirecrawlCall, response: ServerResponse) => boolean | Promise<boolean> = () => false;
  private readonly batches = new Map<string, Batch>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<FirecrawlServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const firecrawl = new FirecrawlServer(server);
    server.on('request', (request, response) => void firecrawl.answer(request, response));
    return firecrawl;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get cancelled(): number {
    return [...this.batches.values()].filter(({ cancelled }) => cancelled).length;
  }

  send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://firecrawl');
    const sent = await text(request);
    const body = sent === '' ? {} : (JSON.parse(sent) as Record<string, unknown>);
    const call: FirecrawlCall = { method: request.method ?? '', path: url.pathname, body };
    this.calls.push(call);
    if (await this.intercept(call, response)) return;
    if (request.headers.authorization !== `Bearer ${FIRECRAWL_KEY}`) {
      this.send(response, 401, { success: false, error: 'Unauthorized: Invalid token' });
      return;
    }
    if (call.method === 'POST' && call.path === '/v2/scrape') {
      this.send(response, 200, { success: true, data: this.scraped(String(body['url'])) });
    } else if (call.method === 'POST' && call.path === '/v2/batch/scrape') {
      const id = `batch-${this.batches.size + 1}`;
      this.batches.set(id, { urls: body['urls'] as string[], polls: 0, cancelled: false });
      this.send(response, 200, { success: true, id, url: `${this.url}/v2/batch/scrape/${id}`, invalidURLs: [] });
    } else {
      this.sendBatch(call, url, response);
    }
  }

  private sendBatch(call: FirecrawlCall, url: URL, response: ServerResponse): void {
    const batch = this.batches.get(call.path.replace('/v2/batch/scrape/', ''));
    if (!batch) {
      this.send(response, 404, { error: 'Batch scrape job not found.' });
      return;
    }
    if (call.method === 'DELETE') {
      batch.cancelled = true;
      this.send(response, 200, { status: 'cancelled' });
      return;
    }
    const skip = Number(url.searchParams.get('skip') ?? 0);
    const done = skip > 0 || ++batch.polls >= this.pollsNeeded;
    const urls = batch.urls.filter((asked) => !this.lost.has(asked));
    const part = done ? urls.slice(skip, skip + this.pagesPerPart) : [];
    const hasMore = done && skip + this.pagesPerPart < urls.length;
    this.send(response, 200, {
      status: done ? 'completed' : 'scraping',
      total: batch.urls.length,
      completed: done ? urls.length : 0,
      creditsUsed: done ? urls.length : 0,
      data: part.map((asked) => this.scraped(asked)).reverse(),
      ...(hasMore ? { next: `${this.url}${call.path}?skip=${skip + this.pagesPerPart}` } : {}),
    });
  }

  private scraped(url: string): Record<string, unknown> {
    this.creditsUsed += 1;
    const { html, status = 200, metadata = {} } = this.page(url);
    return {
      ...(html === undefined ? {} : { rawHtml: html }),
      metadata: {
        sourceURL: url,
        url,
        statusCode: status,
        proxyUsed: 'basic',
        cacheState: 'miss',
        creditsUsed: 1,
        ...metadata,
      },
    };
  }
}
