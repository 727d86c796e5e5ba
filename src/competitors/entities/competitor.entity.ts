import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique } from 'typeorm';
import { ListingEntity } from '../../products/entities/listing.entity';
import { ProductEntity } from '../../products/entities/product.entity';
import { UserEntity } from '../../users/entities/user.entity';
import { Origin } from '../origins';
import { Similar } from '../similarity';

/** `suggested` by discovery; `confirmed` ones are checked along with the product; a `dismissed` one does not come back. */
export type CompetitorStatus = 'suggested' | 'confirmed' | 'dismissed';

/** A rival listing of a user's product. */
@Entity('competitor')
@Unique('competitor_product_id_listing_id_key', ['productId', 'listingId'])
@Check('competitor_status_check', "status IN ('suggested', 'confirmed', 'dismissed')")
@Check('competitor_confirmed_at_check', "(status = 'confirmed') = (confirmed_at IS NOT NULL)")
@Check('competitor_found_by_check', 'cardinality(found_by) > 0')
@Index('competitor_listing_id_idx', ['listingId'])
@Index('competitor_user_id_idx', ['userId'])
export class CompetitorEntity {
  /** UUIDv7, so that ids sort by time of creation. */
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'competitor_pkey' })
  id: string;

  @Column('uuid')
  userId: string;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'competitor_user_id_fkey' })
  user?: UserEntity;

  @Column('uuid')
  productId: string;

  @ManyToOne(() => ProductEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'product_id', foreignKeyConstraintName: 'competitor_product_id_fkey' })
  product?: ProductEntity;

  @Column('int')
  listingId: number;

  @ManyToOne(() => ListingEntity, { nullable: false })
  @JoinColumn({ name: 'listing_id', foreignKeyConstraintName: 'competitor_listing_id_fkey' })
  listing?: ListingEntity;

  @Column('text')
  status: CompetitorStatus;

  /** Since when it is confirmed. */
  @Column('timestamptz', { nullable: true })
  confirmedAt: Date | null;

  /** Shown first. */
  @Column('boolean', { default: false })
  isPinned: boolean;

  @Column('text', { array: true })
  foundBy: Origin[];

  /** From 0 to 1; null where it was not computed. */
  @Column('real', { nullable: true })
  similarity: number | null;

  /** The parts of the similarity. */
  @Column('jsonb', { nullable: true })
  parts: Similar['parts'] | null;

  @Column('timestamptz')
  createdAt: Date;

  @Column('timestamptz')
  updatedAt: Date;
}
