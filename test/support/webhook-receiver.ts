import { createServer, IncomingHttpHeaders, Server, ServerResponse } from 'node:http';
import { AddressInfo } from 'node:net';

export interface ReceivedWebhook {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  event: { id: string; type: string; subject?: string; data: Record<string, unknown> };
}

/** What a receiver does with a request. */
export type WebhookAnswer = (response: ServerResponse, received: ReceivedWebhook) => void;

export const accept: WebhookAnswer = (response) => response.writeHead(204).end();
export const status =
  (code: number, headers: Record<string, string> = {}, body = ''): WebhookAnswer =>
  (response) =>
    response.writeHead(code, headers).end(body);
/** The connection ends without an answer. */
export const drop: WebhookAnswer = (response) => response.destroy();

/** A receiver of webhooks on this machine, which a test tells how to behave on each path. */
export class WebhookReceiver {
  readonly received: ReceivedWebhook[] = [];
  readonly answers = new Map<string, WebhookAnswer>();
  /** On any other path. */
  otherwise: WebhookAnswer = accept;

  private constructor(private readonly server: Server) {
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('error', () => undefined);
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        const path = request.url ?? '';
        const received = { path, headers: request.headers, body, event: JSON.parse(body) as ReceivedWebhook['event'] };
        this.received.push(received);
        (this.answers.get(path) ?? this.otherwise)(response, received);
      });
    });
  }

  static async start(): Promise<WebhookReceiver> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new WebhookReceiver(server);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** What came to a path, in the order of arrival. */
  at(path: string): ReceivedWebhook[] {
    return this.received.filter((one) => one.path === path);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
