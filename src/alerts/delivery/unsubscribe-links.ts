import { Injectable } from '@nestjs/common';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { parse, stringify } from 'uuid';
import { Config } from '../../config/config';

const MAC_BYTES = 16;
const ID_BYTES = 16;

/** What a link turns off: a rule, or for a digest, which may be of many rules, the channel. */
export type UnsubscribeTarget = 'rule' | 'channel';
const TARGETS: readonly UnsubscribeTarget[] = ['rule', 'channel'];

/** Signed links that turn something off without a login: one byte for what, its id, and 128 bits of HMAC-SHA256. */
@Injectable()
export class UnsubscribeLinks {
  private readonly key: Buffer;
  private readonly base: string;

  constructor(config: Config) {
    this.key = config.keyFor('unsubscribe-links');
    this.base = `${config.publicUrl}/api/v1/unsubscribe/`;
  }

  to(target: UnsubscribeTarget, id: string): string {
    const claim = Buffer.concat([Buffer.of(TARGETS.indexOf(target)), parse(id)]);
    return this.base + Buffer.concat([claim, this.mac(claim)]).toString('base64url');
  }

  /** @returns null for a token that is not ours */
  read(token: string): { target: UnsubscribeTarget; id: string } | null {
    const bytes = Buffer.from(token, 'base64url');
    if (bytes.length !== 1 + ID_BYTES + MAC_BYTES) return null;
    const claim = bytes.subarray(0, 1 + ID_BYTES);
    const target = TARGETS[claim[0] ?? -1];
    if (!target || !timingSafeEqual(bytes.subarray(1 + ID_BYTES), this.mac(claim))) return null;
    return { target, id: stringify(claim, 1) };
  }

  private mac(claim: Buffer): Buffer {
    return createHmac('sha256', this.key).update(claim).digest().subarray(0, MAC_BYTES);
  }
}
