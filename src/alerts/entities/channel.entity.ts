import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { UserEntity } from '../../users/entities/user.entity';

export type ChannelKind = 'email' | 'webhook' | 'in_app';

/** When what is due goes out: each alert by itself, or together once an hour or once a day. */
export type Digest = 'at_once' | 'hourly' | 'daily';

/** A place where a user wants to be told. */
@Entity('channel')
@Check('channel_kind_check', "kind IN ('email', 'webhook', 'in_app')")
@Check('channel_target_check', "(kind = 'email') = (address IS NOT NULL) AND (kind = 'webhook') = (url IS NOT NULL)")
@Check('channel_secret_check', "(kind = 'webhook') = (secret IS NOT NULL)")
@Check('channel_confirmed_at_check', "kind = 'email' OR confirmed_at IS NULL")
@Check('channel_digest_check', "digest IN ('at_once', 'hourly', 'daily')")
@Check('channel_digest_hour_check', 'digest_hour BETWEEN 0 AND 23')
@Index('channel_user_id_idx', ['userId'])
export class ChannelEntity {
  /** UUIDv7, so that ids sort by time of creation. */
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'channel_pkey' })
  id: string;

  @Column('uuid')
  userId: string;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'channel_user_id_fkey' })
  user?: UserEntity;

  @Column('text')
  kind: ChannelKind;

  @Column('varchar', { length: 100, nullable: true })
  name: string | null;

  /** Of an e-mail channel. */
  @Column('varchar', { length: 320, nullable: true })
  address: string | null;

  /** When the link in a mail to `address` was followed: before, nothing else is sent there. */
  @Column('timestamptz', { nullable: true })
  confirmedAt: Date | null;

  /** Of a webhook. */
  @Column('varchar', { length: 2000, nullable: true })
  url: string | null;

  /** Of a webhook, encrypted. */
  @Column('bytea', { nullable: true })
  secret: Buffer | null;

  /** The one before, with which messages are signed too for a while. */
  @Column('bytea', { nullable: true })
  previousSecret: Buffer | null;

  @Column('timestamptz', { nullable: true })
  previousSecretUntil: Date | null;

  @Column('text', { default: 'at_once' })
  digest: Digest;

  /** Of a daily digest: the hour in `timeZone`. */
  @Column('smallint', { default: 8 })
  digestHour: number;

  /** IANA name. */
  @Column('varchar', { length: 64, default: 'UTC' })
  timeZone: string;

  @Column('boolean', { default: true })
  isEnabled: boolean;

  /** Why it was disabled by other than the user. */
  @Column('text', { nullable: true })
  disabledReason: string | null;

  /** Since when every attempt has failed. */
  @Column('timestamptz', { nullable: true })
  failingSince: Date | null;

  /** The receiver asked not to be called before. */
  @Column('timestamptz', { nullable: true })
  notBefore: Date | null;

  /** How long the last attempt took: a slow receiver waits in a lane of its own. */
  @Column('int', { nullable: true })
  lastMs: number | null;

  @Column('timestamptz', { nullable: true })
  lastAttemptAt: Date | null;

  /** The worker that is delivering to it; one at a time, until the lease runs out. */
  @Column('uuid', { nullable: true })
  leaseId: string | null;

  @Column('timestamptz', { nullable: true })
  leasedUntil: Date | null;

  @Column('timestamptz')
  createdAt: Date;

  @Column('timestamptz')
  updatedAt: Date;
}
