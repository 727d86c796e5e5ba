import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { ProductEntity } from '../../products/entities/product.entity';
import { UserEntity } from '../../users/entities/user.entity';
import { Condition, Rearm } from '../rules/condition';

/** What a user wants to be told of: for one product, for all with a tag, or for all. */
@Entity('alert_rule')
@Check('alert_rule_scope_check', 'product_id IS NULL OR tag IS NULL')
@Check('alert_rule_cooldown_minutes_check', 'cooldown_minutes BETWEEN 0 AND 43200')
@Index('alert_rule_user_id_idx', ['userId'])
@Index('alert_rule_product_id_idx', ['productId'])
export class AlertRuleEntity {
  /** UUIDv7, so that ids sort by time of creation. */
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'alert_rule_pkey' })
  id: string;

  @Column('uuid')
  userId: string;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'alert_rule_user_id_fkey' })
  user?: UserEntity;

  /** Null, with `tag`: every product of the user. */
  @Column('uuid', { nullable: true })
  productId: string | null;

  @ManyToOne(() => ProductEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'product_id', foreignKeyConstraintName: 'alert_rule_product_id_fkey' })
  product?: ProductEntity;

  @Column('text', { nullable: true })
  tag: string | null;

  @Column('varchar', { length: 100, nullable: true })
  name: string | null;

  /** All of them have to hold. */
  @Column('jsonb')
  conditions: Condition[];

  /** After an alert there is none of the same product for so long. */
  @Column('int')
  cooldownMinutes: number;

  /** When it may fire again. */
  @Column('text')
  rearm: Rearm;

  /** Null: every channel of the user. */
  @Column('uuid', { array: true, nullable: true })
  channelIds: string[] | null;

  @Column('boolean', { default: true })
  isActive: boolean;

  /** When it last began anew, as it was changed in what it tells or turned on again; null: it began when it was made. */
  @Column('timestamptz', { nullable: true })
  restartedAt: Date | null;

  @Column('timestamptz')
  createdAt: Date;

  @Column('timestamptz')
  updatedAt: Date;
}
