import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { Strategy as CustomStrategy } from 'passport-custom';
import { ExtractJwt, Strategy as BearerStrategy } from 'passport-jwt';
import { validate } from 'uuid';
import { Identity } from '../common/access';
import { Config } from '../config/config';
import { ApiKeys } from './api-keys';
import { AccessClaims, Sessions } from './sessions';

/** `Authorization: Bearer <access token>`. */
@Injectable()
export class JwtStrategy extends PassportStrategy(BearerStrategy, 'jwt') {
  constructor(
    config: Config,
    private readonly sessions: Sessions,
  ) {
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKey: config.jwtSecret,
      algorithms: ['HS256'],
    });
  }

  async validate(claims: Partial<AccessClaims>): Promise<Identity | false> {
    // A refresh token is signed with the same key and must not open anything.
    if (claims.typ !== 'access' || !validate(claims.sub) || !validate(claims.sid)) return false;
    return (await this.sessions.identify(claims as AccessClaims)) ?? false;
  }
}

/** `X-API-Key: aip_…`. */
@Injectable()
export class ApiKeyStrategy extends PassportStrategy(CustomStrategy, 'api-key') {
  constructor(private readonly keys: ApiKeys) {
    super();
  }

  async validate(request: Pick<FastifyRequest, 'headers'>): Promise<Identity | false> {
    const key = request.headers['x-api-key'];
    if (typeof key !== 'string' || key.length > 100) return false;
    return (await this.keys.identify(key)) ?? false;
  }
}
