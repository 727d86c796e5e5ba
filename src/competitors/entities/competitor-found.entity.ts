import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { ListingEntity } from '../../products/entities/listing.entity';
import { ProductEntity } from '../../products/entities/product.entity';
import { UserEntity } from '../../users/entities/user.entity';
import { Origin } from '../origins';

/**
 * When a listing was first suggested as a product's rival. Suggestions come and go with each discovery; this stays, so that a rival is news
 * once.
 */
@Entity('competitor_found')
@Index('competitor_found_listing_id_idx', ['listingId'])
@Index('competitor_found_user_id_idx', ['userId'])
export class CompetitorFoundEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'competitor_found_pkey' })
  productId: string;

  @ManyToOne(() => ProductEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'product_id', foreignKeyConstraintName: 'competitor_found_product_id_fkey' })
  product?: ProductEntity;

  @PrimaryColumn('int', { primaryKeyConstraintName: 'competitor_found_pkey' })
  listingId: number;

  @ManyToOne(() => ListingEntity, { nullable: false })
  @JoinColumn({ name: 'listing_id', foreignKeyConstraintName: 'competitor_found_listing_id_fkey' })
  listing?: ListingEntity;

  @Column('uuid')
  userId: string;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'competitor_found_user_id_fkey' })
  user?: UserEntity;

  @Column('timestamptz')
  foundAt: Date;

  /** By whom and how similar it was then. */
  @Column('text', { array: true })
  foundBy: Origin[];

  @Column('real', { nullable: true })
  similarity: number | null;
}
