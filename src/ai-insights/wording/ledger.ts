import { round } from '../../common/round';
import { Statement, StatementValue, valueText } from '../statement';
import { DateToken, FIRST_QUOTED, LAST_QUOTED, lex, NumberToken, Token, WordToken } from './lexer';
import {
  APPROACHING,
  APPROXIMATE,
  CAUSAL,
  CLAUSE_WORDS,
  CONNECTING,
  DIRECTIONS,
  HEDGES,
  KEPT,
  LIMITS,
  ROLES,
  Sense,
  SUBJECTS,
  TERMS,
} from './vocabulary';

/** What a text says that its statements do not. */
export interface Problem {
  kind: 'character' | 'number' | 'date' | 'quote' | 'word' | 'meaning' | 'left_out';
  /** The words of the text, or of the statement, that it is about. */
  found: string;
}

/** Half of the last place that is shown, with room for binary fractions. */
const EPSILON = 1e-9;
const SMALLEST_STEP = 1e-6;
/** What is rounded beyond the decimal point may be off by this part of it. */
const MAX_ROUNDING = 0.05;
/** Of the search for the statement that each clause is of. */
const MAX_STEPS = 20_000;
/** Of reading a clause whose values occur more than once in its statement. */
const MAX_WAYS = 50;
const CAUSE = 'cause:';

/**
 * What `text` says beyond the statements that it cites; empty when all of it comes from them.
 *
 * Everything is refused that is not known: a text is read as numbers, dates, quoted text and words. Numbers, dates and quotes have to be
 * values of the statements, in the same unit, within the rounding that the text shows. Words have to be of their templates or of a short list
 * that says nothing by itself. Then each clause has to be of one statement: its values in the order of the template and behind the same
 * prepositions, its direction the statement's. Negations and what is only likely are said as often as the statements say them.
 */
export function check(text: string, statements: readonly Statement[]): Problem[] {
  const quotes = new Quotes(statements);
  const read = quotes.hide(text);
  if (read === null) return [{ kind: 'character', found: 'a character for private use' }];
  const tokens = lex(read);
  const sources = statements.map((statement) => new Source(statement, quotes));
  const show = ({ start, end }: Token) => quotes.show(read.slice(start, end));
  const problems = [
    ...tokens.flatMap((token, index) => problemOf(token, introOf(tokens, index), read, sources, show)),
    ...leftOut(tokens, sources, read),
  ];
  if (problems.length > 0) return problems;
  return new Matching(clausesOf(tokens), sources, read).isFound() ? [] : [{ kind: 'meaning', found: text }];
}

/** Quoted text and ASINs of statements, each hidden behind a character, so that nothing in them is read. */
class Quotes {
  private readonly shown: string[];
  private readonly pattern: RegExp;

  constructor(statements: readonly Statement[]) {
    const all = statements.flatMap(({ values }) => Object.values(values).filter(isQuoted).map(valueText));
    // The longer first: it may hold the shorter.
    this.shown = [...new Set(all)].sort((one, other) => other.length - one.length).slice(0, LAST_QUOTED - FIRST_QUOTED);
    this.pattern = new RegExp(this.shown.map(patternOf).join('|') || '(?!)', 'g');
  }

  /** @returns null for text that has such characters itself */
  hide(text: string): string | null {
    if (FOR_PRIVATE_USE.test(text.replace(this.pattern, ''))) return null;
    const hidden = text.replace(this.pattern, (quote) => this.hidden(quote));
    // Spaces of any width are spaces, and a minus is a minus.
    return hidden.replace(/\p{Zs}/gu, ' ').replace(/\u2212/g, '-');
  }

  show(text: string): string {
    return text.replace(
      /[\uE000-\uF8FF]/g,
      (character) => this.shown[character.charCodeAt(0) - FIRST_QUOTED] ?? character,
    );
  }

  characterOf(value: StatementValue): string {
    return this.hidden(valueText(value));
  }

  private hidden(quote: string): string {
    const index = this.shown.indexOf(quote.startsWith('"') ? `“${quote.slice(1, -1)}”` : quote);
    return String.fromCharCode(FIRST_QUOTED + index);
  }
}

const FOR_PRIVATE_USE = /[\uE000-\uF8FF]/;

function isQuoted(value: StatementValue): boolean {
  return value.type === 'name' || value.type === 'asin';
}

/** Quoted text also with straight marks; an ASIN as a word of its own. */
function patternOf(quote: string): string {
  const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  if (quote.startsWith('“')) return `${escaped(quote)}|"${escaped(quote.slice(1, -1))}"`;
  return `(?<![A-Za-z0-9])${escaped(quote)}(?![A-Za-z0-9])`;
}

/** A number as it is, in the unit in which it is shown. */
interface Known {
  exact: number;
  /** Of money its decimals, else null. */
  places: number | null;
  isApproximate: boolean;
  /** A value, and no word of the template such as "one". */
  isValue: boolean;
}

/** Something that a statement says, in the order in which it says it. */
type Item = { before: string | null } & (
  | ({ kind: 'number'; token: NumberToken } & Known)
  | { kind: 'date'; token: DateToken }
  | { kind: 'quoted'; character: string }
  | { kind: 'subject'; subject: string }
  | { kind: 'direction'; sense: Sense }
);

/** What a value can belong to. */
const OWNERS = ['quoted', 'subject', 'direction'] as const;

/** A statement, read the way a text is read. */
class Source {
  readonly key: string;
  readonly direction: Statement['direction'];
  readonly items: readonly Item[];
  readonly words: ReadonlySet<string>;
  readonly capitals: ReadonlySet<string>;
  readonly counts: ReadonlyMap<string, number>;
  readonly marks: string;
  /** Two of them in one statement: whose a number is matters. */
  readonly hasSubjects: boolean;
  readonly hasSenses: boolean;
  private readonly hasOwners: boolean;
  private readonly subjects: ReadonlySet<string>;
  private readonly senses: ReadonlySet<Sense>;
  private readonly isOfRank: boolean;
  private readonly isOfStars: boolean;
  private readonly isMovement: boolean;

  constructor(statement: Statement, quotes: Quotes) {
    this.key = statement.key;
    this.direction = statement.direction;
    const { text, spans } = written(statement, quotes);
    const tokens = lex(text);
    const words = tokens.filter((token): token is Extract<Token, WordToken> => token.kind === 'word');
    this.words = new Set(words.map(({ word }) => word));
    this.capitals = new Set(words.filter(({ isCapital }) => isCapital).map(({ start, end }) => text.slice(start, end)));
    this.counts = countsOf(tokens);
    this.marks = statement.template;
    this.senses = new Set(words.flatMap(({ word }) => senseOf(word) ?? []).filter((sense) => sense !== 'moved'));
    this.isMovement = words.some(({ word }) => DIRECTIONS.get(word)?.isMovement);
    this.hasSenses = this.senses.size > 1;
    this.subjects = new Set(words.flatMap(({ word }) => SUBJECTS.get(word) ?? []));
    this.hasSubjects = this.subjects.size > 1;
    const units = new Set(tokens.map((token) => (token.kind === 'number' ? token.unit : null)));
    this.isOfRank = this.words.has('rank') || units.has('#');
    this.isOfStars = !this.isOfRank && units.has('star');
    this.items = tokens.flatMap((token, index) => this.itemOf(token, introOf(tokens, index), text, spans) ?? []);
    this.hasOwners = this.items.some(({ kind }) => OWNERS.some((owner) => owner === kind));
  }

  /**
   * Items of one row are told in the order of the statement. Where all values are of one thing it is enough that those of a kind keep
   * theirs: "fell by 12 % on 4 May" is "on 4 May … fell by 12 %".
   */
  rowOf(item: Item): string {
    if (this.hasOwners) return '';
    return item.kind === 'number' ? `in ${item.token.unit ?? 'numbers'}` : item.kind;
  }

  /** Whether a word is of it, also in its other forms. */
  says(word: string): boolean {
    const subject = SUBJECTS.get(word);
    return this.words.has(word) || (subject !== undefined && this.subjects.has(subject));
  }

  /** Whether a word of direction may be said of it. */
  allows(word: string): boolean {
    if (this.words.has(word)) return true;
    const direction = DIRECTIONS.get(word);
    if (!direction || (direction.isMovement && !this.isMovement)) return false;
    const { sense } = direction;
    if (sense === 'moved') return this.direction !== null;
    if (sense === 'up' || sense === 'down') {
      // Whether a rank that "rose" is a better one, readers do not agree.
      return !this.isOfRank && (this.direction ?? this.onlySense()) === sense;
    }
    if (this.isOfRank) return this.direction === (sense === 'better' ? 'down' : 'up');
    return this.isOfStars && this.direction === (sense === 'better' ? 'up' : 'down');
  }

  private onlySense(): Sense | null {
    const [sense, ...others] = this.senses;
    return others.length === 0 ? (sense ?? null) : null;
  }

  private itemOf(token: Token, { before, approximation }: Intro, text: string, spans: readonly Span[]): Item | null {
    switch (token.kind) {
      case 'number': {
        const value = spans.find(({ start, end }) => token.start < end && start < token.end)?.value;
        const isValue = value?.type === 'number';
        return {
          kind: 'number',
          token,
          before,
          exact: isValue ? displayed(value) : token.amount,
          places: isValue && /^[A-Z]{3}$/.test(value.unit) ? value.scale : null,
          isApproximate: approximation !== null,
          isValue,
        };
      }
      case 'date':
        return { kind: 'date', token, before };
      case 'quoted':
        return { kind: 'quoted', character: text.charAt(token.start), before };
      case 'word': {
        const subject = SUBJECTS.get(token.word);
        if (this.hasSubjects && subject !== undefined) return { kind: 'subject', subject, before };
        const sense = senseOf(token.word);
        return this.hasSenses && sense && sense !== 'moved' ? { kind: 'direction', sense, before } : null;
      }
      default:
        return null;
    }
  }
}

interface Span {
  start: number;
  end: number;
  value: StatementValue;
}

/** The statement with where each of its values stands. */
function written({ template, values }: Statement, quotes: Quotes): { text: string; spans: Span[] } {
  let text = '';
  let done = 0;
  const spans: Span[] = [];
  for (const match of template.matchAll(/\{(\w+)\}/g)) {
    text += template.slice(done, match.index);
    done = match.index + match[0].length;
    const value = values[match[1] ?? ''];
    if (!value) continue;
    const start = text.length;
    text += isQuoted(value) ? quotes.characterOf(value) : valueText(value);
    spans.push({ start, end: text.length, value });
  }
  return { text: text + template.slice(done), spans };
}

/** The exact number in the unit in which it is shown. */
function displayed({ value, unit, scale }: Extract<StatementValue, { type: 'number' }>): number {
  const real = value / 10 ** scale;
  return unit === 'share' ? 100 * real : real;
}

function senseOf(word: string): Sense | undefined {
  return DIRECTIONS.get(word)?.sense;
}

function countsOf(tokens: readonly Token[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const token of tokens) {
    if (token.kind === 'word' && KEPT.has(token.word)) counts.set(token.word, (counts.get(token.word) ?? 0) + 1);
  }
  return counts;
}

/** What is wrong with a part of the text whatever clause it is in. */
function problemOf(
  token: Token,
  { approximation }: Intro,
  read: string,
  sources: readonly Source[],
  show: (token: Token) => string,
): Problem[] {
  switch (token.kind) {
    case 'number':
    case 'date': {
      const isKnown = sources.some(({ items }) => items.some((item) => isValueOf(token, item, true, approximation)));
      return isKnown ? [] : [{ kind: token.kind, found: show(token) }];
    }
    case 'word':
      return isWordKnown(token, sources, show(token)) ? [] : [{ kind: 'word', found: show(token) }];
    case 'fault': {
      const mark = read.slice(token.start, token.end);
      if (/^[&/’'+]$/.test(mark) && sources.some(({ marks }) => marks.includes(mark))) return [];
      const kind = /\d/.test(mark) ? 'number' : /["“”„«»‘`]/.test(mark) ? 'quote' : 'character';
      return [{ kind, found: visible(show(token)) }];
    }
    default:
      return [];
  }
}

/** Characters that cannot be seen, by their number. */
function visible(text: string): string {
  return text.replace(
    /[^\x21-\x7e]/gu,
    (character) => `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`,
  );
}

function isWordKnown(
  { word, isCapital, startsSentence }: WordToken,
  sources: readonly Source[],
  shown: string,
): boolean {
  if (isCapital && !startsSentence && !TERMS.has(shown) && !sources.some(({ capitals }) => capitals.has(shown)))
    return false;
  if (sources.some((source) => source.says(word))) return true;
  if (CONNECTING.has(word)) return true;
  if (DIRECTIONS.has(word)) return sources.some((source) => source.allows(word));
  return CAUSAL.has(word) && sources.some(({ key }) => key.startsWith(CAUSE));
}

/** What statements say that must not be lost, and statements of which nothing is said. */
function leftOut(tokens: readonly Token[], sources: readonly Source[], read: string): Problem[] {
  const said = countsOf(tokens);
  const words = new Set([...said.keys(), ...sources.flatMap(({ counts }) => [...counts.keys()])]);
  const lost = [...words].filter(
    (word) => (said.get(word) ?? 0) !== sources.reduce((sum, { counts }) => sum + (counts.get(word) ?? 0), 0),
  );
  const unhedged = sources.flatMap(({ words }) => {
    const hedges = [...words].filter((word) => HEDGES.has(word));
    return hedges.some((hedge) => tokens.some((token) => token.kind === 'word' && token.word === hedge))
      ? []
      : hedges.slice(0, 1);
  });
  const unsaid = sources.filter(({ items }) => {
    const values = items.filter(({ kind }) => kind === 'number' || kind === 'date' || kind === 'quoted');
    return values.length > 0 && !values.some((item) => tokens.some((token) => isMentionOf(token, item, read, true)));
  });
  return [...lost, ...unhedged, ...unsaid.map(({ key }) => key)].map((found) => ({ kind: 'left_out', found }));
}

interface Intro {
  /** The word right before a value, behind "about" and the like. */
  before: string | null;
  approximation: string | null;
}

function introOf(tokens: readonly Token[], index: number): Intro {
  let approximation: string | null = null;
  let at = index - 1;
  for (let token = tokens[at]; token?.kind === 'word' && APPROXIMATE.has(token.word); token = tokens[at]) {
    approximation ??= token.word;
    at -= 1;
  }
  const token = tokens[at];
  return { before: token?.kind === 'word' ? token.word : null, approximation };
}

/** @param isMagnitude "fell by 12 %" says what -12 % says */
function isMentionOf(token: Token, item: Item, read: string, isMagnitude: boolean): boolean {
  if (token.kind === 'quoted') return item.kind === 'quoted' && item.character === read.charAt(token.start);
  return isValueOf(token, item, isMagnitude);
}

function isValueOf(token: Token, item: Item, isMagnitude: boolean, approximation: string | null = 'about'): boolean {
  if (token.kind === 'date') return item.kind === 'date' && isDateOf(token, item.token);
  if (token.kind !== 'number' || item.kind !== 'number' || token.unit !== item.token.unit) return false;
  if (!item.isValue && token.isInWords !== item.token.isInWords) return false;
  const exact = isMagnitude && item.exact < 0 && token.amount >= 0 ? -item.exact : item.exact;
  return isRoundingOf(token, { ...item, exact }, item.token, approximation);
}

function isRoundingOf(
  { amount, step }: NumberToken,
  { exact, places, isApproximate }: Known,
  shown: NumberToken,
  approximation: string | null,
): boolean {
  if ((isApproximate && approximation === null) || step < SMALLEST_STEP) return false;
  if (approximation !== null && APPROACHING.has(approximation) && amount < exact - EPSILON) return false;
  // What is not zero is not told as zero, unless the statement itself does.
  if (amount === 0 && Math.abs(exact) > EPSILON && shown.amount !== 0) return false;
  // "12.30" claims a digit that the statement does not have.
  if (step < shown.step && Math.round(amount / step) % 10 === 0) return false;
  const off = Math.abs(amount - exact);
  // Money is told to the cent, unless the text says that it is rounded.
  if (places !== null && approximation === null) {
    return step >= 10 ** -places && Math.abs(amount - round(exact, places)) < EPSILON;
  }
  const place = approximation === null ? step : Math.max(step, trailing(amount));
  if (place > 1 && off > MAX_ROUNDING * Math.abs(exact)) return false;
  return off <= 0.5 * place + EPSILON * Math.max(1, Math.abs(exact));
}

/** The place of the last digit that is not zero: 100 of 1200, 1 of 1234. */
function trailing(amount: number): number {
  let place = 1;
  if (amount === 0 || !Number.isInteger(amount)) return place;
  while (amount % (place * 10) === 0) place *= 10;
  return place;
}

function isDateOf(said: DateToken, known: DateToken): boolean {
  const agrees = (part: number | null, other: number | null) => part === null || part === other;
  if (!agrees(said.year, known.year) || !agrees(said.month, known.month) || !agrees(said.day, known.day)) return false;
  if (said.part === null || said.part === known.part) return true;
  if (known.day === null) return false;
  return said.part === (known.day <= 10 ? 'early' : known.day <= 20 ? 'mid' : 'late');
}

/** Parts of the text that can each be of another statement. */
function clausesOf(tokens: readonly Token[]): Token[][] {
  const clauses: Token[][] = [[]];
  for (const token of tokens) {
    if (token.kind === 'pause') clauses.push([]);
    else if (token.kind === 'stop') clauses.push([token], []);
    else if (token.kind === 'word' && CLAUSE_WORDS.has(token.word)) clauses.push([token]);
    else clauses.at(-1)?.push(token);
  }
  return clauses.filter((clause) => clause.length > 0);
}

/** How far a statement has been told: its last item, of each row of items, and since the sentence began whose values are being told. */
interface Told {
  last: Readonly<Record<string, number>>;
  owners: Readonly<Partial<Record<Item['kind'], number>>>;
}

/** Looks for a statement for each clause. */
class Matching {
  private steps = 0;

  constructor(
    private readonly clauses: readonly (readonly Token[])[],
    private readonly sources: readonly Source[],
    private readonly read: string,
  ) {}

  isFound(): boolean {
    return this.match(
      0,
      this.sources.map(() => ({ last: {}, owners: {} })),
      0,
    );
  }

  private match(index: number, told: readonly Told[], preferred: number): boolean {
    const clause = this.clauses[index];
    if (!clause) return true;
    if (clause[0]?.kind === 'stop') {
      return this.match(
        index + 1,
        told.map(({ last }) => ({ last, owners: {} })),
        preferred,
      );
    }
    // Most likely it goes on with the same statement.
    const order = this.sources.map((_, offset) => (preferred + offset) % this.sources.length);
    for (const which of order) {
      const [source, before] = [this.sources[which], told[which]];
      if (!source || !before) continue;
      for (const after of explain(clause, source, before, this.read)) {
        if (++this.steps > MAX_STEPS) return false;
        if (this.match(index + 1, told.with(which, after), which)) return true;
      }
      if (++this.steps > MAX_STEPS) return false;
    }
    return false;
  }
}

/** How far `source` can be told after the clause, in every way to read it; empty when the clause is not of it. */
function explain(clause: readonly Token[], source: Source, before: Told, read: string): Told[] {
  const isMagnitude = clause.some((token) => token.kind === 'word' && senseOf(token.word) === 'down');
  let ways: Told[] = [before];
  for (const [index, token] of clause.entries()) {
    if (token.kind === 'word') {
      if (!isWordOf(token.word, source)) return [];
      ways = ways.flatMap((told) => afterWord(token.word, source, told));
    } else if (token.kind === 'quoted') {
      ways = ways.flatMap((told) => advance(source, told, (item) => isMentionOf(token, item, read, false)));
    } else if (token.kind === 'number' || token.kind === 'date') {
      ways = ways.flatMap((told) => afterValue(token, introOf(clause, index), source, told, isMagnitude));
    }
    if (ways.length === 0) return [];
    ways = ways.slice(0, MAX_WAYS);
  }
  return ways;
}

function isWordOf(word: string, source: Source): boolean {
  if (source.says(word)) return true;
  if (DIRECTIONS.has(word)) return source.allows(word);
  return CONNECTING.has(word) || CLAUSE_WORDS.has(word) || (CAUSAL.has(word) && source.key.startsWith(CAUSE));
}

function afterWord(word: string, source: Source, told: Told): Told[] {
  const subject = SUBJECTS.get(word);
  if (source.hasSubjects && subject !== undefined) {
    return advance(source, told, (item) => item.kind === 'subject' && item.subject === subject);
  }
  const sense = senseOf(word);
  if (!source.hasSenses || !sense || sense === 'moved') return [told];
  return advance(
    source,
    told,
    (item, index) =>
      item.kind === 'direction' && item.sense === sense && isOwned(source, told, index, ['quoted', 'subject']),
  );
}

function afterValue(token: Token, intro: Intro, source: Source, told: Told, isMagnitude: boolean): Told[] {
  return advance(source, told, (item, index) => {
    if (!isValueOf(token, item, isMagnitude, intro.approximation)) return false;
    if (!isSameRole(token, intro.before, item)) return false;
    if (!isOwned(source, told, index, OWNERS)) return false;
    const skipped = source.items.slice(lastOf(source, told, item) + 1, index);
    // To leave out a value of the same kind is clear only where the words before the value say which one it is.
    return (intro.before !== null && intro.before === item.before) || !skipped.some((other) => isSameKind(item, other));
  });
}

function isSameRole(token: Token, said: string | null, item: Item): boolean {
  const known = item.before;
  if (item.kind === 'number' && !item.isValue) return said === known;
  // "11 % lower" is lower by 11 %.
  if (said === known || (said === 'by' && known === null)) return true;
  if (said !== null && (ROLES.has(said) || (said === 'in' && token.kind === 'number'))) return false;
  return known === null || !LIMITS.has(known);
}

function isSameKind(item: Item, other: Item): boolean {
  if (item.kind === 'number') return other.kind === 'number' && other.token.unit === item.token.unit;
  return item.kind === other.kind;
}

/** Whether an item belongs to whom the sentence is telling of. */
function isOwned(source: Source, told: Told, index: number, kinds: readonly Item['kind'][]): boolean {
  return kinds.every((kind) => {
    const owner = told.owners[kind];
    return owner === undefined || owner === source.items.findLastIndex((item, at) => at <= index && item.kind === kind);
  });
}

/** Goes on to each later item that fits, or stays at the last one. */
function advance(source: Source, told: Told, fits: (item: Item, index: number) => boolean): Told[] {
  return source.items.flatMap((item, index) =>
    index >= lastOf(source, told, item) && fits(item, index)
      ? [{ last: { ...told.last, [source.rowOf(item)]: index }, owners: { ...told.owners, [item.kind]: index } }]
      : [],
  );
}

function lastOf(source: Source, told: Told, item: Item): number {
  return told.last[source.rowOf(item)] ?? -1;
}
