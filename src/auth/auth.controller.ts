import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiConflictResponse,
  ApiConsumes,
  ApiTags,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import { CurrentUser, Identity, Public, SecretAnswer } from '../common/access';
import { ForbiddenError } from '../common/app-error';
import { UuidPipe } from '../common/uuid.pipe';
import { Limited } from '../shared/throttler/limited';
import { UserView } from '../users/dto/user.view';
import { ApiKeys } from './api-keys';
import { AuthService } from './auth.service';
import { ChangePasswordDto, CreateApiKeyDto, RefreshDto, RegisterDto, TokenDto } from './dto/auth.dto';
import { ApiKeyView, NewApiKeyView, TokenView } from './dto/auth.view';
import { Sessions } from './sessions';

@ApiTags('auth')
@Controller('auth')
export class AuthController {
  constructor(
    private readonly auth: AuthService,
    private readonly sessions: Sessions,
  ) {}

  /** Makes an account. */
  @Public()
  @Limited('login')
  @Post('register')
  @ApiConflictResponse({ description: 'The e-mail address or the user name is taken' })
  register(@Body() request: RegisterDto): Promise<UserView> {
    return this.auth.register(request);
  }

  /** Logs in with a user name or e-mail address, as JSON or as an OAuth 2 password form. */
  @Public()
  @SecretAnswer()
  @Limited('login')
  @Post('token')
  @HttpCode(200)
  @ApiConsumes('application/json', 'application/x-www-form-urlencoded')
  @ApiBody({ type: TokenDto })
  @ApiUnauthorizedResponse({ description: 'User name or password is wrong' })
  createToken(@Body() request: TokenDto): Promise<TokenView> {
    return this.auth.login(request.username, request.password);
  }

  /** Swaps a refresh token for new tokens; using one twice ends the session. */
  @Public()
  @SecretAnswer()
  @Post('refresh')
  @HttpCode(200)
  @ApiUnauthorizedResponse({ description: 'The refresh token is not valid, or was used before' })
  refreshToken(@Body() request: RefreshDto): Promise<TokenView> {
    return this.sessions.refresh(request.refreshToken);
  }

  /** Ends the session of the token in use. */
  @ApiBearerAuth()
  @Post('logout')
  @HttpCode(204)
  async logout(@CurrentUser() user: Identity): Promise<void> {
    await this.sessions.end(user.userId, sessionOf(user));
  }
}

@ApiTags('users')
@ApiBearerAuth()
@Controller('users/me')
export class CredentialsController {
  constructor(
    private readonly auth: AuthService,
    private readonly keys: ApiKeys,
  ) {}

  /** Changes the password and ends every other session. */
  @Limited('login')
  @Post('password')
  @HttpCode(204)
  async changePassword(@CurrentUser() user: Identity, @Body() request: ChangePasswordDto): Promise<void> {
    await this.auth.changePassword(user.userId, sessionOf(user), request.currentPassword, request.newPassword);
  }

  /** Makes an API key; the key is in this answer only. */
  @SecretAnswer()
  @ApiConflictResponse({ description: 'The Idempotency-Key was used already; the key was shown then' })
  @Post('api-keys')
  createApiKey(@CurrentUser() user: Identity, @Body() request: CreateApiKeyDto): Promise<NewApiKeyView> {
    sessionOf(user);
    return this.keys.create(user.userId, request.name, request.scopes ?? ['read']);
  }

  /** The caller's API keys, without the keys themselves. */
  @Get('api-keys')
  listApiKeys(@CurrentUser() user: Identity): Promise<ApiKeyView[]> {
    return this.keys.list(user.userId);
  }

  /** Deletes an API key; it stops working at once. */
  @Delete('api-keys/:id')
  @HttpCode(204)
  async deleteApiKey(@CurrentUser() user: Identity, @Param('id', UuidPipe) id: string): Promise<void> {
    await this.keys.delete(user.userId, id);
  }
}

/** A key must not be able to make more keys or to change the password it does not know. */
function sessionOf(user: Identity): string {
  if (user.sessionId === undefined) throw new ForbiddenError('This needs a login; an API key is not enough');
  return user.sessionId;
}
