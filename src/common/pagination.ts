import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ValidationError } from './app-error';

/** The query of every list: literal names, as a cursor page is asked for by `?page[size]=50&page[cursor]=…`. */
export class PageQuery {
  /** Rows in a page. */
  @ApiPropertyOptional({ minimum: 1, maximum: 200, default: 50 })
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(200)
  'page[size]': number = 50;

  /** `page.next` of the page before. */
  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @MaxLength(500)
  'page[cursor]'?: string;
}

export class PageView {
  /** Pass it as `page[cursor]` to get the next page; null on the last. */
  @ApiProperty({ type: String, nullable: true })
  next: string | null;
}

export interface Page<T> {
  data: T[];
  page: PageView;
}

/** A page out of `size + 1` rows: the extra row only tells that there is a next page. */
export function toPage<Row, View>(
  rows: Row[],
  size: number,
  toCursor: (row: Row) => string[],
  toView: (row: Row) => View,
): Page<View> {
  const shown = rows.slice(0, size);
  const last = shown.at(-1);
  const next = rows.length > size && last !== undefined ? encodeCursor(toCursor(last)) : null;
  return { data: shown.map(toView), page: { next } };
}

export function encodeCursor(parts: string[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** Parts of a cursor we handed out, as text; a mangled one is the caller's error. */
export function decodeCursor(cursor: string | undefined, parts: number): string[] | null {
  if (cursor === undefined) return null;
  try {
    const decoded: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(decoded) && decoded.length === parts && decoded.every((part) => typeof part === 'string')) {
      return decoded;
    }
  } catch {
    // falls through to the one answer for every kind of damage
  }
  throw foreignCursor();
}

/** For a cursor whose parts are not what this list put in. */
export function foreignCursor(): ValidationError {
  return new ValidationError([{ field: 'page[cursor]', message: 'is not a cursor of this list' }]);
}
