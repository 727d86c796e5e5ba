/** Every way a request can fail that is not a fault of ours. The problem filter alone turns a code into a status. */
export type ErrorCode =
  | 'bad_request'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'method_not_allowed'
  | 'conflict'
  | 'already_tracked'
  | 'product_limit_reached'
  | 'competitor_limit_reached'
  | 'no_source'
  | 'no_competitors'
  | 'not_ready'
  | 'alert_rule_limit_reached'
  | 'no_own_sellers'
  | 'idempotency_in_progress'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'validation_failed'
  | 'rate_limited'
  | 'service_unavailable'
  | 'internal_error';

export interface FieldError {
  field: string;
  message: string;
}

/** `message` is shown to the caller. */
export class AppError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly errors?: FieldError[],
  ) {
    super(message);
  }
}

export class NotFoundError extends AppError {
  constructor(thing: string) {
    super('not_found', `${thing} not found`);
  }
}

export class ConflictError extends AppError {
  constructor(
    message: string,
    code:
      | 'conflict'
      | 'already_tracked'
      | 'product_limit_reached'
      | 'competitor_limit_reached'
      | 'no_source'
      | 'no_competitors'
      | 'not_ready'
      | 'alert_rule_limit_reached'
      | 'no_own_sellers' = 'conflict',
  ) {
    super(code, message);
  }
}

export class UnauthenticatedError extends AppError {
  constructor(message = 'Authentication is required') {
    super('unauthenticated', message);
  }
}

export class ForbiddenError extends AppError {
  constructor(message: string) {
    super('forbidden', message);
  }
}

export class ValidationError extends AppError {
  constructor(errors: FieldError[]) {
    super('validation_failed', errors.map((error) => `${error.field}: ${error.message}`).join('; '), errors);
  }
}

/** No failure: what was asked for has been answered before, and the answer is given again. */
export class ReplayedAnswer extends Error {
  constructor(
    readonly status: number,
    readonly body: unknown,
  ) {
    super('answered before');
  }
}
