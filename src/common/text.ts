import { Transform } from 'class-transformer';
import { Parser } from 'htmlparser2';

const HIDDEN: ReadonlySet<string> = new Set(['script', 'style']);

/** Text of a person without markup, control characters and doubled spaces. `Screws < 5 mm` stays as it is. */
export function toPlainText(text: string): string {
  return strip(text, false);
}

/** Text of a vendor: entities are read first, so that markup hidden in them goes too. Cut as by `cut`. */
export function vendorText(text: string, limit = Infinity): string {
  return cut(strip(strip(text, true), false), limit).trim();
}

/** At most so many UTF-16 code units, without half a surrogate pair, which no database takes. */
export function cut(text: string, limit: number): string {
  return text.slice(0, limit).replace(/\p{Cs}/gu, '');
}

function strip(text: string, decodeEntities: boolean): string {
  let plain = '';
  let hidden = 0;
  const parser = new Parser(
    {
      onopentagname(name) {
        if (HIDDEN.has(name)) hidden += 1;
        plain += ' ';
      },
      ontext(chunk) {
        if (hidden === 0) plain += chunk;
      },
      onclosetag(name) {
        if (HIDDEN.has(name)) hidden -= 1;
        plain += ' ';
      },
    },
    { decodeEntities },
  );
  parser.end(text);
  return plain
    .replace(/\p{Cc}|\p{Cf}/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

/** At most so many characters, the last one of which says that there were more. */
export function shortened(text: string, most: number): string {
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}

/** For text and quoted attributes of HTML and SVG. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${String(letter.charCodeAt(0))};`);
}

/** DTO field: markup stripped before its length is checked. */
export const PlainText = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? toPlainText(value) : value));

/** DTO field: e-mail addresses and user names are the same in any case. Half a surrogate pair makes validators throw. */
export const LowerCased = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string'
      ? value
          .replace(/\p{Cs}/gu, '\uFFFD')
          .trim()
          .toLowerCase()
      : value,
  );
