import { Injectable } from '@nestjs/common';
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { parse, stringify } from 'uuid';
import { Config } from '../../config/config';

const MAC_BYTES = 16;
const ID_BYTES = 16;
const TIME_BYTES = 4;
const ADDRESS_BYTES = 16;

/** What a link turns off: a rule, or for a digest, which may be of many rules, the channel. */
export type UnsubscribeTarget = 'rule' | 'channel';
const TARGETS: readonly UnsubscribeTarget[] = ['rule', 'channel'];

/** Links of mails that turn something off without a login. The claim is a byte for what, and its id. */
@Injectable()
export class UnsubscribeLinks {
  private readonly key: Buffer;
  private readonly base: string;

  constructor(config: Config) {
    this.key = config.keyFor('unsubscribe-links');
    this.base = `${config.publicUrl}/api/v1/unsubscribe/`;
  }

  to(target: UnsubscribeTarget, id: string): string {
    return this.base + seal(Buffer.concat([Buffer.of(TARGETS.indexOf(target)), parse(id)]), this.key);
  }

  /** @returns null for a token that is not ours */
  read(token: string): { target: UnsubscribeTarget; id: string } | null {
    const claim = open(token, 1 + ID_BYTES, this.key);
    const target = TARGETS[claim?.[0] ?? -1];
    return claim && target ? { target, id: stringify(claim, 1) } : null;
  }
}

export interface ConfirmationClaim {
  channelId: string;
  /** To the second. */
  expiresAt: Date;
  /** Of the address, in the database: `substring(sha256(convert_to(address, 'UTF8')), 1, 16)`. */
  addressHash: Buffer;
}

/** Links of mails that confirm the address they were sent to. The claim is the channel's id, the end in seconds, and a hash of the address. */
@Injectable()
export class ConfirmationLinks {
  private readonly key: Buffer;
  private readonly base: string;

  constructor(config: Config) {
    this.key = config.keyFor('confirmation-links');
    this.base = `${config.publicUrl}/api/v1/confirm-address/`;
  }

  to(channelId: string, address: string, expiresAt: Date): string {
    const end = Buffer.alloc(TIME_BYTES);
    end.writeUInt32BE(Math.floor(expiresAt.getTime() / 1000));
    const hash = createHash('sha256').update(address).digest().subarray(0, ADDRESS_BYTES);
    return this.base + seal(Buffer.concat([parse(channelId), end, hash]), this.key);
  }

  /** @returns null for a token that is not ours; one that has expired is read */
  read(token: string): ConfirmationClaim | null {
    const claim = open(token, ID_BYTES + TIME_BYTES + ADDRESS_BYTES, this.key);
    return (
      claim && {
        channelId: stringify(claim.subarray(0, ID_BYTES)),
        expiresAt: new Date(claim.readUInt32BE(ID_BYTES) * 1000),
        addressHash: claim.subarray(ID_BYTES + TIME_BYTES),
      }
    );
  }
}

/** A claim with 128 bits of HMAC-SHA256, as it stands in a link. */
function seal(claim: Buffer, key: Buffer): string {
  return Buffer.concat([claim, mac(claim, key)]).toString('base64url');
}

/** @returns null for what this key has not sealed */
function open(token: string, claimBytes: number, key: Buffer): Buffer | null {
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.length !== claimBytes + MAC_BYTES) return null;
  const claim = bytes.subarray(0, claimBytes);
  return timingSafeEqual(bytes.subarray(claimBytes), mac(claim, key)) ? claim : null;
}

function mac(claim: Buffer, key: Buffer): Buffer {
  return createHmac('sha256', key).update(claim).digest().subarray(0, MAC_BYTES);
}
