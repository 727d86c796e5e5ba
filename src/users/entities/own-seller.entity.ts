import { Entity, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { Marketplace } from '../../common/marketplace';
import { UserEntity } from './user.entity';

/** A seller account of the user's own on one marketplace. */
@Entity('own_seller')
export class OwnSellerEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'own_seller_pkey' })
  userId: string;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'own_seller_user_id_fkey' })
  user?: UserEntity;

  @PrimaryColumn('varchar', { length: 2, primaryKeyConstraintName: 'own_seller_pkey' })
  marketplace: Marketplace;

  /** As Amazon numbers sellers; never a name. */
  @PrimaryColumn('varchar', { length: 21, primaryKeyConstraintName: 'own_seller_pkey' })
  sellerId: string;
}
