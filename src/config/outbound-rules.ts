import { IPv4, IPv6, parse, parseCIDR } from 'ipaddr.js';
import { isIP } from 'node:net';

/** All that is given out of IPv6 (RFC 4291); the rest, such as the old IPv4-compatible `::10.0.0.1`, counts as unicast too. */
const GLOBAL_UNICAST = parseCIDR('2000::/3');

/** A range of addresses, as its first address and the number of bits that count. */
export type AddressRange = [IPv4 | IPv6, number];

/**
 * Reads `10.1.0.0/16, fd00:1::/32`: private ranges that addresses given by users may lie in all the same.
 * @throws Error that says what is wrong
 */
export function parseRanges(text: string): AddressRange[] {
  return partsOf(text).map((part) => {
    try {
      return parseCIDR(part);
    } catch {
      throw new Error('each part is a range like 10.1.0.0/16 or fd00:1::/32');
    }
  });
}

/**
 * Reads `80,443,8080`: ports that addresses given by users may have.
 * @throws Error that says what is wrong
 */
export function parsePorts(text: string): ReadonlySet<number> {
  const ports = partsOf(text).map((part) => (/^\d{1,5}$/.test(part) ? Number(part) : 0));
  if (ports.some((port) => port < 1 || port > 65_535)) throw new Error('each part is a port from 1 to 65535');
  return new Set(ports);
}

/** Whether an address of somebody's network may be called: a public one, or one in a range that the admin opened. */
export function isCallable(address: string, opened: readonly AddressRange[]): boolean {
  const parsed = unmapped(address);
  if (parsed === undefined) return false;
  return isPublic(parsed) || opened.some(([range, bits]) => lies(parsed, range, bits));
}

function isPublic(address: IPv4 | IPv6): boolean {
  return address.range() === 'unicast' && (address instanceof IPv4 || lies(address, ...GLOBAL_UNICAST));
}

/** `::ffff:10.0.0.1` is 10.0.0.1 to the network, and so is what it says here. */
function unmapped(address: string): IPv4 | IPv6 | undefined {
  if (isIP(address) === 0) return undefined;
  const parsed = parse(address);
  return parsed instanceof IPv6 && parsed.isIPv4MappedAddress() ? parsed.toIPv4Address() : parsed;
}

function lies(address: IPv4 | IPv6, range: IPv4 | IPv6, bits: number): boolean {
  if (address instanceof IPv4) return range instanceof IPv4 && address.match(range, bits);
  return range instanceof IPv6 && address.match(range, bits);
}

function partsOf(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
