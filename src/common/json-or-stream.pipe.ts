import { ArgumentMetadata, Injectable, PipeTransform, Type } from '@nestjs/common';
import { Readable } from 'node:stream';
import { createValidationPipe } from './validation';

/** A body that may be JSON of a known shape, or a file that is read as a stream (see configure-app.ts for which types). */
@Injectable()
export class JsonOrStream<T extends object> implements PipeTransform<unknown, Promise<T | Readable>> {
  private readonly validation = createValidationPipe();

  constructor(private readonly shape: Type<T>) {}

  async transform(body: unknown, metadata: ArgumentMetadata): Promise<T | Readable> {
    if (body instanceof Readable) return body;
    return (await this.validation.transform(body, { ...metadata, metatype: this.shape })) as T;
  }
}
