import { Statement } from '../statement';
import { check, Problem } from './ledger';
import { References } from './prompt';
import { Paragraph, SectionName, Text, ToWrite } from './text';

const MAX_HEADLINE = 400;
const MAX_SENTENCE = 800;
/** What goes into a repair; the rest is most likely more of the same. */
const MAX_PROBLEMS = 20;

interface Sentence {
  text: string;
  statements: string[];
}

/** A text as the model writes it: each sentence with the statements that it tells. */
export interface Draft {
  headline: Sentence;
  paragraphs: { section: string; sentences: Sentence[] }[];
}

/** The draft in what a model answered, without its thoughts and fences around it; null where there is none. */
export function readDraft(content: string): Draft | null {
  const said = content.slice(Math.max(0, content.lastIndexOf('</think>'))).replace(/^<\/think>/, '');
  const json = said.slice(said.indexOf('{'), said.lastIndexOf('}') + 1);
  try {
    const draft: unknown = JSON.parse(json);
    return isDraft(draft) ? draft : null;
  } catch {
    return null;
  }
}

function isDraft(value: unknown): value is Draft {
  if (!isObject(value) || !isSentence(value['headline']) || !Array.isArray(value['paragraphs'])) return false;
  return value['paragraphs'].every(
    (paragraph) =>
      isObject(paragraph) &&
      typeof paragraph['section'] === 'string' &&
      Array.isArray(paragraph['sentences']) &&
      paragraph['sentences'].every(isSentence),
  );
}

function isSentence(value: unknown): value is Sentence {
  return (
    isObject(value) &&
    typeof value['text'] === 'string' &&
    Array.isArray(value['statements']) &&
    value['statements'].every((key) => typeof key === 'string')
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** The draft as a text, with what references stand for and the sections in the order of `toWrite`. */
export function toText(draft: Draft, { sections }: ToWrite, references: References): Text {
  const shown = ({ text }: Sentence) => references.show(text.trim());
  const paragraphs = sections.flatMap(({ name }): Paragraph[] => {
    const sentences = draft.paragraphs.filter(({ section }) => section === name).flatMap((one) => one.sentences);
    if (sentences.length === 0) return [];
    return [
      {
        section: name,
        text: sentences.map((sentence) => closed(shown(sentence))).join(' '),
        statements: [...new Set(sentences.flatMap(({ statements }) => statements))],
      },
    ];
  });
  return { headline: shown(draft.headline).replace(/\.$/, ''), paragraphs };
}

function closed(sentence: string): string {
  return sentence.endsWith('.') ? sentence : `${sentence}.`;
}

/** Why the draft cannot be shown, in words for the model; empty when it can. */
export function problemsOf(draft: Draft, toWrite: ToWrite, references: References): string[] {
  const all = new Map(toWrite.sections.flatMap(({ statements }) => statements.map((one) => [one.key, one] as const)));
  const told = new Set<string>();
  const problems = sentenceProblems('The headline', draft.headline, all, MAX_HEADLINE, references);
  draft.paragraphs.forEach(({ section, sentences }, index) => {
    const own = statementsOf(toWrite, section);
    if (!own) problems.push(`Paragraph ${String(index + 1)}: there is no section "${section.slice(0, 40)}"`);
    sentences.forEach((sentence, at) => {
      const place = `Sentence ${String(at + 1)} of paragraph ${String(index + 1)}`;
      problems.push(...sentenceProblems(place, sentence, own ?? new Map(), MAX_SENTENCE, references));
      for (const key of sentence.statements) told.add(key);
    });
  });
  const left = [...all.keys()].filter((key) => !told.has(key));
  problems.push(...left.map((key) => `The statement "${key}" is not told`));
  return problems.slice(0, MAX_PROBLEMS);
}

function statementsOf({ sections }: ToWrite, name: string): Map<string, Statement> | null {
  const section = sections.find((one) => one.name === (name as SectionName));
  return section ? new Map(section.statements.map((one) => [one.key, one])) : null;
}

function sentenceProblems(
  place: string,
  { text, statements: keys }: Sentence,
  known: ReadonlyMap<string, Statement>,
  maxLength: number,
  references: References,
): string[] {
  const unknown = keys.filter((key) => !known.has(key));
  if (unknown.length > 0) return unknown.map((key) => `${place}: its section has no statement "${key.slice(0, 80)}"`);
  const cited = [...new Set(keys)].flatMap((key) => known.get(key) ?? []);
  if (cited.length === 0) return [`${place}: it names no statement`];
  if (text.trim() === '') return [`${place}: it is empty`];
  if (text.length > maxLength) return [`${place}: it is longer than ${String(maxLength)} characters`];
  return check(references.show(text.trim()), cited).map((problem) => `${place}: ${described(problem)}`);
}

function described({ kind, found }: Problem): string {
  const what = found.slice(0, 80);
  switch (kind) {
    case 'number':
      return `"${what}" is no number of the statements that it names, in their unit`;
    case 'date':
      return `"${what}" is no date of the statements that it names`;
    case 'quote':
    case 'character':
      return `"${what}" must not be in it`;
    case 'word':
      return `"${what}" is no word of the statements that it names`;
    case 'left_out':
      return `it leaves out "${what}"`;
    case 'meaning':
      return 'its parts are not put together as in the statements: keep their order, directions and the words before values';
  }
}
