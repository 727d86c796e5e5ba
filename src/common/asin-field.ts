import { Transform } from 'class-transformer';
import { registerDecorator } from 'class-validator';
import { isAsin, normalizeAsin } from './asin';

/** A field of a request that names an ASIN. */
export function IsAsin(): PropertyDecorator {
  return (target, propertyName) => {
    registerDecorator({
      name: 'isAsin',
      target: target.constructor,
      propertyName: propertyName as string,
      validator: {
        validate: (value) => typeof value === 'string' && isAsin(value),
        defaultMessage: () => 'asin must be B0 and eight letters or digits, or a valid ISBN-10',
      },
    });
  };
}

/** Codes and ASINs are taken in any case. */
export const UpperCased = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? normalizeAsin(value) : value));
