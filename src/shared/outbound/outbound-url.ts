import { isIP } from 'node:net';
import { isCallable, AddressRange } from '../../config/outbound-rules';

/** What the admin allows of addresses that users give. */
export interface OutboundRules {
  ports: ReadonlySet<number>;
  /** Private ranges that may be called all the same. */
  opened: readonly AddressRange[];
}

/** An address that is not called. Its message is shown to the one who gave it. */
export class ForbiddenAddress extends Error {}

const MAX_LENGTH = 2000;

/**
 * Reads an address that a user gave. Other forms of the same number (decimal, hex, octal, full width) are one form after
 * WHATWG URL parsing; where a name leads is seen when it is looked up.
 * @throws ForbiddenAddress that says why it is refused
 */
export function readOutboundUrl(text: string, rules: OutboundRules): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url) throw new ForbiddenAddress('must be an address like https://host/path');
  if (url.href.length > MAX_LENGTH) throw new ForbiddenAddress(`must have at most ${MAX_LENGTH} characters`);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new ForbiddenAddress('must start with https:// or http://');
  }
  if (url.username !== '' || url.password !== '') throw new ForbiddenAddress('must not hold a user name or password');
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  if (!rules.ports.has(port)) {
    throw new ForbiddenAddress(`must have one of the ports ${[...rules.ports].join(', ')}`);
  }
  const host = hostOf(url);
  if (host === '') throw new ForbiddenAddress('must name a host');
  if (isIP(host) !== 0) ensureCallable(host, rules.opened);
  // No resolver has to be asked for these (RFC 6761, RFC 6762, RFC 9476 and ICANN's private-use name).
  else if (/(^|\.)(localhost|local|internal|localdomain)$/.test(host) && rules.opened.length === 0) {
    throw new ForbiddenAddress('must not name a host of the private network');
  }
  return url;
}

/** @throws ForbiddenAddress */
export function ensureCallable(address: string, opened: readonly AddressRange[]): void {
  if (!isCallable(address, opened)) {
    throw new ForbiddenAddress('must not lead to a private, local or reserved network address');
  }
}

/** Without the brackets of IPv6 and without the dot of a complete name. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '').replace(/\.+$/, '');
}
