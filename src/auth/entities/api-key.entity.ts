import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique } from 'typeorm';
import { Scope } from '../../common/access';
import { UserEntity } from '../../users/entities/user.entity';

/** A key for programs. The key itself has 256 random bits, so a plain SHA-256 of it is enough to keep. */
@Entity('api_key')
@Unique('api_key_secret_hash_key', ['secretHash'])
@Index('api_key_user_id_idx', ['userId'])
export class ApiKeyEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'api_key_pkey' })
  id: string;

  @Column('uuid')
  userId: string;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'api_key_user_id_fkey' })
  user?: UserEntity;

  @Column('varchar', { length: 100 })
  name: string;

  /** The first characters, so that a person can tell keys apart. */
  @Column('varchar', { length: 12 })
  prefix: string;

  @Column('bytea')
  secretHash: Buffer;

  @Column('text', { array: true })
  scopes: Scope[];

  @Column('timestamptz')
  createdAt: Date;

  /** To the minute. */
  @Column('timestamptz', { nullable: true })
  lastUsedAt: Date | null;
}
