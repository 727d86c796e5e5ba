import { Statement } from '../statement';
import { Text, ToWrite } from './text';

/** Two sentences up to this many characters each are told in one. */
const SHORT = 90;
/** Ends the clause that says what a sentence is about. */
const PAUSE = '; ';
/** Words that may be written small within a sentence. */
const SMALL_WITHIN = /^(The|A|An|It|Its|This|In|On|Over|From|Since|By|At|For|When|There|No)(?= )/;

/**
 * The statements in plain English, by rules: always there, and the same for the same statements. Of its own it says only "and", so that all it
 * tells comes from the statements.
 */
export function writeLocally({ sections }: ToWrite): Text {
  const told = sections.filter(({ statements }) => statements.length > 0);
  const first = told[0]?.statements[0];
  return {
    headline: first ? withoutStop(first.text) : '',
    paragraphs: told.map(({ name, statements }) => ({
      section: name,
      text: paragraph(statements),
      statements: statements.map(({ key }) => key),
    })),
  };
}

function paragraph(statements: readonly Statement[]): string {
  const sentences: string[] = [];
  const told = withoutRepetition(statements.map(sentenceOf));
  for (let index = 0; index < told.length; index++) {
    const one = told[index] ?? '';
    const next = told[index + 1] ?? '';
    if (isShort(one) && isShort(next) && SMALL_WITHIN.test(next)) {
      sentences.push(`${withoutStop(one)}, and ${small(next)}`);
      index += 1;
    } else {
      sentences.push(one);
    }
  }
  return sentences.join(' ');
}

/** Sentences in a row that begin with the same clause say it once. */
function withoutRepetition(sentences: readonly string[]): string[] {
  const told: string[] = [];
  let last = '';
  for (const sentence of sentences) {
    const clause = sentence.slice(0, sentence.indexOf(PAUSE) + PAUSE.length);
    const open = told.pop();
    if (open !== undefined && clause === last && !open.includes('. '))
      told.push(`${withoutStop(open)}${PAUSE}${sentence.slice(clause.length)}`);
    else told.push(...(open === undefined ? [] : [open]), sentence);
    // A pause within what others wrote is none.
    last = sentence.includes(PAUSE) && !clause.includes('“') ? clause : '';
  }
  return told;
}

function sentenceOf(statement: Statement): string {
  const text = statement.text.trim();
  return text === '' || text.endsWith('.') ? text : `${text}.`;
}

function withoutStop(sentence: string): string {
  return sentence.replace(/\.$/, '');
}

/** One sentence, with no pause of its own that an "and" would be lost in. */
function isShort(sentence: string): boolean {
  return sentence !== '' && sentence.length <= SHORT && !/[;:(“]|\. /.test(sentence);
}

function small(sentence: string): string {
  return sentence.replace(SMALL_WITHIN, (word) => word.toLowerCase());
}
