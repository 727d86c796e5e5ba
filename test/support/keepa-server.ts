import { createServer, IncomingMessage, Server, ServerResponse } from 'node:http';
import { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

export const KEEPA_KEY = 'k'.repeat(10) + 'e4p4'.repeat(13) + 'zz';

const KEEPA_EPOCH_MINUTE = 21_564_000;

export interface KeepaCall {
  path: string;
  parameters: URLSearchParams;
}

/**
 * Speaks Keepa's protocol as providers.md 1.1 to 1.4, 1.9 and 1.10 have it: gzip, the token bucket in every body, 429 without
 * products, errors by status. Refills come only when the test says so.
 */
export class KeepaServer {
  readonly calls: KeepaCall[] = [];
  readonly products = new Map<string, Record<string, unknown>>();
  /** What the product finder finds. */
  finderList: string[] = [];
  tokensLeft = 1200;
  refillRate = 20;
  refillIn = 30_000;
  tokensPerProduct = 4;
  /** Lowest level the bucket ever had. */
  lowest = Infinity;
  /** Looks at a call first; true when it has answered (or will not). */
  intercept: (call: KeepaCall, response: ServerResponse) => boolean | Promise<boolean> = () => false;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<KeepaServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const keepa = new KeepaServer(server);
    server.on('request', (request, response) => void keepa.answer(request, response));
    return keepa;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Calls that cost something. */
  get paidCalls(): KeepaCall[] {
    return this.calls.filter(({ path }) => path !== '/token');
  }

  add(product: Record<string, unknown>): void {
    this.products.set(String(product['asin']), product);
  }

  /** Answers with the bucket's state beside the body. */
  send(response: ServerResponse, status: number, body: Record<string, unknown>, tokensConsumed = 0): void {
    const envelope = {
      timestamp: Date.now(),
      tokensLeft: this.tokensLeft,
      refillIn: this.refillIn,
      refillRate: this.refillRate,
      tokenFlowReduction: 0,
      tokensConsumed,
      processingTimeInMs: 1,
      ...body,
    };
    response.writeHead(status, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
    response.end(gzipSync(JSON.stringify(envelope)));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://keepa');
    const call: KeepaCall = { path: url.pathname, parameters: url.searchParams };
    this.calls.push(call);
    if (await this.intercept(call, response)) return;
    if (call.parameters.get('key') !== KEEPA_KEY) {
      const error = {
        type: 'invalidParameter',
        message: 'You used an invalid parameter for this API call.',
        details: '',
      };
      this.send(response, 400, { error, tokensLeft: 0, refillRate: 0, refillIn: 0 });
      return;
    }
    if (call.path === '/token') {
      this.send(response, 200, {});
      return;
    }
    const found = this.find(call);
    if (this.tokensLeft <= 0) {
      this.send(response, 429, {});
      return;
    }
    this.tokensLeft -= found.cost;
    this.lowest = Math.min(this.lowest, this.tokensLeft);
    const { cost, ...body } = found;
    this.send(response, 200, body, cost);
  }

  private find(call: KeepaCall): { cost: number; products?: Record<string, unknown>[]; asinList?: string[] } {
    if (call.path === '/query')
      return { asinList: this.finderList, cost: 10 + Math.ceil(this.finderList.length / 100) };
    return call.path === '/product' ? this.findProducts(call) : this.searchProducts(call);
  }

  private findProducts({ parameters }: KeepaCall): { products: Record<string, unknown>[]; cost: number } {
    const asins = (parameters.get('asin') ?? '').split(',');
    return {
      products: [...this.products.values()].filter(
        ({ asin, domainId }) => asins.includes(String(asin)) && String(domainId) === parameters.get('domain'),
      ),
      cost: asins.length * (parameters.has('buybox') ? this.tokensPerProduct : 1),
    };
  }

  private searchProducts({ parameters }: KeepaCall): { products: Record<string, unknown>[]; cost: number } {
    const term = (parameters.get('term') ?? '').toLowerCase();
    const page = Number(parameters.get('page') ?? 0);
    const hits = [...this.products.values()].filter(({ title }) =>
      term.split(' ').every((word) => String(title).toLowerCase().includes(word)),
    );
    return { products: hits.slice(page * 10, page * 10 + 10), cost: 10 };
  }
}

/** Minutes as Keepa counts them. */
export function keepaMinute(time: Date | string): number {
  return Math.floor(new Date(time).getTime() / 60_000) - KEEPA_EPOCH_MINUTE;
}

/** A product object of our own, with the rows given and the stats that follow from them. */
export function keepaProduct(
  asin: string,
  rows: Record<number, number[]>,
  fields: Record<string, unknown> = {},
): Record<string, unknown> {
  const csv = Array.from({ length: 36 }, (_, index) => rows[index] ?? null);
  const current = csv.map((row, index) => {
    if (!row) return -1;
    return (index === 18 ? row.at(-2) : row.at(-1)) ?? -1;
  });
  return {
    asin,
    domainId: 1,
    productType: 0,
    title: `Title of ${asin}`,
    lastUpdate: Math.max(0, ...csv.map((row, index) => row?.at(index === 18 ? -3 : -2) ?? 0)),
    salesRankReference: 100,
    rootCategory: 100,
    categoryTree: [
      { catId: 100, name: 'Home' },
      { catId: 101, name: 'Kettles' },
    ],
    csv,
    stats: {
      current,
      buyBoxPrice: rows[18]?.at(-2) ?? -2,
      buyBoxShipping: rows[18]?.at(-1) ?? -2,
      buyBoxSellerId: null,
    },
    ...fields,
  };
}
