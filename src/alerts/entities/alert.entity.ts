import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique } from 'typeorm';
import { ProductEntity } from '../../products/entities/product.entity';
import { UserEntity } from '../../users/entities/user.entity';
import { AlertRuleEntity } from './alert-rule.entity';

export type Severity = 'info' | 'warning' | 'critical';

/** What happened to a product, as a rule saw it. Of one reading a rule makes one alert, however often it is looked at. */
@Entity('alert')
@Unique('alert_rule_id_product_id_occurred_at_key', ['ruleId', 'productId', 'occurredAt'])
@Check('alert_severity_check', "severity IN ('info', 'warning', 'critical')")
@Index('alert_user_id_id_idx', ['userId', 'id'])
@Index('alert_product_id_idx', ['productId'])
export class AlertEntity {
  /** UUIDv7, so that ids sort by time. */
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'alert_pkey' })
  id: string;

  @Column('uuid')
  userId: string;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'alert_user_id_fkey' })
  user?: UserEntity;

  @Column('uuid')
  productId: string;

  @ManyToOne(() => ProductEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'product_id', foreignKeyConstraintName: 'alert_product_id_fkey' })
  product?: ProductEntity;

  /** Null once the rule has been deleted: what happened stays. */
  @Column('uuid', { nullable: true })
  ruleId: string | null;

  @ManyToOne(() => AlertRuleEntity, { onDelete: 'SET NULL' })
  @JoinColumn({ name: 'rule_id', foreignKeyConstraintName: 'alert_rule_id_fkey' })
  rule?: AlertRuleEntity;

  @Column('text')
  severity: Severity;

  /** One sentence, with the numbers and their times. */
  @Column('text')
  message: string;

  /** Of each condition the readings that it compared. */
  @Column('jsonb')
  evidence: object[];

  /** When the reading was true that made it. */
  @Column('timestamptz')
  occurredAt: Date;

  @Column('timestamptz')
  createdAt: Date;

  @Column('timestamptz', { nullable: true })
  acknowledgedAt: Date | null;

  /** Not shown as open, nor told again, until then. */
  @Column('timestamptz', { nullable: true })
  snoozedUntil: Date | null;
}
