import { Column, Entity, Index, JoinColumn, OneToOne, ManyToOne, PrimaryColumn } from 'typeorm';
import { ProductEntity } from '../../../products/entities/product.entity';
import { UserEntity } from '../../../users/entities/user.entity';
import { ProductAnalysisView } from '../dto/product-analytics.view';

/** What a product's series say, as last computed. It can be lost: it is made anew from history. */
@Entity('product_analytics')
@Index('product_analytics_user_id_idx', ['userId'])
export class ProductAnalyticsEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'product_analytics_pkey' })
  productId: string;

  @OneToOne(() => ProductEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'product_id', foreignKeyConstraintName: 'product_analytics_product_id_fkey' })
  product?: ProductEntity;

  @Column('uuid')
  userId: string;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'product_analytics_user_id_fkey' })
  user?: UserEntity;

  /** Of what it was computed from: history, sales models and day. */
  @Column('text')
  version: string;

  @Column('timestamptz')
  computedAt: Date;

  @Column('jsonb')
  result: ProductAnalysisView;
}
