import { ArgumentsHost, Catch, ExceptionFilter, HttpException, HttpStatus, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { STATUS_CODES } from 'node:http';
import { isDatabaseAway } from './database-away';
import { AppError, ErrorCode, FieldError, ReplayedAnswer } from './app-error';

/** The one place that knows which failure is which HTTP status; a new code does not compile until it is in here. */
const STATUS: Record<ErrorCode, HttpStatus> = {
  bad_request: HttpStatus.BAD_REQUEST,
  unauthenticated: HttpStatus.UNAUTHORIZED,
  forbidden: HttpStatus.FORBIDDEN,
  not_found: HttpStatus.NOT_FOUND,
  method_not_allowed: HttpStatus.METHOD_NOT_ALLOWED,
  conflict: HttpStatus.CONFLICT,
  already_tracked: HttpStatus.CONFLICT,
  product_limit_reached: HttpStatus.CONFLICT,
  competitor_limit_reached: HttpStatus.CONFLICT,
  no_source: HttpStatus.CONFLICT,
  no_competitors: HttpStatus.CONFLICT,
  not_ready: HttpStatus.CONFLICT,
  alert_rule_limit_reached: HttpStatus.CONFLICT,
  no_own_sellers: HttpStatus.CONFLICT,
  idempotency_in_progress: HttpStatus.CONFLICT,
  payload_too_large: HttpStatus.PAYLOAD_TOO_LARGE,
  unsupported_media_type: HttpStatus.UNSUPPORTED_MEDIA_TYPE,
  validation_failed: HttpStatus.UNPROCESSABLE_ENTITY,
  rate_limited: HttpStatus.TOO_MANY_REQUESTS,
  service_unavailable: HttpStatus.SERVICE_UNAVAILABLE,
  internal_error: HttpStatus.INTERNAL_SERVER_ERROR,
};

const CODE_BY_STATUS = new Map<number, ErrorCode>([
  [400, 'bad_request'],
  [401, 'unauthenticated'],
  [403, 'forbidden'],
  [404, 'not_found'],
  [405, 'method_not_allowed'],
  [409, 'conflict'],
  [413, 'payload_too_large'],
  [415, 'unsupported_media_type'],
  [422, 'validation_failed'],
  [429, 'rate_limited'],
  [503, 'service_unavailable'],
]);

/** RFC 9457 problem details, with the fields of API.md. */
interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  errorCode: ErrorCode;
  timestamp: string;
  requestId: string;
  errors?: FieldError[];
}

@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Problem');

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    if (exception instanceof ReplayedAnswer) {
      void reply.status(exception.status).header('Idempotency-Replayed', 'true').send(exception.body);
      return;
    }
    const problem = toProblem(exception, request);
    if (problem.errorCode === 'internal_error') this.logger.error({ err: exception, requestId: request.id });
    // A stream that broke half-way has sent its status already: the only honest end is a cut connection.
    if (reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    if (problem.errorCode === 'unauthenticated') reply.header('WWW-Authenticate', 'Bearer');
    if (problem.errorCode === 'service_unavailable') reply.header('Retry-After', '5');
    sendProblem(problem, reply);
  }
}

/** For what Fastify refuses before there is a route (an address that is not readable): the same answer as everywhere. */
export function answerFrameworkError(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  void reply.header('X-Request-Id', request.id);
  sendProblem(toProblem(error, request), reply);
}

function sendProblem(problem: Problem, reply: FastifyReply): void {
  void reply.status(problem.status).type('application/problem+json').send(problem);
}

function toProblem(exception: unknown, request: FastifyRequest): Problem {
  const { code, detail, errors } = describe(exception);
  const status = STATUS[code];
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    // The path only: a query may carry what does not belong in an error report.
    instance: request.url.split('?', 1)[0] ?? '/',
    errorCode: code,
    timestamp: new Date().toISOString(),
    requestId: request.id,
    ...(errors ? { errors } : {}),
  };
}

function describe(exception: unknown): { code: ErrorCode; detail: string; errors?: FieldError[] } {
  if (exception instanceof AppError) {
    return {
      code: exception.code,
      detail: exception.message,
      ...(exception.errors ? { errors: exception.errors } : {}),
    };
  }
  if (isDatabaseAway(exception)) {
    return { code: 'service_unavailable', detail: 'A data store cannot be reached at the moment' };
  }
  if (holdsUnstorableText(exception)) {
    return { code: 'bad_request', detail: 'A text holds a character that cannot be stored (such as U+0000)' };
  }
  const status = exception instanceof HttpException ? exception.getStatus() : clientErrorStatus(exception);
  const code = status === undefined ? undefined : CODE_BY_STATUS.get(status);
  if (code && exception instanceof Error) return { code, detail: exception.message };
  if (status !== undefined && status < 500)
    return { code: 'bad_request', detail: 'The request could not be understood' };
  return { code: 'internal_error', detail: 'Something went wrong on our side; the request id finds it in the logs' };
}

/** PostgreSQL's codes for a text that is no text to it: no query of ours makes one, so it came with the request. */
function holdsUnstorableText(exception: unknown): boolean {
  return exception instanceof Error && 'code' in exception && ['22021', '22P05'].includes(String(exception.code));
}

/** Fastify's own errors (unreadable JSON, body too large …) carry `statusCode`; only those below 500 are the caller's. */
function clientErrorStatus(exception: unknown): number | undefined {
  if (!(exception instanceof Error) || !('statusCode' in exception)) return undefined;
  const status = exception.statusCode;
  return typeof status === 'number' && status < 500 ? status : undefined;
}
