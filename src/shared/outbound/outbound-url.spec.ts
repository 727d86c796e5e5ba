import fc from 'fast-check';
import { isCallable, parsePorts, parseRanges } from '../../config/outbound-rules';
import { ForbiddenAddress, readOutboundUrl } from './outbound-url';

const RULES = { ports: parsePorts('80,443,8080,8443'), opened: [] };
const PRIVATE = 'must not lead to a private, local or reserved network address';
const NAME = 'must not name a host of the private network';
const SCHEME = 'must start with https:// or http://';
const CREDENTIALS = 'must not hold a user name or password';

describe('readOutboundUrl', () => {
  it.each([
    ['loopback', 'http://127.0.0.1/', PRIVATE],
    ['decimal', 'http://2130706433/', PRIVATE],
    ['hex', 'http://0x7f000001/', PRIVATE],
    ['hex by parts', 'http://0x7f.0x0.0x0.0x1/', PRIVATE],
    ['octal', 'http://0177.0.0.1/', PRIVATE],
    ['short', 'http://127.1/', PRIVATE],
    ['full width', 'http://１２７.０.０.１/', PRIVATE],
    ['circled digits', 'http://①②⑦.⓪.⓪.①/', PRIVATE],
    ['ideographic dots', 'http://127。0。0。1/', PRIVATE],
    ['percent-encoded', 'http://%31%32%37.0.0.1/', PRIVATE],
    ['trailing dot', 'http://127.0.0.1./', PRIVATE],
    ['all zeros', 'http://0.0.0.0/', PRIVATE],
    ['zero', 'http://0/', PRIVATE],
    ['ten', 'https://10.0.0.1/', PRIVATE],
    ['172.16', 'https://172.16.0.1/', PRIVATE],
    ['192.168', 'https://192.168.1.1:8443/', PRIVATE],
    ['carrier-grade NAT', 'https://100.64.0.1/', PRIVATE],
    ['link-local', 'http://169.254.10.10/', PRIVATE],
    ['metadata service', 'http://169.254.169.254/latest/meta-data/', PRIVATE],
    ['metadata service in decimal', 'http://2852039166/', PRIVATE],
    ['benchmark range', 'http://198.18.0.1/', PRIVATE],
    ['documentation range', 'http://203.0.113.5/', PRIVATE],
    ['multicast', 'http://224.0.0.1/', PRIVATE],
    ['broadcast', 'http://255.255.255.255/', PRIVATE],
    ['IPv6 loopback', 'http://[::1]/', PRIVATE],
    ['IPv6 unspecified', 'http://[::]/', PRIVATE],
    ['IPv6 mapped', 'http://[::ffff:127.0.0.1]/', PRIVATE],
    ['IPv6 mapped in hex', 'http://[::ffff:7f00:1]/', PRIVATE],
    ['IPv6 mapped metadata service', 'http://[::ffff:a9fe:a9fe]/', PRIVATE],
    ['IPv4-compatible', 'http://[::127.0.0.1]/', PRIVATE],
    ['IPv6 link-local', 'http://[fe80::1]/', PRIVATE],
    ['IPv6 unique local', 'http://[fd00::1]/', PRIVATE],
    ['IPv6 site-local', 'http://[fec0::1]/', PRIVATE],
    ['NAT64', 'http://[64:ff9b::7f00:1]/', PRIVATE],
    ['6to4', 'http://[2002:7f00:1::]/', PRIVATE],
    ['Teredo', 'http://[2001:0:1::1]/', PRIVATE],
    ['localhost', 'http://localhost/', NAME],
    ['localhost with a dot', 'http://localhost./', NAME],
    ['localhost in capitals', 'http://LOCALHOST/', NAME],
    ['below localhost', 'http://a.localhost/', NAME],
    ['multicast DNS', 'http://printer.local/', NAME],
    ['cloud metadata by name', 'http://metadata.google.internal/', NAME],
    ['credentials', 'https://user:pass@hooks.shop.example/', CREDENTIALS],
    ['a user name that looks like a host', 'https://hooks.shop.example@127.0.0.1/', CREDENTIALS],
    ['a backslash before what looks like a host', 'https://127.0.0.1\\@hooks.shop.example/', PRIVATE],
    ['file', 'file:///etc/passwd', SCHEME],
    ['gopher', 'gopher://127.0.0.1:6379/_INFO', SCHEME],
    ['ftp', 'ftp://hooks.shop.example/', SCHEME],
    ['data', 'data:text/plain,hello', SCHEME],
    ['javascript', 'javascript:alert(1)', SCHEME],
    ['port of a mail server', 'http://hooks.shop.example:25/', 'must have one of the ports 80, 443, 8080, 8443'],
    ['port of a database', 'https://hooks.shop.example:5432/', 'must have one of the ports 80, 443, 8080, 8443'],
    ['no address', 'hooks.shop.example', 'must be an address like https://host/path'],
    ['empty', '', 'must be an address like https://host/path'],
    ['broken IPv6', 'http://[::1/', 'must be an address like https://host/path'],
    ['too long', `https://hooks.shop.example/${'a'.repeat(2000)}`, 'must have at most 2000 characters'],
  ])('should refuse %s', (_, text, reason) => {
    expect(() => readOutboundUrl(text, RULES)).toThrow(new ForbiddenAddress(reason));
  });

  it.each([
    'https://hooks.shop.example/alerts?key=1',
    'http://hooks.shop.example:8080/',
    'https://93.184.215.14/',
    'https://[2606:4700::1]/',
    'https://bücher.example/',
  ])('should let %s through', (text) => {
    expect(readOutboundUrl(text, RULES).href).toBe(new URL(text).href);
  });

  it('should let an opened range through, also mapped, and nothing beside it', () => {
    const rules = { ...RULES, opened: parseRanges('10.1.0.0/16') };
    expect(readOutboundUrl('http://10.1.2.3/', rules).hostname).toBe('10.1.2.3');
    expect(readOutboundUrl('http://[::ffff:10.1.2.3]/', rules).hostname).toBe('[::ffff:a01:203]');
    expect(() => readOutboundUrl('http://10.2.0.1/', rules)).toThrow(ForbiddenAddress);
  });
});

describe('isCallable', () => {
  it('should refuse every address of 10/8, 127/8 and 169.254/16, and their mapped forms', () => {
    const part = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(fc.constantFrom('10', '127', '169.254'), part, part, part, (start, a, b, c) => {
        const address = start === '169.254' ? `${start}.${b}.${c}` : `${start}.${a}.${b}.${c}`;
        expect(isCallable(address, [])).toBe(false);
        expect(isCallable(`::ffff:${address}`, [])).toBe(false);
      }),
    );
  });

  it.each(['', 'no address', 'localhost', '1.2.3'])('should refuse %p, which is no address', (text) => {
    expect(isCallable(text, [])).toBe(false);
  });
});

describe('settings', () => {
  it.each([
    ['10.1.0.0', /range like/],
    ['10.1.0.0/33', /range like/],
    ['home', /range like/],
  ])('should refuse the range %s', (text, reason) => {
    expect(() => parseRanges(text)).toThrow(reason);
  });

  it.each(['0', '65536', '80-90', 'http'])('should refuse the port %s', (text) => {
    expect(() => parsePorts(text)).toThrow('each part is a port from 1 to 65535');
  });

  it('should read none as none', () => {
    expect(parseRanges(' ')).toEqual([]);
  });
});
