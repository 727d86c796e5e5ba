import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryGeneratedColumn, Unique } from 'typeorm';
import { ListingEntity } from '../../products/entities/listing.entity';
import type { FieldValue, ListingField } from '../listing-field';

/**
 * One field of a listing as a source told it before and told it then; kept for LISTING_CHANGE_RETENTION_DAYS. Only what one and the
 * same source said twice makes a change: what another one says may be another view of the same thing.
 */
@Entity('listing_change')
@Unique('listing_change_listing_id_field_observed_minute_key', ['listingId', 'field', 'observedMinute'])
@Index('listing_change_listing_id_observed_minute_id_idx', ['listingId', 'observedMinute', 'id'])
@Index('listing_change_observed_minute_idx', ['observedMinute'])
@Check(
  'listing_change_field_check',
  `field IN ('title', 'brand', 'category_path', 'bullets', 'image_count', 'image_url', 'buy_box_seller_id')`,
)
export class ListingChangeEntity {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'listing_change_pkey',
  })
  id: string;

  @Column('int')
  listingId: number;

  @ManyToOne(() => ListingEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'listing_id', foreignKeyConstraintName: 'listing_change_listing_id_fkey' })
  listing?: ListingEntity;

  @Column('text')
  field: ListingField;

  /** Null: known to be absent. */
  @Column('jsonb', { nullable: true })
  before: FieldValue;

  @Column('jsonb', { nullable: true })
  after: FieldValue;

  /** Of the reading that told it, since 1970. */
  @Column('int')
  observedMinute: number;

  @Column('int')
  recordedMinute: number;

  /** SOURCE_IDS */
  @Column('smallint')
  source: number;
}
