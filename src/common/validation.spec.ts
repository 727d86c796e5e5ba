import { IsInt, IsString, Max, MaxLength, Min } from 'class-validator';
import { ValidationError } from './app-error';
import { createValidationPipe } from './validation';

class Sale {
  @IsInt()
  @Min(0)
  @Max(100)
  units: number;

  @IsString()
  @MaxLength(5)
  url: string;
}

async function errorsOf(body: object): Promise<unknown> {
  const error: unknown = await createValidationPipe()
    .transform(body, { type: 'body', metatype: Sale })
    .catch((thrown: unknown) => thrown);
  return error instanceof ValidationError ? error.errors : error;
}

describe('what is wrong with a body', () => {
  it.each([
    ['a field that is missing', { units: 1 }, [{ field: 'url', message: 'is required' }]],
    ['a value of another type', { units: '5', url: 'x' }, [{ field: 'units', message: 'must be an integer number' }]],
    ['a value out of range', { units: 101, url: 'x' }, [{ field: 'units', message: 'must not be greater than 100' }]],
    [
      'a field that is not known',
      { units: 1, url: 'x', unit: 1 },
      [{ field: 'unit', message: 'property unit should not exist' }],
    ],
    [
      'two fields',
      { units: -1, url: 'too long' },
      [
        { field: 'units', message: 'must not be less than 0' },
        { field: 'url', message: 'must be shorter than or equal to 5 characters' },
      ],
    ],
  ])('should be told once for %s', async (_, body, expected) => {
    expect(await errorsOf(body)).toEqual(expected);
  });
});
