import { CanActivate, ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import { AppError } from './app-error';

/** What `@ApiConsumes` leaves on a handler: what the document says is what is read. */
const CONSUMES_KEY = 'swagger/apiConsumes';
const JSON_ONLY = ['application/json'];

/** Far more than any body of ours has; whoever walks through a body calls itself once for each level. */
const MAX_DEPTH = 64;

/** Refuses a body that the operation cannot read, before anybody looks into it. */
@Injectable()
export class BodyGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const { body, headers } = context.switchToHttp().getRequest<FastifyRequest>();
    if (body === undefined) return true;
    const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
    const read = this.reflector.get<string[] | undefined>(CONSUMES_KEY, context.getHandler()) ?? JSON_ONLY;
    if (!read.includes(type)) {
      throw new AppError('unsupported_media_type', `The content type must be ${read.join(' or ')}`);
    }
    if (!(body instanceof Readable) && isDeeper(body, MAX_DEPTH)) {
      throw new AppError('bad_request', `The body is nested more than ${MAX_DEPTH} levels deep`);
    }
    return true;
  }
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  const children: unknown[] = Array.isArray(value) ? value : Object.values(value);
  return children.some((child) => isDeeper(child, levels - 1));
}
