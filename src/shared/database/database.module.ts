import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Config } from '../../config/config';
import { dataSourceOptions } from './data-source';
import { Postgres } from './postgres';
import { SlowQueryLogger } from './slow-query.logger';

/** TypeORM and plain SQL on one pool. */
@Global()
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [Config],
      useFactory: (config: Config) => {
        if (!config.databaseUrl) throw new Error('the database has no address yet');
        return {
          ...dataSourceOptions(config.databaseUrl, config.env.DATABASE_POOL_SIZE),
          maxQueryExecutionTime: config.env.SLOW_QUERY_MS,
          logger: new SlowQueryLogger(),
          retryAttempts: 10,
          retryDelay: 1000,
        };
      },
    }),
  ],
  providers: [Postgres],
  exports: [Postgres],
})
export class DatabaseModule {}
