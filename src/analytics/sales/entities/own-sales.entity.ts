import { Check, Column, Entity, Exclusion, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { ProductEntity } from '../../../products/entities/product.entity';
import { UserEntity } from '../../../users/entities/user.entity';

/** What a user says to have sold of a product in a period. Periods of one product do not overlap. */
@Entity('own_sales')
@Check('own_sales_days_check', 'first_day <= last_day')
@Check('own_sales_units_check', 'units >= 0')
@Exclusion(
  'own_sales_days_excl',
  `USING gist (uuid_range(product_id, product_id, '[]') WITH &&, daterange(first_day, last_day, '[]') WITH &&)`,
)
@Index('own_sales_product_id_first_day_idx', ['productId', 'firstDay'])
@Index('own_sales_user_id_id_idx', ['userId', 'id'])
export class OwnSalesEntity {
  /** UUIDv7, so that ids sort by time of creation. */
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'own_sales_pkey' })
  id: string;

  @Column('uuid')
  userId: string;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'own_sales_user_id_fkey' })
  user?: UserEntity;

  @Column('uuid')
  productId: string;

  @ManyToOne(() => ProductEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'product_id', foreignKeyConstraintName: 'own_sales_product_id_fkey' })
  product?: ProductEntity;

  /** In UTC, both inclusive. */
  @Column('date')
  firstDay: string;

  @Column('date')
  lastDay: string;

  @Column('int')
  units: number;

  @Column('timestamptz')
  createdAt: Date;

  @Column('timestamptz')
  updatedAt: Date;
}
