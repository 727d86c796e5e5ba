import { FailureResult } from './marketplace-data';

/** Why a whole call to a source failed. */
export type SourceErrorKind =
  | 'rate_limited'
  | 'quota_exhausted'
  | 'auth_failed'
  | 'not_found'
  | 'blocked'
  | 'unparseable'
  | 'upstream_error'
  | 'timeout'
  | 'bad_request'
  /** Not asked: the source is left alone after failures. */
  | 'unavailable'
  | 'unsupported';

/** Only these are worth another try; `rate_limited` waits for `retryAfterMs` and costs no try. */
const RETRIED: ReadonlySet<SourceErrorKind> = new Set([
  'rate_limited',
  'unavailable',
  'upstream_error',
  'timeout',
  'blocked',
]);

/** `message` is shown to users and logged: it must carry no secret and no vendor text. */
export class SourceError extends Error {
  constructor(
    readonly kind: SourceErrorKind,
    message: string,
    readonly retryAfterMs?: number,
  ) {
    super(message);
  }

  get retryable(): boolean {
    return RETRIED.has(this.kind);
  }

  /** The state in which this leaves each listing of the call. */
  get result(): FailureResult {
    switch (this.kind) {
      case 'rate_limited':
      case 'quota_exhausted':
        return 'rate_limited';
      case 'blocked':
      case 'unparseable':
      case 'timeout':
        return this.kind;
      default:
        return 'upstream_error';
    }
  }
}
