import { Injectable, PipeTransform } from '@nestjs/common';
import { validate } from 'uuid';
import { NotFoundError } from './app-error';

/** A text that cannot be an id names nothing, so it is 404 like any other id that is not there. */
@Injectable()
export class UuidPipe implements PipeTransform<string, string> {
  transform(value: string): string {
    if (!validate(value)) throw new NotFoundError('Resource');
    return value.toLowerCase();
  }
}
