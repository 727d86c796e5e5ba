import { createServer, IncomingMessage, Server, ServerResponse } from 'node:http';
import { AddressInfo } from 'node:net';
import { text as textOf } from 'node:stream/consumers';

export const MODEL_KEY = 'sk-only-for-tests-0123456789';

/** How the model behaves; `…_once`: with its first call only, and honest afterwards. */
export type ModelMode =
  | 'honest'
  | 'lying_with_numbers'
  | 'lying_with_numbers_once'
  | 'lying_with_words_for_numbers'
  | 'lying_with_dates'
  | 'lying_with_names'
  | 'lying_with_direction'
  | 'injected'
  | 'leaving_out'
  | 'citing_nothing'
  | 'refusing'
  | 'refusing_in_words'
  | 'filtering'
  | 'truncating'
  | 'slow'
  | 'dripping'
  | 'rate_limited'
  | 'rate_limited_once'
  | 'rate_limited_for_long'
  | 'out_of_quota'
  | 'failing'
  | 'failing_once'
  | 'rejecting'
  | 'broken_json'
  | 'broken_json_once'
  | 'another_shape'
  | 'empty'
  | 'fenced'
  | 'thinking'
  | 'without_json_schema'
  | 'without_json'
  | 'without_usage'
  | 'reasoning';

interface Sentence {
  text: string;
  statements: string[];
}
interface Answer {
  headline: Sentence;
  paragraphs: { section: string; sentences: Sentence[] }[];
}

export interface ModelCall {
  authorization: string | undefined;
  body: Record<string, unknown> & { messages: { role: string; content: string }[] };
}

export const USAGE = { prompt_tokens: 900, completion_tokens: 150, total_tokens: 1050 };

/** Speaks `/v1/chat/completions` as providers.md 4 has it, and plays a model: it phrases what it is given, or misbehaves. */
export class ModelServer {
  mode: ModelMode = 'honest';
  readonly calls: ModelCall[] = [];

  private constructor(private readonly server: Server) {}

  static async start(): Promise<ModelServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const model = new ModelServer(server);
    server.on('request', (request, response) => void model.answer(request, response));
    return model;
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}/v1`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = JSON.parse(await textOf(request)) as ModelCall['body'];
    this.calls.push({ authorization: request.headers.authorization, body });
    if (request.url !== '/v1/chat/completions') sendError(response, 404, { message: 'no such route' });
    else if (!this.refuses(response, body)) this.complete(response, body);
  }

  /** Answers other than a completion. */
  private refuses(response: ServerResponse, body: ModelCall['body']): boolean {
    const isFirst = this.calls.length === 1;
    const format = (body['response_format'] as { type: string } | undefined)?.type;
    switch (this.mode) {
      case 'slow':
        return true;
      case 'dripping':
        response.writeHead(200, { 'content-type': 'application/json' });
        response.write('{"choices": [');
        return true;
      case 'rate_limited':
        return sendError(response, 429, { message: 'slow down', code: 'rate_limit_exceeded' });
      case 'rate_limited_once':
        return isFirst && sendError(response, 429, { message: 'slow down' }, { 'retry-after': '0' });
      case 'rate_limited_for_long':
        return sendError(response, 429, { message: 'slow down' }, { 'retry-after': '3600' });
      case 'out_of_quota':
        return sendError(response, 429, {
          message: 'pay first',
          type: 'insufficient_quota',
          code: 'insufficient_quota',
        });
      case 'failing':
        return sendError(response, 503, { message: 'overloaded' });
      case 'failing_once':
        return isFirst && sendError(response, 500, { message: 'oops' }, { 'retry-after-ms': '1' });
      case 'rejecting':
        return sendError(response, 401, {
          message: `Incorrect API key provided: ${MODEL_KEY}`,
          code: 'invalid_api_key',
        });
      case 'without_json_schema':
        return (
          format === 'json_schema' &&
          sendError(response, 400, { message: "'response_format.type' must be 'text'", param: 'response_format' })
        );
      case 'without_json':
        return format !== undefined && sendError(response, 400, { message: 'response_format is not supported' });
      case 'reasoning':
        return (
          ('max_tokens' in body &&
            sendError(response, 400, {
              message: "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens'.",
              param: 'max_tokens',
            })) ||
          ('temperature' in body &&
            sendError(response, 400, { message: 'Only the default is supported', param: 'temperature' }))
        );
      default:
        return false;
    }
  }

  private complete(response: ServerResponse, body: ModelCall['body']): void {
    const answer = this.phrase(body);
    const json = JSON.stringify(answer);
    const content: Partial<Record<ModelMode, string>> = {
      refusing_in_words: 'I am sorry, but I cannot help with that.',
      truncating: json.slice(0, json.length / 2),
      broken_json: json.slice(0, -3),
      broken_json_once: this.calls.length === 1 ? json.slice(0, -3) : json,
      another_shape: JSON.stringify({ insights: ['The price fell by 99 %.'] }),
      empty: '',
      fenced: `Here you are:\n\`\`\`json\n${json}\n\`\`\``,
      thinking: `<think>The price fell by {99} %?</think>\n${json}`,
    };
    const message =
      this.mode === 'refusing'
        ? { role: 'assistant', content: null, refusal: 'I cannot help with that.' }
        : { role: 'assistant', content: content[this.mode] ?? json, refusal: null };
    const finish: Partial<Record<ModelMode, string>> = { truncating: 'length', filtering: 'content_filter' };
    send(response, 200, {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1_780_000_000,
      model: body['model'],
      choices: [{ index: 0, message, finish_reason: finish[this.mode] ?? 'stop' }],
      ...(this.mode === 'without_usage' ? {} : { usage: USAGE }),
    });
  }

  private phrase({ messages }: ModelCall['body']): Answer {
    const given = JSON.parse(messages[1]?.content ?? '') as {
      statements: { key: string; section: string; text: string }[];
      quoted: Record<string, string>;
    };
    const answer = honest(given.statements);
    switch (this.mode) {
      case 'lying_with_numbers':
        return told(answer, (text) => text.replace(/\d+/, (digits) => String(Number(digits) + 1)));
      case 'lying_with_numbers_once':
        return this.calls.length === 1 ? told(answer, (text) => text.replace(/\d+ %/, '77 %')) : answer;
      case 'lying_with_words_for_numbers':
        return told(answer, (text) => `${text.replace(/\.$/, '')}, about half of it.`);
      case 'lying_with_dates':
        return told(answer, (text) => text.replace('4 May 2026', '5 May 2026').replace('30 days', 'a month'));
      case 'lying_with_names':
        return told(answer, (text) => `${text.replace(/\.$/, '')}, and Anker took the sales.`);
      case 'lying_with_direction':
        return told(answer, (text) => text.replace('lower', 'higher').replace('worse', 'better'));
      case 'injected':
        // Does what the seller's title asks for.
        return told(answer, (text) => /say: (.*)/i.exec(Object.values(given.quoted).join(' '))?.[1] ?? text);
      case 'leaving_out':
        return { ...answer, paragraphs: answer.paragraphs.slice(0, 1) };
      case 'citing_nothing':
        return { ...answer, headline: { text: 'All is well.', statements: [] } };
      default:
        return answer;
    }
  }
}

/** One paragraph for each section, its statements from last to first. */
function honest(statements: { key: string; section: string; text: string }[]): Answer {
  const [first] = statements;
  const sections = [...new Set(statements.map(({ section }) => section))];
  return {
    headline: { text: first?.text ?? '', statements: first ? [first.key] : [] },
    paragraphs: sections.map((section) => ({
      section,
      sentences: statements
        .filter((one) => one.section === section)
        .reverse()
        .map(({ key, text }, index) => ({
          text:
            index === 0
              ? text
              : text.replace(/^(?:The|On|In|Its|Over|By) /, (word) => `Meanwhile, ${word.toLowerCase()}`),
          statements: [key],
        })),
    })),
  };
}

function told({ headline, paragraphs }: Answer, change: (text: string) => string): Answer {
  const changed = (sentence: Sentence) => ({ ...sentence, text: change(sentence.text) });
  return {
    headline: changed(headline),
    paragraphs: paragraphs.map(({ section, sentences }) => ({ section, sentences: sentences.map(changed) })),
  };
}

function sendError(
  response: ServerResponse,
  status: number,
  error: Record<string, unknown>,
  headers: Record<string, string> = {},
): true {
  send(response, status, { error: { type: null, param: null, code: null, ...error } }, headers);
  return true;
}

function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}
