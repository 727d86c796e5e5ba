import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { UserEntity } from '../../users/entities/user.entity';

/**
 * One login and all refresh tokens that came of it (a "family"). A refresh token names its session and generation;
 * only the current generation may be used, and using an older one revokes the session.
 */
@Entity('auth_session')
@Index('auth_session_user_id_idx', ['userId'])
export class AuthSessionEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'auth_session_pkey' })
  id: string;

  @Column('uuid')
  userId: string;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'auth_session_user_id_fkey' })
  user?: UserEntity;

  @Column('int', { default: 0 })
  generation: number;

  @Column('timestamptz')
  createdAt: Date;

  @Column('timestamptz')
  expiresAt: Date;

  @Column('timestamptz', { nullable: true })
  revokedAt: Date | null;
}
