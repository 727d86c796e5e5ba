import { Global, Module } from '@nestjs/common';
import { AppLogger } from './app-logger';
import { RequestLog } from './request-log';

@Global()
@Module({ providers: [AppLogger, RequestLog], exports: [AppLogger, RequestLog] })
export class LoggingModule {}
