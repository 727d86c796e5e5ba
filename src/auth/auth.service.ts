import { Injectable } from '@nestjs/common';
import { AppError, UnauthenticatedError } from '../common/app-error';
import { UserView } from '../users/dto/user.view';
import { toUserView, UsersService } from '../users/users.service';
import { TokenView } from './dto/auth.view';
import { RegisterDto } from './dto/auth.dto';
import { hashPassword, passwordFits } from './passwords';
import { Sessions } from './sessions';

@Injectable()
export class AuthService {
  constructor(
    private readonly users: UsersService,
    private readonly sessions: Sessions,
  ) {}

  async register(request: RegisterDto, role: 'user' | 'admin' = 'user'): Promise<UserView> {
    const { password, ...profile } = request;
    return toUserView(await this.users.create({ ...profile, role, passwordHash: await hashPassword(password) }));
  }

  /** One answer, in one time, for an unknown name, a wrong password and a deactivated account. */
  async login(login: string, password: string): Promise<TokenView> {
    const user = await this.users.findByLogin(login);
    const fits = await passwordFits(user?.passwordHash, password);
    if (!user || !fits || !user.isActive) throw new UnauthenticatedError('User name or password is wrong');
    return this.sessions.open(user.id);
  }

  async changePassword(userId: string, sessionId: string, current: string, next: string): Promise<void> {
    const user = await this.users.get(userId);
    if (!(await passwordFits(user.passwordHash, current))) {
      throw new AppError('validation_failed', 'The current password is wrong', [
        { field: 'currentPassword', message: 'is wrong' },
      ]);
    }
    await this.sessions.changePassword(userId, await hashPassword(next), sessionId);
  }
}
