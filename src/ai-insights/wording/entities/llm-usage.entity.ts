import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { UserEntity } from '../../../users/entities/user.entity';

/** What a user's texts took of the model on one day (UTC). */
@Entity('llm_usage')
export class LlmUsageEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'llm_usage_pkey' })
  userId: string;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'llm_usage_user_id_fkey' })
  user?: UserEntity;

  @PrimaryColumn('date', { primaryKeyConstraintName: 'llm_usage_pkey' })
  day: string;

  @Column('int')
  calls: number;

  /** As the server counted them. */
  @Column('int', { default: 0 })
  inputTokens: number;

  @Column('int', { default: 0 })
  outputTokens: number;

  /** Of calls under way, and what calls that nobody counted may have taken. */
  @Column('int')
  reservedTokens: number;

  /** USD; null while no prices are set. */
  @Column('numeric', { precision: 14, scale: 6, nullable: true })
  cost: string | null;
}
