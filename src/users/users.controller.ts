import { Body, Controller, Get, Param, Patch, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiConflictResponse, ApiTags } from '@nestjs/swagger';
import { validate } from 'uuid';
import { CurrentUser, Identity, Roles } from '../common/access';
import { ConflictError } from '../common/app-error';
import { decodeCursor, PageQuery, toPage } from '../common/pagination';
import { UuidPipe } from '../common/uuid.pipe';
import { AdminUpdateUserDto, UpdateProfileDto } from './dto/user.dto';
import { ProfileView, UserPage, UserView } from './dto/user.view';
import { UserEntity } from './entities/user.entity';
import { OwnSellers } from './own-sellers.service';
import { toUserView, UsersService } from './users.service';

@ApiTags('users')
@ApiBearerAuth()
@Controller('users')
export class UsersController {
  constructor(
    private readonly users: UsersService,
    private readonly sellers: OwnSellers,
  ) {}

  /** The caller's own profile. */
  @Get('me')
  async getMe(@CurrentUser() user: Identity): Promise<ProfileView> {
    return this.profileOf(await this.users.get(user.userId));
  }

  /** Changes the caller's e-mail address, name or own sellers. */
  @Patch('me')
  @ApiConflictResponse({ description: 'The e-mail address is taken' })
  async updateMe(@CurrentUser() user: Identity, @Body() request: UpdateProfileDto): Promise<ProfileView> {
    const { sellerIds, ...change } = request;
    return this.profileOf(await this.users.updateProfile(user.userId, change, sellerIds));
  }

  /** Every account, the newest first. */
  @Roles('admin')
  @Get()
  async listUsers(@Query() query: PageQuery): Promise<UserPage> {
    const size = query['page[size]'];
    const cursor = decodeCursor(query['page[cursor]'], 1)?.[0];
    const before = cursor !== undefined && validate(cursor) ? cursor : null;
    return toPage(await this.users.list(size + 1, before), size, (user) => [user.id], toUserView);
  }

  /** Deactivates, reactivates or changes the role of an account. */
  @Roles('admin')
  @Patch(':id')
  @ApiConflictResponse({ description: 'Nobody can change their own role or activity' })
  async updateUser(
    @CurrentUser() admin: Identity,
    @Param('id', UuidPipe) id: string,
    @Body() change: AdminUpdateUserDto,
  ): Promise<UserView> {
    // An admin who locks out the last admin could not undo it.
    if (id === admin.userId) throw new ConflictError('You cannot change your own role or activity');
    return toUserView(await this.users.update(id, change));
  }

  private async profileOf(user: UserEntity): Promise<ProfileView> {
    return { ...toUserView(user), sellerIds: await this.sellers.of(user.id) };
  }
}
