import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { ListingEntity } from '../../products/entities/listing.entity';
import { PackedPoints } from './packed-points';

/**
 * The change points that one check ended, as parallel arrays: from its minute each metric had its value, which the check
 * replaced with another. The open point of a series is the head in listing_state, and comes here when the next one closes it.
 * TypeORM wants a primary key; the table has none, as what is written under the lock of the listing's state is written once.
 */
@Entity('observation', { synchronize: false })
@Index('observation_listing_id_closed_idx', ['listingId', 'closed'])
export class ObservationEntity extends PackedPoints {
  @PrimaryColumn('int')
  listingId: number;

  /** Without a foreign key, for the sake of speed; a trigger forgets the points of listings that go. */
  @ManyToOne(() => ListingEntity, { nullable: false, createForeignKeyConstraints: false })
  @JoinColumn({ name: 'listing_id' })
  listing?: ListingEntity;

  /** Minute of the reading that ended these points: none of them was in force after it. */
  @PrimaryColumn('int')
  closed: number;

  /** Since 1970. */
  @Column('int', { array: true })
  minutes: number[];
}
