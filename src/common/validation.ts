import { ArgumentMetadata, ValidationPipe } from '@nestjs/common';
import { ValidateIf, type ValidationError as ConstraintViolation } from 'class-validator';
import { FieldError, ValidationError } from './app-error';

/** DTO field that may be left out, and is not null: `IsOptional` would let null through. */
export const MayBeAbsent = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);

/** Nest takes a body that is not there for an empty object, and a list for an object with numbers as its fields. */
class ObjectPipe extends ValidationPipe {
  override transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type === 'body' && this.toValidate(metadata) && (!value || Array.isArray(value))) {
      throw new ValidationError([{ field: 'body', message: 'must be an object' }]);
    }
    return super.transform(value, metadata);
  }
}

/** The one way a body or query is checked: unknown fields are refused, and each error names its field. */
export function createValidationPipe(): ValidationPipe {
  return new ObjectPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    exceptionFactory: (violations) => new ValidationError(violations.flatMap((violation) => toFieldErrors(violation))),
  });
}

/** What a value has to be before anything else can be said of it. */
const TYPES = ['isString', 'isInt', 'isNumber', 'isBoolean', 'isArray', 'isDate', 'isIn', 'isUuid'];

/** What is wrong first, and that alone: a text that is missing is not also too long. */
function messagesOf({ property, value, constraints = {} }: ConstraintViolation): string[] {
  const kinds = Object.keys(constraints);
  if (kinds.length === 0) return [];
  if (value === undefined) return ['is required'];
  const type = TYPES.find((kind) => kinds.includes(kind));
  const messages = type === undefined ? Object.values(constraints) : [constraints[type] ?? ''];
  // The library begins with the name, which stands beside the message already.
  return messages.map((message) => (message.startsWith(`${property} `) ? message.slice(property.length + 1) : message));
}

/** What is wrong, each with the name of its field. */
export function toFieldErrors(violation: ConstraintViolation, prefix = ''): FieldError[] {
  const field = `${prefix}${violation.property}`;
  const own = messagesOf(violation).map((message) => ({ field, message }));
  return own.concat((violation.children ?? []).flatMap((child) => toFieldErrors(child, `${field}.`)));
}
