import { ThrottlerStorageRedisService } from '@nest-lab/throttler-storage-redis';
import { ExecutionContext, Global, Module } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ThrottlerModule as NestThrottlerModule, ThrottlerOptions } from '@nestjs/throttler';
import { Config } from '../../config/config';
import { RedisService } from '../redis/redis.service';
import { Limit, LIMIT_KEY } from './limited';
import { accountOf, callerOf } from './request-throttler.guard';

const MINUTE_MS = 60_000;

/** Request limits; counted in the process, or in Redis where several processes share them. */
@Global()
@Module({
  imports: [
    NestThrottlerModule.forRootAsync({
      inject: [Config, Reflector, RedisService],
      useFactory: (config: Config, reflector: Reflector, redis: RedisService) => ({
        throttlers: throttlers(config, reflector),
        getTracker: callerOf,
        // One count per caller and limit, however many routes share the limit.
        generateKey: (_context: ExecutionContext, tracker: string, name: string) => `${name}:${tracker}`,
        ...(redis.connection ? { storage: new ThrottlerStorageRedisService(redis.connection) } : {}),
      }),
    }),
  ],
  exports: [NestThrottlerModule],
})
export class ThrottlerModule {}

function throttlers(config: Config, reflector: Reflector): ThrottlerOptions[] {
  const only = (limit: Limit) => (context: ExecutionContext) =>
    reflector.getAllAndOverride<Limit | undefined>(LIMIT_KEY, [context.getHandler(), context.getClass()]) !== limit;
  return [
    { name: 'default', ttl: MINUTE_MS, limit: config.env.LIMIT_REQUESTS_PER_MINUTE },
    { name: 'login-address', ttl: MINUTE_MS, limit: config.env.LIMIT_LOGIN_PER_MINUTE, skipIf: only('login') },
    {
      name: 'login-account',
      ttl: MINUTE_MS,
      limit: config.env.LIMIT_LOGIN_PER_MINUTE,
      skipIf: only('login'),
      getTracker: accountOf,
    },
    {
      name: 'product-reads',
      ttl: MINUTE_MS,
      limit: config.env.LIMIT_PRODUCT_READS_PER_MINUTE,
      skipIf: only('product-reads'),
    },
  ];
}
