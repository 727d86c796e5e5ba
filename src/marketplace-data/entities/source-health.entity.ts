import { Column, Entity, PrimaryColumn } from 'typeorm';
import { SourceErrorKind } from '../source-error';

/** How the last calls to a source went, shared by all processes: the state of its circuit breaker. */
@Entity('source_health')
export class SourceHealthEntity {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'source_health_pkey' })
  source: string;

  /** Failed calls since the last good one. */
  @Column('int', { default: 0 })
  failures: number;

  /** No call before this time; the first one after it is a trial. */
  @Column('timestamptz', { nullable: true })
  openUntil: Date | null;

  @Column('timestamptz', { nullable: true })
  lastOkAt: Date | null;

  @Column('timestamptz', { nullable: true })
  lastErrorAt: Date | null;

  @Column('text', { nullable: true })
  lastErrorKind: SourceErrorKind | null;

  @Column('text', { nullable: true })
  lastError: string | null;
}
