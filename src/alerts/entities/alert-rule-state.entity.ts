import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { ProductEntity } from '../../products/entities/product.entity';
import { RuleState } from '../engine/engine';
import { AlertRuleEntity } from './alert-rule.entity';

/** What a rule has come to with a product; none before its first reading. */
@Entity('alert_rule_state')
@Index('alert_rule_state_product_id_idx', ['productId'])
export class AlertRuleStateEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'alert_rule_state_pkey' })
  ruleId: string;

  @ManyToOne(() => AlertRuleEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'rule_id', foreignKeyConstraintName: 'alert_rule_state_rule_id_fkey' })
  rule?: AlertRuleEntity;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'alert_rule_state_pkey' })
  productId: string;

  @ManyToOne(() => ProductEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'product_id', foreignKeyConstraintName: 'alert_rule_state_product_id_fkey' })
  product?: ProductEntity;

  /** By series, minute of the last point that was looked at. */
  @Column('jsonb')
  seen: RuleState['seen'];

  /** Minute of the last alert: of its reading, or when it was told after it had been held back. */
  @Column('int', { nullable: true })
  firedAt: number | null;

  @Column('boolean')
  isArmed: boolean;

  /** What the rule's cooldown holds back. */
  @Column('jsonb', { nullable: true })
  held: RuleState['held'];

  /** The listing's last check that was looked at. */
  @Column('timestamptz')
  checkedAt: Date;

  /** Of rules that look at rivals: what there was of them then. Null: they are to be looked at. */
  @Column('text', { nullable: true })
  rivalsVersion: string | null;
}
