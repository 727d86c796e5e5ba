import { Column, Entity, Index, JoinColumn, OneToOne, PrimaryColumn } from 'typeorm';
import { CheckResult } from '../../marketplace-data/marketplace-data';
import { ListingEntity } from './listing.entity';

/**
 * What changes with every check of a listing: when it was and will be checked, how the last check went, and the head of
 * each series. Kept apart from the listing's texts so that a check rewrites a short row.
 */
@Entity('listing_state')
@Index('listing_state_due_idx', ['nextCheckAt'], { where: 'interval_minutes IS NOT NULL' })
export class ListingStateEntity {
  @PrimaryColumn('int', { primaryKeyConstraintName: 'listing_state_pkey' })
  listingId: number;

  @OneToOne(() => ListingEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'listing_id', foreignKeyConstraintName: 'listing_state_listing_id_fkey' })
  listing?: ListingEntity;

  /** The shortest interval any active tracker asks for; null when nobody tracks it actively. */
  @Column('int', { nullable: true })
  intervalMinutes: number | null;

  @Column('timestamptz', { nullable: true })
  nextCheckAt: Date | null;

  /** A batch with this listing is under way. After this time it is taken for lost, and the listing is due again. */
  @Column('timestamptz', { nullable: true })
  claimedUntil: Date | null;

  /** When the past was asked for; null until then. */
  @Column('timestamptz', { nullable: true })
  backfilledAt: Date | null;

  @Column('timestamptz', { nullable: true })
  checkedAt: Date | null;

  @Column('text', { nullable: true })
  result: CheckResult | null;

  /** Why the last check failed, for a person to read. */
  @Column('text', { nullable: true })
  detail: string | null;

  /** Failed checks since the last good one. */
  @Column('int', { default: 0 })
  failures: number;

  /** Time and source (SOURCE_IDS) of the last good reading. */
  @Column('timestamptz', { nullable: true })
  observedAt: Date | null;

  @Column('smallint', { nullable: true })
  source: number | null;

  /**
   * Head of each series, indexed by metric id: the point that is open, which is nowhere else until the next one closes it.
   * Its value, first minute, and the last minute at which it was confirmed; SOURCE_IDS and the minute of the first reading.
   */
  @Column('int', { array: true, default: '{}' })
  currentValues: (number | null)[];

  @Column('int', { array: true, default: '{}' })
  currentSince: (number | null)[];

  @Column('int', { array: true, default: '{}' })
  currentUntil: (number | null)[];

  @Column('smallint', { array: true, default: '{}' })
  currentSources: (number | null)[];

  @Column('int', { array: true, default: '{}' })
  currentRecorded: (number | null)[];

  /** By metric id: a value that jumped too far to be believed at once, and the minute at which it was read. */
  @Column('int', { array: true, default: '{}' })
  heldValues: (number | null)[];

  @Column('int', { array: true, default: '{}' })
  heldSince: (number | null)[];
}
