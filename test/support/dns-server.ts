import { createSocket, Socket } from 'node:dgram';
import { isIPv4 } from 'node:net';
import { parse } from 'ipaddr.js';

const TYPE_A = 1;
const TYPE_AAAA = 28;
const HEADER_BYTES = 12;

/** A name server on this machine (RFC 1035), for which every name leads to the same addresses. */
export class DnsServer {
  /** None: it says that it failed. */
  addresses: string[] = [];

  private constructor(private readonly socket: Socket) {
    socket.on('message', (question, { port, address }) => {
      socket.send(this.answer(question), port, address);
    });
  }

  static async start(): Promise<DnsServer> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    return new DnsServer(socket);
  }

  /** As a resolver is told of it. */
  get address(): string {
    return `127.0.0.1:${this.socket.address().port}`;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.socket.close(resolve);
    });
  }

  private answer(question: Buffer): Buffer {
    const nameEnd = question.indexOf(0, HEADER_BYTES) + 1;
    const type = question.readUInt16BE(nameEnd);
    const records = this.addresses
      .filter((address) => type === (isIPv4(address) ? TYPE_A : TYPE_AAAA))
      .map((address) => {
        const data = Buffer.from(parse(address).toByteArray());
        const record = Buffer.from([0xc0, HEADER_BYTES, 0, type, 0, 1, 0, 0, 0, 0, 0, data.length]);
        return Buffer.concat([record, data]);
      });
    const header = Buffer.from(question.subarray(0, HEADER_BYTES));
    // An answer, with recursion; code 2 is a failure of the server.
    header.writeUInt16BE(this.addresses.length === 0 ? 0x8182 : 0x8180, 2);
    header.writeUInt16BE(records.length, 6);
    header.writeUInt32BE(0, 8);
    return Buffer.concat([header, question.subarray(HEADER_BYTES, nameEnd + 4), ...records]);
  }
}
