import { SourceError } from './source-error';
import { isRecord } from './vendor-json';

const MAX_BODY_BYTES = 128 * 1024 * 1024;

export interface VendorRequest {
  /** For error messages. */
  vendor: string;
  url: URL;
  method?: 'GET' | 'POST' | 'DELETE';
  headers?: Record<string, string>;
  body?: string;
  /** For the whole answer, body included: a slow drip ends too. */
  timeoutMs: number;
}

export interface VendorAnswer {
  status: number;
  headers: Headers;
  /** The body, when it is a JSON object. */
  body: Record<string, unknown> | undefined;
}

/**
 * One HTTP call to a vendor. No address and nothing of the answer gets into an error: addresses carry keys, and answers are
 * anybody's text.
 * @throws SourceError `timeout`, `upstream_error` when there is no answer, `unparseable` when it is endless
 */
export async function requestVendor(request: VendorRequest): Promise<VendorAnswer> {
  const { vendor, url, method = 'GET', headers, body, timeoutMs } = request;
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    // A redirect would carry the key to wherever it points.
    const response = await fetch(url, { signal, method, headers, body, redirect: 'error' });
    return {
      status: response.status,
      headers: response.headers,
      body: parseObject(await readBody(vendor, response)),
    };
  } catch (error) {
    if (error instanceof SourceError) throw error;
    if (signal.aborted) throw new SourceError('timeout', `${vendor} did not answer in time`);
    const code = isRecord(error) && isRecord(error['cause']) ? error['cause']['code'] : undefined;
    throw new SourceError(
      'upstream_error',
      `${vendor} could not be reached (${typeof code === 'string' ? code : 'network error'})`,
    );
  }
}

/** From `Retry-After` in seconds or as a date; undefined where it says nothing of use. */
export function retryAfterMs(headers: Headers, now: Date): number | undefined {
  const text = headers.get('retry-after');
  if (text === null) return undefined;
  const wait = /^\d{1,6}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now.getTime();
  return wait >= 0 ? wait : undefined;
}

async function readBody(vendor: string, response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new SourceError('unparseable', `${vendor} sent more than can be right`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const body: unknown = JSON.parse(text);
    return isRecord(body) ? body : undefined;
  } catch {
    return undefined;
  }
}
