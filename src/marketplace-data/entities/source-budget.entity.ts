import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What is left of a source's token bucket, as this program reckons: the last answer, refilled, less what was reserved since. */
@Entity('source_budget')
export class SourceBudgetEntity {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'source_budget_pkey' })
  source: string;

  /** Fingerprint of the key, as another key has another bucket. */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'source_budget_pkey' })
  account: string;

  /** Below zero after a call that cost more than was there, as the vendor counts too. */
  @Column('int')
  tokens: number;

  /** Tokens that come in with each refill, once a minute. */
  @Column('int')
  refillRate: number;

  @Column('timestamptz')
  nextRefillAt: Date;

  /** When the vendor gave the answer this is based on, by its own clock: answers may come out of order. */
  @Column('timestamptz')
  answeredAt: Date;
}
