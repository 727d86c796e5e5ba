import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A source's limit on one of its operations, in calls a second, and how far the calls made use it up. */
@Entity('source_rate')
export class SourceRateEntity {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'source_rate_pkey' })
  source: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'source_rate_pkey' })
  operation: string;

  @Column('double precision')
  rate: number;

  /** When the calls made so far would be through, had they come evenly: the "theoretical arrival time" of the next one. */
  @Column('timestamptz')
  arrivalAt: Date;
}
