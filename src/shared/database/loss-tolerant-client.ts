import { Client, ClientConfig } from 'pg';

/**
 * A pg client that survives the loss of its connection while it is checked out.
 * The query in flight fails and the pool throws the client away; but pg also emits `error`, for which nobody listens
 * between checkout and release, and Node ends a process that emits `error` unheard.
 */
export class LossTolerantClient extends Client {
  constructor(config?: string | ClientConfig) {
    super(config);
    this.on('error', () => undefined);
  }
}
