/** A number as a reader understands it. */
export interface NumberToken {
  kind: 'number';
  amount: number;
  /** The place of its last digit: 0.1 for "12.3", 100 for "1.2k". */
  step: number;
  /** `%`, a currency, `#`, `day`, `a day`, …; null where it is bare. */
  unit: string | null;
  /** "twelve", and not "12". */
  isInWords: boolean;
}

/** A date, or as much of one as is said. */
export interface DateToken {
  kind: 'date';
  year: number | null;
  month: number | null;
  day: number | null;
  part: 'early' | 'mid' | 'late' | null;
}

export interface WordToken {
  kind: 'word';
  /** In lower case, without the 's of whose it is. */
  word: string;
  isCapital: boolean;
  startsSentence: boolean;
}

export type Token = { start: number; end: number } & (
  | NumberToken
  | DateToken
  | WordToken
  /** What stands for quoted text and ASINs, which are not read. */
  | { kind: 'quoted' }
  | { kind: 'pause' }
  | { kind: 'stop' }
  /** A hyphen or dash between two parts of one thing. */
  | { kind: 'joint' }
  | { kind: 'fault' }
);

/** From here on characters stand for quoted text. They are for private use (Unicode), so no text has them. */
export const FIRST_QUOTED = 0xe000;
export const LAST_QUOTED = 0xf8ff;

const MONTHS = 'january february march april may june july august september october november december'.split(' ');
const MONTH = `(${MONTHS.map((name) => name.charAt(0).toUpperCase() + name.slice(1)).join('|')}|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\\b`;
const YEAR = '(?:,? (\\d{4})(?![,.]?\\d))?';
const ORDINAL = '(?:st|nd|rd|th)?';

const ISO_DATE = /(\d{4})-(\d{2})-(\d{2})(?![\d-])/y;
const DAY_MONTH = new RegExp(`(\\d{1,2})${ORDINAL}(?: of)? ${MONTH}${YEAR}`, 'y');
const MONTH_DAY = new RegExp(`${MONTH} (\\d{1,2})${ORDINAL}(?![,.]?\\d)\\b${YEAR}`, 'y');
const MONTH_ONLY = new RegExp(`(?:([Ee]arly|[Mm]id|[Ll]ate)[ -])?${MONTH}${YEAR}`, 'y');
const YEAR_ONLY = /((?:19|20)\d{2})(?![\d%]|[,.]\d| ?%)/y;

const SMALL =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const SCALES: Readonly<Record<string, number>> = {
  dozen: 12,
  hundred: 100,
  thousand: 1000,
  million: 1e6,
  billion: 1e9,
  k: 1000,
  K: 1000,
  M: 1e6,
  bn: 1e9,
};
const NUMBER_WORD = `(?:${[...SMALL, ...TENS].join('|')}|dozen|hundred|thousand|million|billion)s?\\b`;
const NUMBER_WORDS = new RegExp(`${NUMBER_WORD}(?:[ -](?:and )?${NUMBER_WORD})*`, 'iy');
const DIGITS = /(#|US\$|[$€£¥₹]|[A-Z]{3} ?)?(-?)(\d[\d.,]*)/y;
const ENGLISH_NUMBER = /^(?:[1-9]\d{0,2}(?:,\d{3})+|0|[1-9]\d*)(?:\.(\d+))?$/;
const SCALE = /(k|K|M|bn)\b| (dozen|hundred|thousand|million|billion)\b/y;

const CURRENCIES: Readonly<Record<string, string>> = {
  $: 'USD',
  US$: 'USD',
  '€': 'EUR',
  '£': 'GBP',
  '¥': 'JPY',
  '₹': 'INR',
};
const UNITS: readonly (readonly [RegExp, (found: string) => string])[] = [
  [/(?: ?%| ?per ?cent| percentage)[ -]points?\b| ?pp\b/y, () => 'percentage point'],
  [/ ?%| ?per ?cent\b/y, () => '%'],
  [/ ?([$€£¥₹])/y, (sign) => CURRENCIES[sign] ?? sign],
  [/ ?([A-Z]{3})\b/y, (code) => code],
  [/ (?:a|per|each) day\b/y, () => 'a day'],
  [/(?=(?:[- ](?!(?:a|per|each|days?)\b)[a-z]+){1,2} (?:a|per|each) day\b)/y, () => 'a day'],
  [/[ -](star|point|day|week|month|year|hour|minute|second)s?\b/y, (unit) => unit],
  [/ ?×| ?x\b| times\b/y, () => 'times'],
  [/(?:st|nd|rd|th)\b/y, () => '#'],
];

const WORD = /[A-Za-z]+(?:['’][A-Za-z]+)*/y;

/**
 * The parts of an English text. Whatever is not plainly a word, a number in English notation, a date or a mark of a sentence is a
 * fault: other scripts, look-alike letters, "12,3", "½", "1e5", times of day, invisible characters.
 */
export function lex(text: string): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  const add = (token: TokenBody, length: number) => {
    tokens.push({ ...token, start: position, end: position + length });
    position += length;
  };
  while (position < text.length) {
    const character = text.charAt(position);
    const code = text.charCodeAt(position);
    if (character === ' ') position += 1;
    else if (code >= FIRST_QUOTED && code <= LAST_QUOTED) add({ kind: 'quoted' }, 1);
    else {
      const found = dateAt(text, position, tokens) ?? numberAt(text, position) ?? wordAt(text, position, tokens);
      if (found) add(found.token, found.length);
      else add(markAt(text, position), 1);
    }
  }
  return withSharedUnits(withoutRunsOfNumbers(tokens));
}

type TokenBody = Token extends infer T ? (T extends unknown ? Omit<T, 'start' | 'end'> : never) : never;
interface Found {
  token: TokenBody;
  length: number;
}

function at(pattern: RegExp, text: string, position: number): RegExpExecArray | null {
  pattern.lastIndex = position;
  return pattern.exec(text);
}

function dateAt(text: string, position: number, before: readonly Token[]): Found | null {
  if (isWithinWord(text, position)) return null;
  const iso = at(ISO_DATE, text, position);
  if (iso) return dateOf(iso[0], iso[1], Number(iso[2]), iso[3]);
  const dayMonth = at(DAY_MONTH, text, position);
  if (dayMonth) return dateOf(dayMonth[0], dayMonth[3], monthOf(dayMonth[2]), dayMonth[1]);
  const monthDay = at(MONTH_DAY, text, position);
  if (monthDay) return dateOf(monthDay[0], monthDay[3], monthOf(monthDay[1]), monthDay[2]);
  const month = at(MONTH_ONLY, text, position);
  if (month) return dateOf(month[0], month[3], monthOf(month[2]), undefined, month[1]);
  const last = before.at(-1);
  const year =
    last?.kind === 'word' && ['in', 'of', 'during'].includes(last.word) ? at(YEAR_ONLY, text, position) : null;
  return year ? dateOf(year[0], year[1], null, undefined) : null;
}

function dateOf(
  found: string,
  year: string | undefined,
  month: number | null,
  day: string | undefined,
  part?: string,
): Found {
  return {
    token: {
      kind: 'date',
      year: year === undefined ? null : Number(year),
      month,
      day: day === undefined ? null : Number(day),
      part: (part?.toLowerCase() ?? null) as DateToken['part'],
    },
    length: found.length,
  };
}

function monthOf(name = ''): number {
  return 1 + MONTHS.findIndex((month) => month.startsWith(name.toLowerCase().slice(0, 3)));
}

function numberAt(text: string, position: number): Found | null {
  if (isWithinWord(text, position)) return null;
  const digits = at(DIGITS, text, position);
  if (digits) return digitsAt(text, position, digits);
  const words = at(NUMBER_WORDS, text, position);
  if (!words) return null;
  return withUnit(text, position + words[0].length, words[0].length, {
    kind: 'number',
    amount: amountOf(words[0]),
    step: 1,
    unit: null,
    isInWords: true,
  });
}

function digitsAt(
  text: string,
  position: number,
  [all, prefix = '', sign = '', run = '']: RegExpExecArray,
): Found | null {
  // "10-12" is a range and no negative number.
  if (sign !== '' && prefix === '' && /[^ (]/.test(text.charAt(position - 1))) return null;
  const number = run.replace(/[.,]+$/, '');
  const length = all.length - (run.length - number.length);
  const match = ENGLISH_NUMBER.exec(number);
  if (!match) return { token: { kind: 'fault' }, length };
  const scale = at(SCALE, text, position + length);
  const factor = scale ? (SCALES[scale[1] ?? scale[2] ?? ''] ?? NaN) : 1;
  const sign1 = sign === '' ? 1 : -1;
  const token: NumberToken = {
    kind: 'number',
    amount: sign1 * Number(number.replace(/,/g, '')) * factor,
    step: factor / 10 ** (match[1]?.length ?? 0),
    unit: prefix === '' ? null : (CURRENCIES[prefix] ?? prefix.trim()),
    isInWords: false,
  };
  const end = length + (scale?.[0].length ?? 0);
  return withUnit(text, position + end, end, token);
}

/** With what follows the number; a letter or digit right after it makes it something else. */
function withUnit(text: string, end: number, length: number, token: NumberToken): Found {
  for (const [pattern, unitOf] of UNITS) {
    const unit = at(pattern, text, end);
    if (!unit) continue;
    if (token.unit !== null) {
      // "#12 stars", "USD 5 %": two units are none. "USD 5 a day" is not said by any statement.
      return { token: { kind: 'fault' }, length: length + unit[0].length };
    }
    return closed(text, end + unit[0].length, {
      token: { ...token, unit: unitOf(unit[1] ?? '') },
      length: length + unit[0].length,
    });
  }
  return closed(text, end, { token, length });
}

function closed(text: string, end: number, found: Found): Found {
  return /[A-Za-z\d]/.test(text.charAt(end)) ? { token: { kind: 'fault' }, length: found.length } : found;
}

/** Of "one hundred and twelve". */
function amountOf(words: string): number {
  let total = 0;
  let group = 0;
  for (const word of words.toLowerCase().split(/[ -](?:and )?/)) {
    const singular = word === 'six' ? word : word.replace(/s$/, '');
    const small = SMALL.indexOf(singular);
    const tens = TENS.indexOf(singular);
    const scale = SCALES[singular] ?? 0;
    if (small >= 0) group += small;
    else if (tens >= 0) group += 20 + 10 * tens;
    else if (scale <= 100) group = Math.max(group, 1) * scale;
    else {
      total += Math.max(group, 1) * scale;
      group = 0;
    }
  }
  return total + group;
}

function wordAt(text: string, position: number, before: readonly Token[]): Found | null {
  if (isWithinWord(text, position)) return null;
  const found = at(WORD, text, position)?.[0];
  if (found === undefined) return null;
  const last = before.at(-1);
  return {
    token: {
      kind: 'word',
      word: found.toLowerCase().replace(/’/g, "'").replace(/'s$/, ''),
      isCapital: /[A-Z]/.test(found),
      startsSentence: last === undefined || last.kind === 'stop',
    },
    length: found.length,
  };
}

/** Letters right after a digit or the like belong to something that was not understood. */
function isWithinWord(text: string, position: number): boolean {
  return position > 0 && /[A-Za-z\d_]/.test(text.charAt(position - 1));
}

function markAt(text: string, position: number): TokenBody {
  const character = text.charAt(position);
  const next = text.charAt(position + 1);
  if (character === '(' || character === ')' || character === '—') return { kind: 'pause' };
  if (character === '-' || character === '–') {
    return { kind: text.charAt(position - 1) === ' ' && next === ' ' ? 'pause' : 'joint' };
  }
  // "shop.example" and "14:30" are no marks of a sentence.
  if (!/[.,;:]/.test(character) || !/^[ )]?$/.test(next)) return { kind: 'fault' };
  return { kind: character === '.' ? 'stop' : 'pause' };
}

/** "12 345" would be read as one number. */
function withoutRunsOfNumbers(tokens: readonly Token[]): Token[] {
  const isNumber = (token: Token | undefined) => token?.kind === 'number' || token?.kind === 'date';
  return tokens.map((token, index) =>
    isNumber(token) && isNumber(tokens[index - 1]) ? { kind: 'fault', start: token.start, end: token.end } : token,
  );
}

const AFTER: ReadonlySet<string> = new Set([
  '%',
  'percentage point',
  'star',
  'day',
  'a day',
  'week',
  'month',
  'year',
  'point',
  'times',
]);

/** "10 to 12 %" and "10–12 a day": the first has the unit of the second. "USD 10–12": the second has that of the first. */
function withSharedUnits(tokens: readonly Token[]): Token[] {
  return tokens.map((token, index) => {
    if (token.kind !== 'number' || token.unit !== null) return token;
    const joint = tokens[index + 1];
    const next = tokens[index + 2];
    const joins = joint?.kind === 'joint' || (joint?.kind === 'word' && ['to', 'and', 'or'].includes(joint.word));
    if (joins && next?.kind === 'number' && next.unit !== null && AFTER.has(next.unit))
      return { ...token, unit: next.unit };
    const previous = tokens[index - 2];
    if (tokens[index - 1]?.kind === 'joint' && previous?.kind === 'number' && previous.unit !== null)
      return { ...token, unit: previous.unit };
    return token;
  });
}
