import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { ListingEntity } from '../../products/entities/listing.entity';
import { ProductEntity } from '../../products/entities/product.entity';

/**
 * A change point: from `minute` the metric had `value`, seen unchanged until `until`. The open point of a series has its
 * latest `until` in listing_state and gets it written here when the next point closes it.
 * `product` is null in the shared feed; otherwise the point was imported by that product's user and is theirs alone.
 * TypeORM wants a primary key; the real identity (with the nullable product) is the unique index of the migration.
 */
@Entity('observation', { synchronize: false })
export class ObservationEntity {
  @PrimaryColumn('int')
  listingId: number;

  @ManyToOne(() => ListingEntity, { nullable: false })
  @JoinColumn({ name: 'listing_id', foreignKeyConstraintName: 'observation_listing_id_fkey' })
  listing?: ListingEntity;

  /** Minutes since 1970. */
  @PrimaryColumn('int')
  minute: number;

  @Column('int')
  until: number;

  /** Null: known to be absent. */
  @Column('int', { nullable: true })
  value: number | null;

  /** METRICS[…].id */
  @PrimaryColumn('smallint')
  metric: number;

  /** SOURCE_IDS */
  @Column('smallint')
  source: number;

  @Column('timestamptz')
  recordedAt: Date;

  @Column('uuid', { nullable: true })
  @Index('observation_product_id_idx', { where: 'product_id IS NOT NULL' })
  productId: string | null;

  @ManyToOne(() => ProductEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'product_id', foreignKeyConstraintName: 'observation_product_id_fkey' })
  product?: ProductEntity | null;
}
