import { ThrottlerStorageRedisService } from '@nest-lab/throttler-storage-redis';
import { Global, Module } from '@nestjs/common';
import { ThrottlerModule as NestThrottlerModule } from '@nestjs/throttler';
import { RedisService } from '../redis/redis.service';
import { Limits } from './limits';
import { WindowCounter } from './window-counter';

/** Request limits; counted in the process, or in Redis where several processes share them. */
@Global()
@Module({
  imports: [
    NestThrottlerModule.forRootAsync({
      inject: [RedisService],
      useFactory: (redis: RedisService) => ({
        // Which limits there are says limits.ts.
        throttlers: [],
        storage: redis.connection ? new ThrottlerStorageRedisService(redis.connection) : new WindowCounter(),
      }),
    }),
  ],
  providers: [Limits],
  exports: [NestThrottlerModule, Limits],
})
export class ThrottlerModule {}
