import { Column, Entity, Index, PrimaryGeneratedColumn, Unique } from 'typeorm';
import { Marketplace } from '../../common/marketplace';
import { Availability } from '../../marketplace-data/marketplace-data';

/** An ASIN in a marketplace, shared by everybody who tracks it: what it is, as the source last told. */
@Entity('listing')
@Unique('listing_marketplace_asin_key', ['marketplace', 'asin'])
@Index('listing_title_words_idx', { synchronize: false })
@Index('listing_category_path_idx', { synchronize: false })
@Index('listing_bsr_category_idx', ['bsrCategory'])
export class ListingEntity {
  /** Small, as history repeats it in every point. */
  @PrimaryGeneratedColumn('identity', {
    type: 'int',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'listing_pkey',
  })
  id: number;

  @Column('varchar', { length: 2 })
  marketplace: Marketplace;

  @Column('varchar', { length: 10 })
  asin: string;

  @Column('text', { nullable: true })
  title: string | null;

  /** What the title says, each word once: a trigger keeps them, an index finds listings by them. */
  @Column('text', { array: true, default: '{}' })
  titleWords: string[];

  @Column('text', { nullable: true })
  brand: string | null;

  /** Root to leaf. */
  @Column('text', { array: true, nullable: true })
  categoryPath: string[] | null;

  @Column('text', { nullable: true })
  imageUrl: string | null;

  @Column('smallint', { nullable: true })
  imageCount: number | null;

  @Column('text', { array: true, nullable: true })
  bullets: string[] | null;

  @Column('varchar', { length: 10, nullable: true })
  parentAsin: string | null;

  @Column('text', { nullable: true })
  bsrCategory: string | null;

  @Column('text', { nullable: true })
  bsrSubCategory: string | null;

  @Column('text', { nullable: true })
  buyBoxSellerId: string | null;

  @Column('text', { nullable: true })
  availability: Availability | null;

  /** By LISTING_FIELDS' place: the source (SOURCE_IDS) whose word stands; null where none has told the field. */
  @Column('smallint', { array: true, nullable: true })
  toldBy: (number | null)[] | null;

  /**
   * What other sources than the one whose word stands said last, by field and source: `{"title/2": [value, minute]}`. A source that
   * comes back is compared with itself.
   */
  @Column('jsonb', { nullable: true })
  setAside: Record<string, [value: unknown, minute: number]> | null;
}
