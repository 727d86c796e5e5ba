import { Logger } from '@nestjs/common';
import { withDeadline } from '../../common/deadline';

/**
 * Adds a job that only saves waiting: what it is about lies in the database, where a schedule or the next request finds it. Redis keeps
 * an `add` waiting for as long as it is away.
 * @param otherwise what happens when the queue cannot be reached
 */
export async function wake(
  added: Promise<unknown>,
  withinMs: number,
  logger: Logger,
  otherwise: string,
): Promise<void> {
  try {
    await withDeadline(added, withinMs);
  } catch (error) {
    logger.warn({ err: error }, otherwise);
  }
}
