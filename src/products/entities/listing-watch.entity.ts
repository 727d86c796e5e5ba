import { Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { ListingEntity } from './listing.entity';
import { ProductEntity } from './product.entity';

/** A listing that is checked along with a product, as often as that one is. */
@Entity('listing_watch')
@Index('listing_watch_product_id_idx', ['productId'])
export class ListingWatchEntity {
  @PrimaryColumn('int', { primaryKeyConstraintName: 'listing_watch_pkey' })
  listingId: number;

  @ManyToOne(() => ListingEntity, { nullable: false })
  @JoinColumn({ name: 'listing_id', foreignKeyConstraintName: 'listing_watch_listing_id_fkey' })
  listing?: ListingEntity;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'listing_watch_pkey' })
  productId: string;

  @ManyToOne(() => ProductEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'product_id', foreignKeyConstraintName: 'listing_watch_product_id_fkey' })
  product?: ProductEntity;
}
