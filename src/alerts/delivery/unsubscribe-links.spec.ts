import fc from 'fast-check';
import { Config } from '../../config/config';
import { readEnvironment } from '../../config/environment';
import { UnsubscribeLinks } from './unsubscribe-links';

const linksOf = (JWT_SECRET: string) =>
  new UnsubscribeLinks(new Config(readEnvironment({ JWT_SECRET, PUBLIC_URL: 'https://insights.example/' })));
const links = linksOf('q8Zr1vK0n3Xw7Lc5Tj9Bf2Hd6Gs4Mp1Y');
const tokenOf = (link: string) => link.split('/').at(-1) ?? '';

describe('UnsubscribeLinks', () => {
  it('should read what it wrote', () => {
    fc.assert(
      fc.property(fc.constantFrom('rule' as const, 'channel' as const), fc.uuid(), (target, id) => {
        const link = links.to(target, id);
        expect(link).toMatch(/^https:\/\/insights\.example\/api\/v1\/unsubscribe\/[\w-]{44}$/);
        expect(links.read(tokenOf(link))).toEqual({ target, id });
      }),
    );
  });

  it('should read no token in which a bit was changed', () => {
    const bytes = Buffer.from(tokenOf(links.to('rule', '0192f3c4-0000-7000-8000-000000000000')), 'base64url');
    fc.assert(
      fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
        const changed = Buffer.from(bytes);
        changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        expect(links.read(changed.toString('base64url'))).toBeNull();
      }),
    );
  });

  it.each([
    [
      'of another server',
      tokenOf(linksOf('another secret, of 32 characters').to('rule', '0192f3c4-0000-7000-8000-000000000000')),
    ],
    ['that is empty', ''],
    ['that is any text', 'unsubscribe-me'],
  ])('should read no token %s', (_, token) => {
    expect(links.read(token)).toBeNull();
  });
});
