import { createServer, IncomingMessage, Server, ServerResponse } from 'node:http';
import { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface SpApiCall {
  method: string;
  path: string;
  query: Record<string, string>;
  body: Record<string, unknown> | undefined;
  token: string | undefined;
}

export const SP_API_CREDENTIALS = {
  clientId: 'amzn1.application-oa2-client.0123456789',
  clientSecret: 'amzn1.oa2-cs.v1.0123456789abcdef',
  refreshToken: 'Atzr|0123456789abcdef',
};

/** Speaks Login with Amazon and the Selling Partner API as providers.md 2 has them; answers are the test's. */
export class SpApiServer {
  readonly calls: SpApiCall[] = [];
  tokensGiven = 0;
  /** Answers calls of the API; true when it has. */
  respond: (call: SpApiCall, response: ServerResponse) => boolean | Promise<boolean> = () => false;
  /** Looks at requests for a token first. */
  respondToken: (response: ServerResponse) => boolean = () => false;
  /** What `x-amzn-RateLimit-Limit` says. */
  rateLimit: string | undefined;
  private readonly valid = new Set<string>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<SpApiServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const api = new SpApiServer(server);
    server.on('request', (request, response) => void api.answer(request, response));
    return api;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** As when Amazon ends tokens before their time. */
  revokeTokens(): void {
    this.valid.clear();
  }

  send(response: ServerResponse, status: number, body?: unknown): true {
    response.writeHead(status, {
      'content-type': 'application/json',
      ...(this.rateLimit === undefined ? {} : { 'x-amzn-RateLimit-Limit': this.rateLimit }),
    });
    response.end(body === undefined ? undefined : JSON.stringify(body));
    return true;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://sp-api');
    const sent = await text(request);
    if (url.pathname === '/auth/o2/token') {
      this.answerToken(new URLSearchParams(sent), response);
      return;
    }
    const token = request.headers['x-amz-access-token'];
    const call: SpApiCall = {
      method: request.method ?? '',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      body: sent === '' ? undefined : (JSON.parse(sent) as Record<string, unknown>),
      token: typeof token === 'string' ? token : undefined,
    };
    this.calls.push(call);
    if (call.token === undefined || !this.valid.has(call.token)) {
      this.send(response, 403, { errors: [{ code: 'Unauthorized', message: 'Access token has expired.' }] });
      return;
    }
    if (!(await this.respond(call, response))) {
      this.send(response, 400, {
        errors: [{ code: 'InvalidInput', message: 'Could not match input arguments' }],
      });
    }
  }

  private answerToken(form: URLSearchParams, response: ServerResponse): void {
    if (this.respondToken(response)) return;
    const { clientId, clientSecret, refreshToken } = SP_API_CREDENTIALS;
    const isRight =
      form.get('grant_type') === 'refresh_token' &&
      form.get('client_id') === clientId &&
      form.get('client_secret') === clientSecret &&
      form.get('refresh_token') === refreshToken;
    if (!isRight) {
      this.send(response, 401, { error: 'invalid_client', error_description: 'Client authentication failed' });
      return;
    }
    const token = `Atza|${++this.tokensGiven}`;
    this.valid.add(token);
    this.send(response, 200, {
      access_token: token,
      token_type: 'bearer',
      expires_in: 3600,
      refresh_token: refreshToken,
    });
  }
}
