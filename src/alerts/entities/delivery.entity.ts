import { Check, Column, Entity, Generated, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique } from 'typeorm';
import type { ChannelNotice } from '../delivery/channel-notice';
import { ProductEntity } from '../../products/entities/product.entity';
import { UserEntity } from '../../users/entities/user.entity';
import { AlertEntity } from './alert.entity';
import { ChannelEntity } from './channel.entity';

/** `dead`: all attempts failed, or the channel was disabled before. */
export type DeliveryState = 'pending' | 'delivered' | 'dead';

/** `confirmation`: the mail that asks whether an address is the user's. `channel_disabled`: that another channel of the user was. */
export type DeliveryPurpose = 'alert' | 'test' | 'confirmation' | 'channel_disabled';

/** One alert on its way to one channel. The row is there before anything is sent. */
@Entity('delivery')
@Unique('delivery_alert_id_channel_id_key', ['alertId', 'channelId'])
@Unique('delivery_position_key', ['position'])
@Check('delivery_state_check', "state IN ('pending', 'delivered', 'dead')")
@Check(
  'delivery_purpose_check',
  "purpose IN ('alert', 'test', 'confirmation', 'channel_disabled') AND (purpose = 'alert') = (alert_id IS NOT NULL)",
)
@Check('delivery_notice_check', "(purpose = 'channel_disabled') = (notice IS NOT NULL)")
@Check('delivery_next_attempt_at_check', "(state = 'pending') = (next_attempt_at IS NOT NULL)")
@Index('delivery_due_idx', ['nextAttemptAt'], { where: "state = 'pending'" })
@Index('delivery_queue_idx', ['channelId', 'position'], { where: "state = 'pending'" })
@Index('delivery_product_queue_idx', ['channelId', 'productId', 'position'], { where: "state = 'pending'" })
@Index('delivery_channel_id_position_idx', ['channelId', 'position'])
@Index('delivery_user_id_state_position_idx', ['userId', 'state', 'position'])
@Index('delivery_product_id_idx', ['productId'])
@Index('delivery_digest_id_idx', ['digestId'])
@Index('delivery_confirmation_idx', ['channelId', 'createdAt'], { where: "purpose = 'confirmation'" })
export class DeliveryEntity {
  /** Names the message to its receiver in each attempt, where it goes out by itself. */
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'delivery_pkey' })
  id: string;

  /** The order in which those of a product go out. */
  @Column('bigint')
  @Generated('increment')
  position: string;

  @Column('uuid')
  userId: string;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'delivery_user_id_fkey' })
  user?: UserEntity;

  @Column('uuid')
  channelId: string;

  @ManyToOne(() => ChannelEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'channel_id', foreignKeyConstraintName: 'delivery_channel_id_fkey' })
  channel?: ChannelEntity;

  @Column('text', { default: 'alert' })
  purpose: DeliveryPurpose;

  /** Null, with `productId`, for what is no alert. */
  @Column('uuid', { nullable: true })
  alertId: string | null;

  @ManyToOne(() => AlertEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'alert_id', foreignKeyConstraintName: 'delivery_alert_id_fkey' })
  alert?: AlertEntity;

  @Column('uuid', { nullable: true })
  productId: string | null;

  @ManyToOne(() => ProductEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'product_id', foreignKeyConstraintName: 'delivery_product_id_fkey' })
  product?: ProductEntity;

  /** Of `channel_disabled`. */
  @Column('jsonb', { nullable: true })
  notice: ChannelNotice | null;

  /** Those that went out in one message, from the first attempt on. */
  @Column('uuid', { nullable: true })
  digestId: string | null;

  @Column('text')
  state: DeliveryState;

  /** Attempts that failed since it was made or last redelivered. */
  @Column('smallint', { default: 0 })
  failures: number;

  @Column('timestamptz', { nullable: true })
  nextAttemptAt: Date | null;

  @Column('timestamptz')
  createdAt: Date;

  @Column('timestamptz', { nullable: true })
  finishedAt: Date | null;
}
