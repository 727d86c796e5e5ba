import { Injectable } from '@nestjs/common';
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Config } from '../../config/config';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SECRET_BYTES = 32;

/** A stored secret cannot be read with the key of today. */
export class UnreadableSecret extends Error {}

/** Secrets of webhooks as they are shown (`whsec_…`, Standard Webhooks) and as they are stored: nonce, tag and AES-256-GCM, bound to their channel. */
@Injectable()
export class ChannelSecrets {
  private readonly key: Buffer;

  constructor(config: Config) {
    this.key = config.keyFor('channel-secrets');
  }

  create(channelId: string): { shown: string; stored: Buffer } {
    const shown = `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
    return { shown, stored: this.seal(shown, channelId) };
  }

  /** @throws UnreadableSecret */
  open(stored: Buffer, channelId: string): string {
    try {
      const decipher = createDecipheriv(CIPHER, this.key, stored.subarray(0, NONCE_BYTES));
      decipher.setAAD(Buffer.from(channelId));
      decipher.setAuthTag(stored.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      return decipher.update(stored.subarray(NONCE_BYTES + TAG_BYTES)).toString() + decipher.final().toString();
    } catch {
      throw new UnreadableSecret('The key of the server has changed: rotate the secret of the channel');
    }
  }

  private seal(secret: string, channelId: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.key, nonce);
    cipher.setAAD(Buffer.from(channelId));
    const sealed = Buffer.concat([cipher.update(secret), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
  }
}
