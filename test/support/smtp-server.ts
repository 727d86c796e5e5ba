import { AddressInfo, createServer, Server, Socket } from 'node:net';

export interface ReceivedMail {
  from: string;
  to: string[];
  /** As it came, headers and all. */
  source: string;
}

/** A mail server on this machine that speaks as much of RFC 5321 as a client needs. */
export class SmtpServer {
  readonly mails: ReceivedMail[] = [];
  /** What it says to a recipient; `250 ok` takes it. */
  answerTo: (recipient: string) => string = () => '250 ok';
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      socket.on('error', () => undefined);
      this.talk(socket);
    });
  }

  static async start(): Promise<SmtpServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new SmtpServer(server);
  }

  get url(): string {
    return `smtp://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private talk(socket: Socket): void {
    let waiting = '';
    let isBody = false;
    let mail: ReceivedMail = { from: '', to: [], source: '' };
    const say = (line: string) => socket.write(`${line}\r\n`);
    say('220 test');
    socket.on('data', (chunk) => {
      waiting += chunk.toString('utf8');
      for (;;) {
        const end = waiting.indexOf(isBody ? '\r\n.\r\n' : '\r\n');
        if (end < 0) return;
        const line = waiting.slice(0, end);
        waiting = waiting.slice(end + (isBody ? 5 : 2));
        if (isBody) {
          isBody = false;
          this.mails.push({ ...mail, source: line.replace(/^\.\./gm, '.') });
          say('250 queued as test');
        } else if (/^DATA/i.test(line)) {
          isBody = true;
          say('354 go ahead');
        } else if (/^MAIL FROM:/i.test(line)) {
          mail = { from: addressIn(line), to: [], source: '' };
          say('250 ok');
        } else if (/^RCPT TO:/i.test(line)) {
          const answer = this.answerTo(addressIn(line));
          if (answer.startsWith('250')) mail.to.push(addressIn(line));
          say(answer);
        } else if (/^QUIT/i.test(line)) {
          say('221 bye');
          socket.end();
        } else say('250 ok');
      }
    });
  }
}

function addressIn(line: string): string {
  return /<([^>]*)>/.exec(line)?.[1] ?? '';
}

/** Header lines of a mail, unfolded, by name in lower case. */
export function headersOf(source: string): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  const [head = ''] = source.split('\r\n\r\n', 1);
  for (const line of head.replace(/\r\n[ \t]/g, ' ').split('\r\n')) {
    const [name = '', ...value] = line.split(':');
    headers.set(name.toLowerCase(), [...(headers.get(name.toLowerCase()) ?? []), value.join(':').trim()]);
  }
  return headers;
}
