import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A write that a caller may send twice under one key, and the answer to its first try. */
@Entity('idempotency_key')
@Index('idempotency_key_created_at_idx', ['createdAt'])
export class IdempotencyKeyEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'idempotency_key_pkey' })
  userId: string;

  @PrimaryColumn('varchar', { length: 200, primaryKeyConstraintName: 'idempotency_key_pkey' })
  key: string;

  /** SHA-256 over method, path and body: the same key for another request is a mistake of the caller. */
  @Column('bytea')
  requestHash: Buffer;

  /** Null while the first try is under way. */
  @Column('smallint', { nullable: true })
  status: number | null;

  /** As it was sent, to the letter: jsonb would refuse U+0000 and sort the keys. */
  @Column('json', { nullable: true })
  body: unknown;

  @Column('timestamptz')
  createdAt: Date;
}
