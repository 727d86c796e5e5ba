import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { ListingEntity } from '../../products/entities/listing.entity';
import { ProductEntity } from '../../products/entities/product.entity';

/**
 * A change point that is over: from `minute` the metric had `value`, seen unchanged until `until`. The open point of a
 * series is the head in listing_state, and is written here when the next one closes it.
 * `product` is null in the shared feed; otherwise the point was imported by that product's user and is theirs alone.
 * TypeORM wants a primary key; the real identity (with the nullable product) is the unique index of the migration.
 */
@Entity('observation', { synchronize: false })
export class ObservationEntity {
  @PrimaryColumn('int')
  listingId: number;

  /** Without a foreign key, for the sake of speed; a trigger forgets the points of listings and products that go. */
  @ManyToOne(() => ListingEntity, { nullable: false, createForeignKeyConstraints: false })
  @JoinColumn({ name: 'listing_id' })
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

  /** Minute at which the point was first recorded. */
  @Column('int')
  recorded: number;

  @Column('uuid', { nullable: true })
  @Index('observation_product_id_idx', { where: 'product_id IS NOT NULL' })
  productId: string | null;

  @ManyToOne(() => ProductEntity, { createForeignKeyConstraints: false })
  @JoinColumn({ name: 'product_id' })
  product?: ProductEntity | null;
}
