import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { Marketplace } from '../../../common/marketplace';
import { UserEntity } from '../../../users/entities/user.entity';
import { LeftOut } from '../observations';
import { CurveRefusal, SalesCurve } from '../sales-curve';

/** How a user's units follow from the rank in one root category of one marketplace, or why that cannot be told. */
@Entity('sales_model')
export class SalesModelEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'sales_model_pkey' })
  userId: string;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'sales_model_user_id_fkey' })
  user?: UserEntity;

  @PrimaryColumn('varchar', { length: 2, primaryKeyConstraintName: 'sales_model_pkey' })
  marketplace: Marketplace;

  /** As `bsr_category` of the listings. */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'sales_model_pkey' })
  category: string;

  /** Digest of what it was fitted to: the same is not fitted twice. */
  @Column('text')
  inputs: string;

  /** When its inputs were read. */
  @Column('timestamptz')
  fittedAt: Date;

  /** Of which no two overlap. */
  @Column('int')
  periods: number;

  @Column('int')
  families: number;

  /** Some of the ranks are of the sandbox. */
  @Column('boolean')
  simulated: boolean;

  /** Periods by the reason for which they do not count. */
  @Column('jsonb')
  leftOut: LeftOut;

  /** Null where the periods do not tell one. */
  @Column('jsonb', { nullable: true })
  curve: SalesCurve | null;

  @Column('text', { nullable: true })
  refusal: CurveRefusal | null;
}
