import { Check, Column, Entity, PrimaryGeneratedColumn, Unique } from 'typeorm';

/** One run of one schedule's slot: what makes "a slot runs once" true, and what the admin sees. */
@Entity('job_run')
@Unique('job_run_slot_key', ['schedule', 'slot'])
@Check('job_run_trigger_check', `"trigger" IN ('schedule', 'manual')`)
export class JobRunEntity {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'job_run_pkey',
  })
  id: string;

  @Column('text')
  schedule: string;

  @Column('timestamptz')
  slot: Date;

  @Column('text')
  trigger: 'schedule' | 'manual';

  @Column('timestamptz')
  startedAt: Date;

  @Column('timestamptz', { nullable: true })
  finishedAt: Date | null;

  @Column('smallint')
  attempts: number;

  @Column('jsonb', { nullable: true })
  counts: Record<string, number> | null;

  @Column('text', { nullable: true })
  error: string | null;
}
