import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What a source was asked on one day (UTC), in calls and in the units it charges. */
@Entity('source_usage')
export class SourceUsageEntity {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'source_usage_pkey' })
  source: string;

  @PrimaryColumn('date', { primaryKeyConstraintName: 'source_usage_pkey' })
  day: string;

  @Column('int', { default: 0 })
  calls: number;

  @Column('int', { default: 0 })
  failedCalls: number;

  @Column('int', { default: 0 })
  units: number;
}
