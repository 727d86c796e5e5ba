import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryGeneratedColumn } from 'typeorm';
import { DeliveryEntity } from './delivery.entity';

/** Why an attempt failed. */
export type AttemptError =
  'status' | 'redirect' | 'gone' | 'timeout' | 'connection' | 'forbidden_address' | 'mail' | 'secret';

/** What one attempt came to. */
@Entity('delivery_attempt')
@Index('delivery_attempt_delivery_id_idx', ['deliveryId'])
export class DeliveryAttemptEntity {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'delivery_attempt_pkey',
  })
  id: string;

  @Column('uuid')
  deliveryId: string;

  @ManyToOne(() => DeliveryEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'delivery_id', foreignKeyConstraintName: 'delivery_attempt_delivery_id_fkey' })
  delivery?: DeliveryEntity;

  @Column('timestamptz')
  attemptedAt: Date;

  @Column('int')
  ms: number;

  /** HTTP status, or the mail server's code. */
  @Column('smallint', { nullable: true })
  status: number | null;

  /** Null: it arrived. */
  @Column('text', { nullable: true })
  error: AttemptError | null;

  /** The first bytes of what the receiver answered, or what is to be said where none did. */
  @Column('text', { nullable: true })
  answer: string | null;
}
