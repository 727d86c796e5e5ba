import { Injectable, LoggerService } from '@nestjs/common';
import { Level, Logger, pino, stdSerializers } from 'pino';
import { Config } from '../../config/config';

/** What PostgreSQL and TypeORM hang on the error of a failed statement, and what holds the values of rows. */
const WITH_VALUES: ReadonlySet<string> = new Set(['parameters', 'detail', 'where', 'driverError']);

function errorWithoutValues(error: Error): object {
  const fields = Object.entries(stdSerializers.err(error));
  return Object.fromEntries(fields.filter(([name]) => !WITH_VALUES.has(name)));
}

/**
 * JSON lines by pino, for Nest's own logger: `logger.warn('text')`, `logger.warn({ fields }, 'text')`, `logger.error(error)`.
 * Which request a line belongs to is said where it matters; to carry it along everywhere (AsyncLocalStorage) would slow down
 * every promise of the program.
 */
@Injectable()
export class AppLogger implements LoggerService {
  private readonly pino: Logger;

  constructor(config: Config) {
    this.pino = pino({ level: config.env.LOG_LEVEL, serializers: { err: errorWithoutValues } });
  }

  isEnabled(level: Level): boolean {
    return this.pino.isLevelEnabled(level);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.write('info', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  /** Nest passes the context last. */
  private write(level: Level, message: unknown, rest: unknown[]): void {
    const context = rest.at(-1);
    const text = rest.length > 1 ? rest[0] : undefined;
    if (message instanceof Error) this.pino[level]({ context, err: message });
    else if (typeof message === 'object') this.pino[level]({ context, ...message }, text as string | undefined);
    // Nest's own errors come as a message and a stack.
    else this.pino[level](text === undefined ? { context } : { context, stack: text }, message as string);
  }
}
