import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { ProductEntity } from '../../products/entities/product.entity';
import { UserEntity } from '../../users/entities/user.entity';
import { ComparisonResult } from '../dto/analysis.view';

/** A product beside its rivals, as it was at a time. Written once. */
@Entity('competitive_analysis')
@Index('competitive_analysis_product_id_id_idx', ['productId', 'id'])
@Index('competitive_analysis_user_id_idx', ['userId'])
@Index('competitive_analysis_made_at_idx', ['madeAt'])
export class CompetitiveAnalysisEntity {
  /** UUIDv7, so that ids sort by time. */
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'competitive_analysis_pkey' })
  id: string;

  @Column('uuid')
  userId: string;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'competitive_analysis_user_id_fkey' })
  user?: UserEntity;

  @Column('uuid')
  productId: string;

  @ManyToOne(() => ProductEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'product_id', foreignKeyConstraintName: 'competitive_analysis_product_id_fkey' })
  product?: ProductEntity;

  @Column('timestamptz')
  madeAt: Date;

  /** Of all competitors that were confirmed then, and not of a single one. */
  @Column('boolean')
  isComplete: boolean;

  @Column('uuid', { array: true })
  competitorIds: string[];

  /** With the readings that each number is made of. */
  @Column('jsonb')
  result: ComparisonResult;
}
