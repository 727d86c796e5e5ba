import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { Config } from '../../config/config';
import { writeLocally } from './local-writer';
import { ModelResult } from './model-result';
import { ModelWriter } from './model-writer';
import { PROMPT_VERSION } from './prompt';
import { Text, ToWrite } from './text';
import { WrittenTexts } from './written-texts';

export interface WrittenText extends Text {
  writtenBy: 'rules' | 'model';
  /** The model, where it wrote the text. */
  model: string | null;
  /** What asking the model took, also where its text was not used; null where it was not asked or its server did not count. */
  tokens: { input: number; output: number } | null;
  cost: { amount: string; currency: 'USD' } | null;
  /** The model was asked before, and not for this answer. */
  cached: boolean;
  /** Why the local writer wrote it though a model is set. */
  note: string | null;
}

/** Writes statements as text: by the model where one is set and all it says comes from them, else by rules. */
@Injectable()
export class Writer {
  /** Of texts that are being written, by user and hash: who asks meanwhile waits for the same one. */
  private readonly underWay = new Map<string, Promise<ModelResult>>();

  constructor(
    private readonly config: Config,
    private readonly texts: WrittenTexts,
    private readonly model: ModelWriter,
  ) {}

  /** Whatever the model does, there is a text. */
  async write(userId: string, toWrite: ToWrite): Promise<WrittenText> {
    const hasStatements = toWrite.sections.some(({ statements }) => statements.length > 0);
    const { model } = this.config;
    if (!model || !hasStatements) {
      return {
        ...writeLocally(toWrite),
        writtenBy: 'rules',
        model: null,
        tokens: null,
        cost: null,
        cached: false,
        note: null,
      };
    }
    const hash = hashOf(toWrite, model);
    const known = await this.texts.find(userId, hash);
    const { text, note, tokens, cost } = known ?? (await this.once(userId, hash, toWrite));
    return {
      ...(text ?? writeLocally(toWrite)),
      writtenBy: text ? 'model' : 'rules',
      model: text && model.name,
      tokens,
      cost: cost === null ? null : { amount: cost, currency: 'USD' },
      cached: known !== null,
      note,
    };
  }

  private once(userId: string, hash: string, toWrite: ToWrite): Promise<ModelResult> {
    const key = `${userId} ${hash}`;
    const started = this.underWay.get(key);
    if (started) return started;
    const writing = this.ask(userId, hash, toWrite).finally(() => this.underWay.delete(key));
    this.underWay.set(key, writing);
    return writing;
  }

  private async ask(userId: string, hash: string, toWrite: ToWrite): Promise<ModelResult> {
    const result = await this.model.write(userId, toWrite);
    if (result.isFinal) await this.texts.keep(userId, hash, result);
    return result;
  }
}

/** The same for the same statements, prompt, model and server. */
function hashOf({ sections }: ToWrite, { name, host }: { name: string; host: string }): string {
  const told = sections.map((section) => [
    section.name,
    section.statements.map(({ key, template, values, direction }) => [key, template, values, direction]),
  ]);
  return createHash('sha256')
    .update(JSON.stringify([PROMPT_VERSION, name, host, told], inOrder))
    .digest('hex');
}

/** Objects with their keys in order: what comes from jsonb has another. */
function inOrder(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
