/** Node's codes for a server that is not there, and Postgres' for one that is going away or starting up. */
const AWAY_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  '08000',
  '08003',
  '08006',
  '53300',
  '57P01',
  '57P02',
  '57P03',
]);

/** pg and ioredis report these without a code. */
const AWAY_MESSAGES =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|max retries per request limit|Connection is closed/;

/** Whether an error means that the database cannot be reached, as opposed to a statement that failed. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && typeof error.code === 'string' && AWAY_CODES.has(error.code)) return true;
  if (error instanceof AggregateError && error.errors.some(isDatabaseAway)) return true;
  if (AWAY_MESSAGES.test(error.message)) return true;
  return error.cause !== undefined && isDatabaseAway(error.cause);
}
