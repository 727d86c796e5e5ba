import { Column, Entity, Index, JoinColumn, ManyToOne, OneToOne, PrimaryColumn } from 'typeorm';
import { ProductEntity } from '../../products/entities/product.entity';
import { UserEntity } from '../../users/entities/user.entity';
import { DiscoveryLine } from '../discovery-outcome';

/** The last discovery of a product's rivals: when it was, and what each source answered. */
@Entity('competitor_discovery')
@Index('competitor_discovery_user_id_idx', ['userId'])
export class CompetitorDiscoveryEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'competitor_discovery_pkey' })
  productId: string;

  @OneToOne(() => ProductEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'product_id', foreignKeyConstraintName: 'competitor_discovery_product_id_fkey' })
  product?: ProductEntity;

  @Column('uuid')
  userId: string;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'competitor_discovery_user_id_fkey' })
  user?: UserEntity;

  /** The run that is under way; null when it has finished. */
  @Column('uuid', { nullable: true })
  runId: string | null;

  @Column('timestamptz')
  startedAt: Date;

  /** When the account below was written. */
  @Column('timestamptz', { nullable: true })
  finishedAt: Date | null;

  /** As it was asked for last; the daily one keeps to it. */
  @Column('boolean')
  excludeOwnBrand: boolean;

  /** Words that sources were searched with. */
  @Column('text', { nullable: true })
  terms: string | null;

  @Column('jsonb', { default: [] })
  outcomes: DiscoveryLine[];
}
