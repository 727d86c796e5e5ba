import { Injectable } from '@nestjs/common';
import { LookupAddress } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { IncomingMessage, request as requestHttp, RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, LookupFunction } from 'node:net';
import { withDeadline } from '../../common/deadline';
import { Config } from '../../config/config';
import { ensureCallable, ForbiddenAddress, hostOf, OutboundRules, readOutboundUrl } from './outbound-url';

const RESOLVE_MS = 3000;
/** How long the first bytes of a body are waited for once the status is known, and how many are read. */
const BODY_MS = 2000;
const BODY_BYTES = 500;

export type OutboundFailure = 'forbidden_address' | 'timeout' | 'connection';

/** No answer came. */
export class OutboundError extends Error {
  constructor(
    readonly kind: OutboundFailure,
    message: string,
  ) {
    super(message);
  }
}

export interface OutboundAnswer {
  status: number;
  retryAfter: string | undefined;
  /** The first bytes of the body as text. */
  start: string;
}

/**
 * Calls addresses that users gave. Which network they lead to is looked at for every answer of the name service at the very
 * moment of connecting, so that a name that leads elsewhere than it did when it was given (DNS rebinding) is refused.
 * Redirects are not followed; the answer's body is not read beyond its first bytes.
 */
@Injectable()
export class Outbound {
  /** From the first look-up to the last byte that is read. */
  timeoutMs = 15_000;
  /**
   * Asks the name servers, and not getaddrinfo: that one waits on one of the few threads of the process, and a name whose
   * servers are silent would hold up everybody else's.
   */
  readonly resolver = new Resolver({ timeout: RESOLVE_MS, tries: 2 });
  private readonly rules: OutboundRules;

  constructor(config: Config) {
    this.rules = { ports: config.outboundPorts, opened: config.allowedPrivateRanges };
  }

  /**
   * For an address that is being given. A name that cannot be looked up now is let through, as that may pass.
   * @returns the address in its normal form
   * @throws ForbiddenAddress
   */
  async check(text: string): Promise<string> {
    const url = readOutboundUrl(text, this.rules);
    const host = hostOf(url);
    if (isIP(host) !== 0) return url.href;
    const addresses = await withDeadline(this.resolve(host), RESOLVE_MS).catch((): LookupAddress[] => []);
    for (const { address } of addresses) ensureCallable(address, this.rules.opened);
    return url.href;
  }

  /** @throws OutboundError where no answer came */
  async post(address: string, headers: Record<string, string>, body: string): Promise<OutboundAnswer> {
    const signal = AbortSignal.timeout(this.timeoutMs);
    try {
      const url = readOutboundUrl(address, this.rules);
      const options: RequestOptions = {
        method: 'POST',
        headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
        // A connection of its own: whom it leads to has been looked at for this call.
        agent: false,
        lookup: this.guardedLookup,
        signal,
      };
      return await send(url, options, body);
    } catch (error) {
      if (error instanceof ForbiddenAddress) throw new OutboundError('forbidden_address', error.message);
      if (signal.aborted) throw new OutboundError('timeout', `no answer within ${this.timeoutMs / 1000} s`);
      const { code, message } = error as NodeJS.ErrnoException;
      throw new OutboundError('connection', code ?? message);
    }
  }

  private async resolve(host: string): Promise<LookupAddress[]> {
    const answers = await Promise.allSettled([this.resolver.resolve4(host), this.resolver.resolve6(host)]);
    const addresses = answers.flatMap((answer, index) =>
      answer.status === 'fulfilled' ? answer.value.map((address) => ({ address, family: index === 0 ? 4 : 6 })) : [],
    );
    const [first] = answers;
    if (addresses.length === 0 && first.status === 'rejected') throw first.reason;
    return addresses;
  }

  private readonly guardedLookup: LookupFunction = (host, options, done) => {
    this.resolve(host.replace(/\.+$/, '')).then(
      (addresses) => {
        try {
          for (const { address } of addresses) ensureCallable(address, this.rules.opened);
          const [first] = addresses;
          if (!first) throw new Error(`${host} has no address`);
          if (options.all) done(null, addresses);
          else done(null, first.address, first.family);
        } catch (error) {
          done(error as Error, []);
        }
      },
      (error: unknown) => {
        done(error as Error, []);
      },
    );
  };
}

function send(url: URL, options: RequestOptions, body: string): Promise<OutboundAnswer> {
  return new Promise((resolve, reject) => {
    const call = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options);
    call.on('error', reject);
    call.on('response', (response) => {
      // From here on there is an answer, whatever becomes of its body.
      call.off('error', reject).on('error', () => undefined);
      void startOf(response).then((start) => {
        call.destroy();
        resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'], start });
      });
    });
    call.end(body);
  });
}

/** What comes of the body in time. Never fails: the status, which is what counts, has been given. */
function startOf(response: IncomingMessage): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const finish = () => {
      clearTimeout(patience);
      resolve(Buffer.concat(chunks).subarray(0, BODY_BYTES).toString('utf8'));
    };
    const patience = setTimeout(finish, BODY_MS);
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= BODY_BYTES) finish();
    });
    response.on('end', finish);
    response.on('error', finish);
    response.on('close', finish);
  });
}
