import { ValidationPipe } from '@nestjs/common';
import type { ValidationError as ConstraintViolation } from 'class-validator';
import { FieldError, ValidationError } from './app-error';

/** The one way a body or query is checked: unknown fields are refused, and each error names its field. */
export function createValidationPipe(): ValidationPipe {
  return new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    exceptionFactory: (violations) => new ValidationError(violations.flatMap((violation) => toFieldErrors(violation))),
  });
}

function toFieldErrors(violation: ConstraintViolation, prefix = ''): FieldError[] {
  const field = `${prefix}${violation.property}`;
  const own = Object.values(violation.constraints ?? {}).map((message) => ({ field, message }));
  return own.concat((violation.children ?? []).flatMap((child) => toFieldErrors(child, `${field}.`)));
}
