import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config';
import { ChatModel, FailureReason, MAX_OUTPUT_TOKENS, Message, ModelFailure } from './chat-model';
import { problemsOf, readDraft, toText } from './draft';
import { ModelResult, Tokens } from './model-result';
import { References, repairMessage, SYSTEM_PROMPT, userMessage } from './prompt';
import { Text, ToWrite } from './text';
import { TokenBudget, TokenReservation } from './token-budget';

const UNREADABLE = ['It is not the JSON object that was asked for'];

const NOTES = {
  timeout: 'The model did not answer in time.',
  unreachable: 'The model could not be reached.',
  rate_limited: 'The model is asked too often now.',
  server_error: 'The model’s server failed.',
  quota: 'The account of the model is used up.',
  rejected: 'The model’s server refused the request: check its address, model and key.',
  refused: 'The model refused to write.',
  filtered: 'The model’s text was withheld by its server.',
  truncated: 'The model’s text was cut off.',
  budget: 'Your budget of the day for the model is used up.',
  unreadable: 'The model’s answer could not be read.',
  unproven: 'The model’s text said what the evidence does not.',
} as const satisfies Record<FailureReason | 'budget' | 'unreadable' | 'unproven', string>;

/** Failures of the answer, which the same statements would most likely meet again. */
const OF_THE_TEXT: ReadonlySet<string> = new Set(['refused', 'filtered', 'truncated', 'unreadable', 'unproven']);

/** What was spent; null from the first call on that nobody counted. */
interface Spent {
  tokens: Tokens | null;
  calls: number;
}

/** Lets the model phrase the statements; what it writes is used only where all of it comes from them. */
@Injectable()
export class ModelWriter {
  constructor(
    private readonly model: ChatModel,
    private readonly budget: TokenBudget,
    private readonly config: Config,
  ) {}

  /** @returns with `isFinal` whether the same statements are better not tried again today */
  async write(userId: string, toWrite: ToWrite): Promise<ModelResult & { isFinal: boolean }> {
    const references = new References(toWrite);
    const spent: Spent = { tokens: { input: 0, output: 0 }, calls: 0 };
    const messages: Message[] = [
      { role: 'system', content: SYSTEM_PROMPT },
      { role: 'user', content: userMessage(toWrite, references) },
    ];
    try {
      const first = await this.draft(userId, messages, toWrite, references, spent);
      if (first.text) return this.result(spent, first.text, null);
      messages.push(
        { role: 'assistant', content: first.content },
        { role: 'user', content: repairMessage(first.problems) },
      );
      const second = await this.draft(userId, messages, toWrite, references, spent);
      if (second.text) return this.result(spent, second.text, null);
      return this.result(spent, null, second.problems === UNREADABLE ? 'unreadable' : 'unproven');
    } catch (error) {
      if (error instanceof ModelFailure) return this.result(spent, null, error.reason);
      if (error instanceof BudgetSpent) return this.result(spent, null, 'budget');
      throw error;
    }
  }

  private async draft(userId: string, messages: Message[], toWrite: ToWrite, references: References, spent: Spent) {
    const { content } = await this.ask(userId, messages, spent);
    const draft = readDraft(content);
    const problems = draft ? problemsOf(draft, toWrite, references) : UNREADABLE;
    const text: Text | null = draft && problems.length === 0 ? toText(draft, toWrite, references) : null;
    return { content, problems, text };
  }

  /** One call, within the user's budget. */
  private async ask(userId: string, messages: Message[], spent: Spent) {
    const size = Buffer.byteLength(messages.map(({ content }) => content).join(''));
    // English has about four bytes to a token; two leave room for other scripts.
    const reservation = await this.budget.reserve(userId, Math.ceil(size / 2) + MAX_OUTPUT_TOKENS);
    if (!reservation) throw new BudgetSpent();
    try {
      const answer = await this.model.answer(messages);
      await this.settle(reservation, spent, answer.tokens, Math.ceil((size + Buffer.byteLength(answer.content)) / 4));
      return answer;
    } catch (error) {
      const reason = error instanceof ModelFailure ? error.reason : null;
      const tokens = error instanceof ModelFailure ? error.tokens : null;
      // What was turned down costs nothing; what was answered or may still be thought about does.
      if (reason !== null && (OF_THE_TEXT.has(reason) || reason === 'timeout')) {
        await this.settle(reservation, spent, tokens, reservation.tokens);
      } else {
        await this.budget.settle(reservation, 0, null);
      }
      throw error;
    }
  }

  private async settle(
    reservation: TokenReservation,
    spent: Spent,
    tokens: Tokens | null,
    estimate: number,
  ): Promise<void> {
    spent.calls += 1;
    spent.tokens = spent.tokens &&
      tokens && { input: spent.tokens.input + tokens.input, output: spent.tokens.output + tokens.output };
    await this.budget.settle(reservation, tokens ?? estimate, tokens && this.costOf(tokens));
  }

  private result(spent: Spent, text: Text | null, reason: keyof typeof NOTES | null) {
    const tokens = spent.calls === 0 ? null : spent.tokens;
    return {
      text,
      note: reason && NOTES[reason],
      tokens,
      cost: tokens && this.costOf(tokens),
      isFinal: reason === null || OF_THE_TEXT.has(reason),
    };
  }

  /** USD to the millionth; null without prices. */
  private costOf({ input, output }: Tokens): string | null {
    const { LLM_INPUT_PRICE, LLM_OUTPUT_PRICE } = this.config.env;
    if (LLM_INPUT_PRICE === undefined || LLM_OUTPUT_PRICE === undefined) return null;
    return ((input * LLM_INPUT_PRICE + output * LLM_OUTPUT_PRICE) / 1e6).toFixed(6);
  }
}

class BudgetSpent extends Error {}
