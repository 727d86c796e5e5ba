import { Config } from '../../config/config';
import { readEnvironment } from '../../config/environment';
import { ChannelSecrets, UnreadableSecret } from './channel-secrets';

const JWT_SECRET = 'q8Zr1vK0n3Xw7Lc5Tj9Bf2Hd6Gs4Mp1Y';
const secretsOf = (env: Record<string, string> = {}) =>
  new ChannelSecrets(new Config(readEnvironment({ JWT_SECRET, ...env })));

describe('ChannelSecrets', () => {
  it('should open what it stored, which does not hold the secret', () => {
    const { shown, stored } = secretsOf().create('channel-1');
    expect(shown).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(stored.toString('latin1')).not.toContain(shown.slice(6));
    expect(secretsOf().open(stored, 'channel-1')).toBe(shown);
  });

  it('should store the same secret differently each time, and make another each time', () => {
    const [one, two] = [secretsOf().create('a'), secretsOf().create('a')];
    expect(one.shown).not.toBe(two.shown);
    expect(one.stored.subarray(0, 12)).not.toEqual(two.stored.subarray(0, 12));
  });

  it.each([
    ['of another channel', (stored: Buffer) => secretsOf().open(stored, 'channel-2')],
    [
      'with another key',
      (stored: Buffer) =>
        secretsOf({ CHANNEL_SECRET_KEY: 'another key of 32 characters, at least' }).open(stored, 'channel-1'),
    ],
    [
      'that was changed',
      (stored: Buffer) =>
        secretsOf().open(Buffer.concat([stored.subarray(0, -1), Buffer.of((stored.at(-1) ?? 0) ^ 1)]), 'channel-1'),
    ],
    ['that was cut', (stored: Buffer) => secretsOf().open(stored.subarray(0, 10), 'channel-1')],
  ])('should not open one %s', (_, open) => {
    const { stored } = secretsOf().create('channel-1');
    expect(() => open(stored)).toThrow(UnreadableSecret);
  });
});
