import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique } from 'typeorm';
import { ProductEntity } from '../../../products/entities/product.entity';
import { UserEntity } from '../../../users/entities/user.entity';
import type { InsightContent } from '../insight-content';

/** `queued` until a worker has made it; a `failed` one says why. */
export type InsightState = 'queued' | 'ready' | 'failed';

/** What was told of a product at a time, with the evidence as it was then. Once ready it does not change. */
@Entity('insight')
@Unique('insight_product_id_slot_key', ['productId', 'slot'])
@Check('insight_state_check', "state IN ('queued', 'ready', 'failed')")
@Check(
  'insight_ready_check',
  "(state = 'ready') = (content IS NOT NULL AND evidence IS NOT NULL AND made_at IS NOT NULL)",
)
@Index('insight_product_id_id_idx', ['productId', 'id'])
@Index('insight_user_id_idx', ['userId'])
@Index('insight_requested_at_idx', ['requestedAt'])
@Index('insight_waiting_idx', ['requestedAt', 'id'], { where: "state = 'queued'" })
export class InsightEntity {
  /** UUIDv7, so that ids sort by time. */
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'insight_pkey' })
  id: string;

  @Column('uuid')
  userId: string;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'insight_user_id_fkey' })
  user?: UserEntity;

  @Column('uuid')
  productId: string;

  @ManyToOne(() => ProductEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'product_id', foreignKeyConstraintName: 'insight_product_id_fkey' })
  product?: ProductEntity;

  /** What there is one of: the day of a daily one, `requested` of one that waits; null of a requested one that has been made. */
  @Column('text', { nullable: true })
  slot: string | null;

  @Column('text')
  state: InsightState;

  @Column('timestamptz')
  requestedAt: Date;

  @Column('timestamptz', { nullable: true })
  madeAt: Date | null;

  @Column('text', { nullable: true })
  failure: string | null;

  @Column('jsonb', { nullable: true })
  content: InsightContent | null;

  /** As evidence-archive.ts writes it. */
  @Column('bytea', { nullable: true })
  evidence: Buffer | null;
}
