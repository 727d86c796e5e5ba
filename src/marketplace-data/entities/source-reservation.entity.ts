import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/** Tokens set aside for a call that has not been answered yet. */
@Entity('source_reservation')
@Index('source_reservation_account_idx', ['source', 'account'])
export class SourceReservationEntity {
  /** In the order in which they were made. */
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'source_reservation_pkey',
  })
  id: string;

  @Column('text')
  source: string;

  @Column('text')
  account: string;

  @Column('int')
  cost: number;

  /** After this the caller is taken for dead; what it reserved stays spent until the next answer tells. */
  @Column('timestamptz')
  expiresAt: Date;
}
