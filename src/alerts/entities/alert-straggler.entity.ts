import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { ProductEntity } from '../../products/entities/product.entity';
import { SeriesName } from '../engine/evidence';

/** A point of a product that rules looked at after others that became known in its minute or later, so that a replay does as well. */
@Entity('alert_straggler')
export class AlertStragglerEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'alert_straggler_pkey' })
  productId: string;

  @ManyToOne(() => ProductEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'product_id', foreignKeyConstraintName: 'alert_straggler_product_id_fkey' })
  product?: ProductEntity;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'alert_straggler_pkey' })
  series: SeriesName;

  /** Of the point. */
  @PrimaryColumn('int', { primaryKeyConstraintName: 'alert_straggler_pkey' })
  minute: number;

  /** The minute among whose points it comes, the last of which had been looked at. */
  @Column('int')
  known: number;

  /** Within that minute; 0 is what is not in this table. */
  @Column('smallint')
  step: number;
}
