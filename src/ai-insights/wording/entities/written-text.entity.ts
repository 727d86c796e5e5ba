import { Check, Column, Entity, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { UserEntity } from '../../../users/entities/user.entity';
import { Text } from '../text';

/** What a model made of statements of a user, so that the same statements cost nothing again. */
@Entity('written_text')
@Check('written_text_content_check', '(content IS NULL) <> (note IS NULL)')
export class WrittenTextEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'written_text_pkey' })
  userId: string;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'written_text_user_id_fkey' })
  user?: UserEntity;

  /** SHA-256 of the statements, the prompt, the model and its host, in hex. */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'written_text_pkey' })
  hash: string;

  /** Null where the model's text was not used. */
  @Column('jsonb', { nullable: true })
  content: Text | null;

  /** Why the model's text was not used. */
  @Column('text', { nullable: true })
  note: string | null;

  /** Null where the server did not count. */
  @Column('int', { nullable: true })
  inputTokens: number | null;

  @Column('int', { nullable: true })
  outputTokens: number | null;

  /** USD. */
  @Column('numeric', { precision: 14, scale: 6, nullable: true })
  cost: string | null;

  @Column('timestamptz')
  createdAt: Date;

  @Column('timestamptz')
  expiresAt: Date;
}
