import { Module } from '@nestjs/common';
import { JwtModule } from '@nestjs/jwt';
import { PassportModule } from '@nestjs/passport';
import { Config } from '../config/config';
import { UsersModule } from '../users/users.module';
import { AccessGuard } from './access.guard';
import { ApiKeys } from './api-keys';
import { AuthController, CredentialsController } from './auth.controller';
import { AuthService } from './auth.service';
import { IdentityCache } from './identity-cache';
import { IdentityChanges } from './identity-changes';
import { IdentityGuard } from './identity.guard';
import { Sessions } from './sessions';
import { ApiKeyStrategy, JwtStrategy } from './strategies';

@Module({
  imports: [
    UsersModule,
    PassportModule,
    JwtModule.registerAsync({
      inject: [Config],
      useFactory: (config: Config) => ({
        secret: config.jwtSecret,
        signOptions: { algorithm: 'HS256' },
        verifyOptions: { algorithms: ['HS256'] },
      }),
    }),
  ],
  controllers: [AuthController, CredentialsController],
  providers: [
    AuthService,
    Sessions,
    ApiKeys,
    JwtStrategy,
    ApiKeyStrategy,
    IdentityChanges,
    IdentityCache,
    IdentityGuard,
    AccessGuard,
  ],
  exports: [AuthService, IdentityCache, IdentityGuard, AccessGuard],
})
export class AuthModule {}
