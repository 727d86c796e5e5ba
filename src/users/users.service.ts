import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { EntityManager, QueryFailedError, Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { Role } from '../common/access';
import { ConflictError, NotFoundError } from '../common/app-error';
import { Clock } from '../common/clock';
import { UserView } from './dto/user.view';
import { OwnSellerEntity } from './entities/own-seller.entity';
import { UserEntity } from './entities/user.entity';
import { OwnSeller } from './own-sellers.service';

const UNIQUE_VIOLATION = '23505';

export interface NewUser {
  email: string;
  username: string;
  passwordHash: string;
  fullName?: string | null;
  role?: Role;
}

export type UserChange = Partial<Pick<UserEntity, 'email' | 'fullName' | 'role' | 'isActive' | 'passwordHash'>>;

@Injectable()
export class UsersService {
  constructor(
    @InjectRepository(UserEntity) private readonly users: Repository<UserEntity>,
    private readonly clock: Clock,
  ) {}

  /** @throws ConflictError when the e-mail address or the user name is taken */
  async create(user: NewUser): Promise<UserEntity> {
    const now = this.clock.now();
    const row = this.users.create({
      id: uuidv7(),
      fullName: null,
      role: 'user',
      ...user,
      isActive: true,
      createdAt: now,
      updatedAt: now,
    });
    await refuseTaken(this.users.insert(row));
    return row;
  }

  async get(id: string): Promise<UserEntity> {
    const user = await this.users.findOneBy({ id });
    if (!user) throw new NotFoundError('User');
    return user;
  }

  /** By user name or e-mail address, in any case. A user name cannot hold an `@`, so the two never meet. */
  async findByLogin(login: string): Promise<UserEntity | null> {
    const name = login.trim().toLowerCase();
    return this.users.findOneBy(name.includes('@') ? { email: name } : { username: name });
  }

  /** @throws NotFoundError, ConflictError when the new e-mail address is taken */
  async update(id: string, change: UserChange): Promise<UserEntity> {
    await refuseTaken(this.users.update({ id }, { ...change, updatedAt: this.clock.now() }));
    return this.get(id);
  }

  /** As `update`, and the sellers that are the user's from now on; those of before stay when left out. All of it or nothing. */
  async updateProfile(id: string, change: UserChange, sellers: OwnSeller[] | undefined): Promise<UserEntity> {
    await refuseTaken(
      this.users.manager.transaction(async (manager) => {
        await manager.update(UserEntity, { id }, { ...change, updatedAt: this.clock.now() });
        if (sellers) await replaceSellers(manager, id, sellers);
      }),
    );
    return this.get(id);
  }

  /** The newest first; `before` is the id after which to go on. */
  async list(limit: number, before: string | null): Promise<UserEntity[]> {
    const query = this.users.createQueryBuilder('user').orderBy('user.id', 'DESC').limit(limit);
    if (before !== null) query.where('user.id < :before', { before });
    return query.getMany();
  }

  async count(): Promise<number> {
    return this.users.count();
  }
}

/** The caller holds the user's row, so that of two lists sent at once one stands, and not some of each. */
async function replaceSellers(manager: EntityManager, userId: string, sellers: OwnSeller[]): Promise<void> {
  await manager.delete(OwnSellerEntity, { userId });
  const rows = sellers.map(({ marketplace, sellerId }) => ({ userId, marketplace, sellerId }));
  if (rows.length === 0) return;
  await manager.createQueryBuilder().insert().into(OwnSellerEntity).values(rows).orIgnore().execute();
}

async function refuseTaken(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (error instanceof QueryFailedError && (error.driverError as { code?: string }).code === UNIQUE_VIOLATION) {
      throw new ConflictError('This e-mail address or user name is taken');
    }
    throw error;
  }
}

export function toUserView(user: UserEntity): UserView {
  return {
    id: user.id,
    email: user.email,
    username: user.username,
    fullName: user.fullName,
    role: user.role,
    isActive: user.isActive,
    createdAt: user.createdAt.toISOString(),
  };
}
