import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { ListingEntity } from '../../products/entities/listing.entity';
import { ProductEntity } from '../../products/entities/product.entity';
import { PackedPoints } from './packed-points';

/**
 * One month of one listing, packed: parallel arrays ordered by metric and minute (see all-points.ts for how to read them). With
 * all metrics in one row the arrays are long enough to be compressed, and what a row costs is shared by hundreds of points.
 * TypeORM wants a primary key; the real identity (with the nullable product) is the unique index of the migration.
 */
@Entity('observation_month', { synchronize: false })
export class ObservationMonthEntity extends PackedPoints {
  @PrimaryColumn('int')
  listingId: number;

  @ManyToOne(() => ListingEntity, { nullable: false })
  @JoinColumn({ name: 'listing_id', foreignKeyConstraintName: 'observation_month_listing_id_fkey' })
  listing?: ListingEntity;

  /** Months since January 1970. */
  @PrimaryColumn('smallint')
  month: number;

  /** Minute since 1970 that `minutes` count from: the month's first plus 22320. */
  @Column('int')
  middle: number;

  /** Bit n stands for metric n. */
  @Column('int')
  metricSet: number;

  @Column('uuid', { nullable: true })
  productId: string | null;

  @ManyToOne(() => ProductEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'product_id', foreignKeyConstraintName: 'observation_month_product_id_fkey' })
  product?: ProductEntity | null;

  /** From `middle`. */
  @Column('smallint', { array: true })
  minutes: number[];
}
