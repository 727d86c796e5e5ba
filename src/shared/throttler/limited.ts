import { SetMetadata } from '@nestjs/common';

/** Limits beside the general one. */
export type Limit = 'login' | 'product-reads';

export const LIMIT_KEY = 'throttler:limit';

/** Counts a route's requests against one of the special limits too. */
export const Limited = (limit: Limit): MethodDecorator & ClassDecorator => SetMetadata(LIMIT_KEY, limit);
