import { Check, Column, Entity, PrimaryColumn, Unique } from 'typeorm';
import { Role } from '../../common/access';

@Entity('app_user')
@Unique('app_user_email_key', ['email'])
@Unique('app_user_username_key', ['username'])
@Check('app_user_role_check', `role IN ('user', 'admin')`)
export class UserEntity {
  /** UUIDv7, so that ids sort by time of creation. */
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'app_user_pkey' })
  id: string;

  /** Lower case. */
  @Column('varchar', { length: 320 })
  email: string;

  /** Lower case. */
  @Column('varchar', { length: 30 })
  username: string;

  /** Argon2id in PHC format. */
  @Column('text')
  passwordHash: string;

  @Column('varchar', { length: 100, nullable: true })
  fullName: string | null;

  @Column('text', { default: 'user' })
  role: Role;

  @Column('boolean', { default: true })
  isActive: boolean;

  @Column('timestamptz')
  createdAt: Date;

  @Column('timestamptz')
  updatedAt: Date;
}
