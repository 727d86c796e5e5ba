import fc from 'fast-check';
import { Config } from '../../config/config';
import { readEnvironment } from '../../config/environment';
import { ConfirmationLinks, UnsubscribeLinks } from './mail-links';

const configOf = (JWT_SECRET: string) =>
  new Config(readEnvironment({ JWT_SECRET, PUBLIC_URL: 'https://insights.example/' }));
const OURS = configOf('q8Zr1vK0n3Xw7Lc5Tj9Bf2Hd6Gs4Mp1Y');
const OTHERS = configOf('another secret, of 32 characters');
const ID = '0192f3c4-0000-7000-8000-000000000000';
const ADDRESS = 'seller@shop.example';
const END = new Date('2026-11-27T12:00:00Z');

const unsubscribe = new UnsubscribeLinks(OURS);
const confirmation = new ConfirmationLinks(OURS);
const tokenOf = (link: string) => link.split('/').at(-1) ?? '';

describe('UnsubscribeLinks', () => {
  it('should read what it wrote', () => {
    fc.assert(
      fc.property(fc.constantFrom('rule' as const, 'channel' as const), fc.uuid(), (target, id) => {
        const link = unsubscribe.to(target, id);
        expect(link).toMatch(/^https:\/\/insights\.example\/api\/v1\/unsubscribe\/[\w-]{44}$/);
        expect(unsubscribe.read(tokenOf(link))).toEqual({ target, id });
      }),
    );
  });
});

describe('ConfirmationLinks', () => {
  it('should read what it wrote, to the second', () => {
    const seconds = fc.integer({ min: 0, max: 0xffff_ffff });
    fc.assert(
      fc.property(fc.uuid(), fc.emailAddress(), seconds, fc.nat(999), (channelId, address, end, ms) => {
        const link = confirmation.to(channelId, address, new Date(end * 1000 + ms));
        expect(link).toMatch(/^https:\/\/insights\.example\/api\/v1\/confirm-address\/[\w-]{70}$/);
        expect(confirmation.read(tokenOf(link))).toMatchObject({ channelId, expiresAt: new Date(end * 1000) });
      }),
    );
  });

  it('should tell addresses apart', () => {
    const hashOf = (address: string) => confirmation.read(tokenOf(confirmation.to(ID, address, END)))?.addressHash;
    expect(hashOf('a@shop.example')).not.toEqual(hashOf('b@shop.example'));
    expect(hashOf('a@shop.example')).toEqual(hashOf('a@shop.example'));
  });
});

describe.each([
  ['unsubscribe', unsubscribe, new UnsubscribeLinks(OTHERS).to('rule', ID), unsubscribe.to('rule', ID)],
  ['confirmation', confirmation, new ConfirmationLinks(OTHERS).to(ID, ADDRESS, END), confirmation.to(ID, ADDRESS, END)],
])('a token of %s links', (_, links, foreign, ours) => {
  it('should not be read when a bit of it was changed', () => {
    const bytes = Buffer.from(tokenOf(ours), 'base64url');
    fc.assert(
      fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
        const changed = Buffer.from(bytes);
        changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        expect(links.read(changed.toString('base64url'))).toBeNull();
      }),
    );
  });

  it.each([
    ['of another server', tokenOf(foreign)],
    ['that is empty', ''],
    ['that is any text', 'let-me-in'],
  ])('should not be read %s', (__, token) => {
    expect(links.read(token)).toBeNull();
  });
});

it('should not take a token of one kind of link for the other', () => {
  expect(confirmation.read(tokenOf(unsubscribe.to('channel', ID)))).toBeNull();
  expect(unsubscribe.read(tokenOf(confirmation.to(ID, ADDRESS, END)))).toBeNull();
});
