import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique } from 'typeorm';
import { UserEntity } from '../../users/entities/user.entity';
import { ListingEntity } from './listing.entity';

/** One user's tracking of a listing, with what that user says about it. */
@Entity('product')
@Unique('product_user_id_listing_id_key', ['userId', 'listingId'])
@Index('product_listing_id_idx', ['listingId'])
@Check('product_refresh_interval_minutes_check', 'refresh_interval_minutes BETWEEN 15 AND 10080')
export class ProductEntity {
  /** UUIDv7, so that ids sort by time of creation. */
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'product_pkey' })
  id: string;

  @Column('uuid')
  userId: string;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'product_user_id_fkey' })
  user?: UserEntity;

  @Column('int')
  listingId: number;

  @ManyToOne(() => ListingEntity, { nullable: false })
  @JoinColumn({ name: 'listing_id', foreignKeyConstraintName: 'product_listing_id_fkey' })
  listing?: ListingEntity;

  /** The user's own texts; where null, the listing's are shown. */
  @Column('varchar', { length: 500, nullable: true })
  title: string | null;

  @Column('varchar', { length: 100, nullable: true })
  brand: string | null;

  @Column('varchar', { length: 100, nullable: true })
  category: string | null;

  @Column('varchar', { length: 2000, nullable: true })
  description: string | null;

  @Column('text', { array: true, default: '{}' })
  tags: string[];

  /** False pauses checking for this user; history stays. */
  @Column('boolean', { default: true })
  isActive: boolean;

  /** Since when it is so again, after a pause. */
  @Column('timestamptz', { nullable: true })
  activeSince: Date | null;

  /** Since when it has each of `tags`, in their order; null, or none there: since it was made. */
  @Column('timestamptz', { array: true, nullable: true })
  taggedAt: (Date | null)[] | null;

  /** Null: the configured default. */
  @Column('int', { nullable: true })
  refreshIntervalMinutes: number | null;

  /** What one unit costs the user, in minor units. */
  @Column('int', { nullable: true })
  costOfGoods: number | null;

  /** Counts what the user imported into the product's history, so that it can be told whether it changed. */
  @Column('int', { default: 0 })
  historyVersion: number;

  @Column('timestamptz')
  createdAt: Date;

  @Column('timestamptz')
  updatedAt: Date;
}
