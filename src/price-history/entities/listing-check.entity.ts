import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { CheckResult } from '../../marketplace-data/marketplace-data';
import { ListingEntity } from '../../products/entities/listing.entity';

/** `metric` is a METRICS id. `held`: waits for a second reading; `confirmed` by one; `dropped`: the second one denied it. */
export interface Jump {
  metric: number;
  from: number;
  to: number;
  outcome: 'held' | 'confirmed' | 'dropped';
}

/** How one check of a listing ended; kept for CHECK_RETENTION_DAYS. */
@Entity('listing_check')
@Index('listing_check_checked_at_idx', ['checkedAt'])
export class ListingCheckEntity {
  @PrimaryColumn('int', { primaryKeyConstraintName: 'listing_check_pkey' })
  listingId: number;

  /** Without a foreign key, for the sake of speed; a trigger forgets the checks of listings that go. */
  @ManyToOne(() => ListingEntity, { nullable: false, createForeignKeyConstraints: false })
  @JoinColumn({ name: 'listing_id' })
  listing?: ListingEntity;

  @PrimaryColumn('timestamptz', { primaryKeyConstraintName: 'listing_check_pkey' })
  checkedAt: Date;

  /** SOURCE_IDS */
  @Column('smallint')
  source: number;

  @Column('text')
  result: CheckResult;

  @Column('text', { nullable: true })
  detail: string | null;

  /** How many points the check added. */
  @Column('smallint', { default: 0 })
  changes: number;

  /** Values that jumped further than is plausible in one check, and what came of them. */
  @Column('jsonb', { nullable: true })
  jumps: Jump[] | null;
}
