import { Injectable, Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI, { APIConnectionError, APIError } from 'openai';
import type { ChatCompletion, ChatCompletionCreateParamsNonStreaming } from 'openai/resources/chat/completions';
import { Clock } from '../../common/clock';
import { withDeadline } from '../../common/deadline';
import { Config } from '../../config/config';
import { Tokens } from './model-result';
import { SCHEMA } from './prompt';

/** Room for the text, and for what a model that reasons thinks before it. */
export const MAX_OUTPUT_TOKENS = 4000;

/** Where the server does not say when to try again. */
const RETRY_MS = 500;
/** Every setting that a server may refuse, once each. */
const MAX_ADAPTIONS = 4;
/** The model is left alone after a failure that the next call would most likely meet too. */
const PAUSE_MS = 60_000;
/** Of an account or a setting, which do not mend themselves. */
const LONG_PAUSE_MS = 600_000;
const PAUSES: Readonly<Partial<Record<FailureReason, number>>> = {
  timeout: PAUSE_MS,
  unreachable: PAUSE_MS,
  rate_limited: PAUSE_MS,
  server_error: PAUSE_MS,
  quota: LONG_PAUSE_MS,
  rejected: LONG_PAUSE_MS,
};

/** Of the call (`timeout` to `rejected`), and of the answer. */
export type FailureReason =
  | 'timeout'
  | 'unreachable'
  | 'rate_limited'
  | 'server_error'
  | 'quota'
  | 'rejected'
  | 'refused'
  | 'filtered'
  | 'truncated';

export class ModelFailure extends Error {
  constructor(
    readonly reason: FailureReason,
    /** As the server counted; null where it did not, or where nobody knows what the call took. */
    readonly tokens: Tokens | null = null,
  ) {
    super(reason);
  }
}

export interface Message {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

export interface Answer {
  content: string;
  /** Null where the server did not count. */
  tokens: Tokens | null;
}

type Format = 'json_schema' | 'json_object' | 'none';
const EASIER: Readonly<Record<Format, Format>> = { json_schema: 'json_object', json_object: 'none', none: 'none' };

/** What the server understands, as far as its answers have told. */
interface Abilities {
  format: Format;
  limit: 'max_completion_tokens' | 'max_tokens';
  hasTemperature: boolean;
}

/**
 * A server that speaks OpenAI's chat completions. What it refuses (a JSON schema, JSON at all, the name of the limit, a temperature) is
 * left out from then on. Its failures are told by reason and never by its words, which may hold a key.
 */
@Injectable()
export class ChatModel {
  private readonly logger = new Logger(ChatModel.name);
  private readonly client: OpenAI | null;
  private abilities: Abilities;
  private pause: { until: number; reason: FailureReason } | null = null;

  constructor(
    private readonly config: Config,
    private readonly clock: Clock,
  ) {
    const { LLM_BASE_URL: baseURL, LLM_API_KEY, LLM_TEMPERATURE } = config.env;
    // Named one by one, as the library would take them from the environment. A key must not be empty, and servers at home ask for none.
    const none = { organization: null, project: null, adminAPIKey: null, webhookSecret: null };
    this.client = config.model
      ? new OpenAI({
          ...none,
          baseURL,
          apiKey: LLM_API_KEY ?? 'none',
          maxRetries: 0,
          logLevel: 'off',
          fetchOptions: { redirect: 'error' },
        })
      : null;
    this.abilities = {
      format: 'json_schema',
      // Reasoning models refuse the old name, and older servers do not know the new one.
      limit: config.model?.host.endsWith('.openai.com') ? 'max_completion_tokens' : 'max_tokens',
      hasTemperature: LLM_TEMPERATURE !== undefined,
    };
  }

  /** @throws ModelFailure */
  async answer(messages: Message[]): Promise<Answer> {
    const now = this.clock.now().getTime();
    if (this.pause && now < this.pause.until) throw new ModelFailure(this.pause.reason);
    try {
      const answer = read(await this.ask(messages));
      this.pause = null;
      return answer;
    } catch (error) {
      if (!(error instanceof ModelFailure)) throw error;
      const pause = PAUSES[error.reason];
      if (pause !== undefined) this.pause = { until: now + pause, reason: error.reason };
      throw error;
    }
  }

  private async ask(messages: Message[]): Promise<ChatCompletion> {
    const ms = this.config.env.LLM_TIMEOUT_SECONDS * 1000;
    const deadline = performance.now() + ms;
    const signal = AbortSignal.timeout(ms);
    let isRetried = false;
    for (let adaptions = 0; ;) {
      const tried = this.abilities;
      try {
        return await withDeadline(this.request(messages, tried, signal, ms), ms);
      } catch (error) {
        if (signal.aborted || performance.now() >= deadline) throw new ModelFailure('timeout');
        const easier = adaptions < MAX_ADAPTIONS ? adapted(error, tried) : null;
        if (easier) {
          adaptions += 1;
          // Another call may have learned it meanwhile.
          if (this.abilities === tried) this.abilities = easier;
          continue;
        }
        const wait = isRetried ? null : retryAfter(error);
        if (wait === null || performance.now() + wait >= deadline) throw this.failure(error);
        isRetried = true;
        await sleep(wait);
      }
    }
  }

  private async request(
    messages: Message[],
    abilities: Abilities,
    signal: AbortSignal,
    timeout: number,
  ): Promise<ChatCompletion> {
    if (!this.client) throw new Error('no model is set');
    const { LLM_MODEL: model = '', LLM_TEMPERATURE: temperature } = this.config.env;
    const body: ChatCompletionCreateParamsNonStreaming = {
      model,
      messages,
      [abilities.limit]: MAX_OUTPUT_TOKENS,
      ...(abilities.hasTemperature ? { temperature } : {}),
      ...(abilities.format === 'json_schema'
        ? { response_format: { type: 'json_schema', json_schema: { name: 'insight', strict: true, schema: SCHEMA } } }
        : {}),
      ...(abilities.format === 'json_object' ? { response_format: { type: 'json_object' } } : {}),
    };
    return this.client.chat.completions.create(body, { signal, timeout });
  }

  private failure(error: unknown): ModelFailure {
    const status = error instanceof APIError ? (error.status as number | undefined) : undefined;
    const reason = reasonOf(error, status);
    this.logger.warn({ reason, status }, 'the model did not answer');
    return new ModelFailure(reason);
  }
}

function reasonOf(error: unknown, status: number | undefined): FailureReason {
  if (isOutOfQuota(error)) return 'quota';
  if (status === 429) return 'rate_limited';
  if (status === undefined) return error instanceof APIConnectionError ? 'unreachable' : 'server_error';
  return status >= 500 || status === 408 || status === 409 ? 'server_error' : 'rejected';
}

function isOutOfQuota(error: unknown): boolean {
  return error instanceof APIError && [error.code, error.type].includes('insufficient_quota');
}

/** Milliseconds until it may be tried again; null where that makes no sense. */
function retryAfter(error: unknown): number | null {
  if (!(error instanceof APIError) || isOutOfQuota(error)) return null;
  const status = error.status as number | undefined;
  if (status === undefined || (status !== 429 && status < 500)) return null;
  const headers = error.headers as Headers | undefined;
  const ms = Number(headers?.get('retry-after-ms') ?? NaN);
  if (ms >= 0) return ms;
  const after = headers?.get('retry-after') ?? '';
  if (/^\d+(\.\d+)?$/.test(after)) return Number(after) * 1000;
  const date = Date.parse(after);
  return Number.isNaN(date) ? RETRY_MS : Math.max(0, date - Date.now());
}

/** What to try where the server refused a part of the request; null where it refused something else. */
function adapted(error: unknown, tried: Abilities): Abilities | null {
  if (!(error instanceof APIError) || (error.status !== 400 && error.status !== 422)) return null;
  const words = `${error.param ?? ''} ${error.message}`;
  if (tried.format !== 'none' && /response_format|json_schema|json_object|structured.?output|json mode/i.test(words)) {
    return { ...tried, format: EASIER[tried.format] };
  }
  if (tried.limit === 'max_completion_tokens' && words.includes('max_completion_tokens'))
    return { ...tried, limit: 'max_tokens' };
  if (tried.limit === 'max_tokens' && words.includes('max_tokens')) return { ...tried, limit: 'max_completion_tokens' };
  if (tried.hasTemperature && words.includes('temperature')) return { ...tried, hasTemperature: false };
  return null;
}

/** Types are what the protocol says; what a server sends may differ. */
function read(completion: DeepPartial<ChatCompletion>): Answer {
  const { prompt_tokens: input, completion_tokens: output } = completion.usage ?? {};
  const tokens = isCount(input) && isCount(output) ? { input, output } : null;
  const choice = Array.isArray(completion.choices) ? completion.choices[0] : undefined;
  if (choice?.message?.refusal) throw new ModelFailure('refused', tokens);
  if (choice?.finish_reason === 'content_filter') throw new ModelFailure('filtered', tokens);
  if (choice?.finish_reason === 'length') throw new ModelFailure('truncated', tokens);
  const content = choice?.message?.content;
  return { content: typeof content === 'string' ? content : '', tokens };
}

type DeepPartial<T> = T extends object ? { [K in keyof T]?: DeepPartial<T[K]> | null } : T;

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 1e9;
}
