/**
 * Entity tags that an If-None-Match or ETag header names, without quotes and W/: they are compared weakly (RFC 9110, 8.8.3.2).
 * @returns none for a header that is not there
 */
export function entityTags(header: string | undefined): string[] {
  return [...(header ?? '').matchAll(/"([^"]*)"/g)].map(([, tag = '']) => tag);
}
