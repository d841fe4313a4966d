// The one place that sends requests to other servers: no cookies, no referrer, no cache, a token for its own host alone, a stall timeout.
import { EngineFault, cancelled } from '../../src/errors';
import { MOST_ANSWER_BYTES } from './limits';
import { TransientError } from './retry';
import { noResponse, serverBusy, stalled } from './messages';

/** What opens gated models, and the only origin it is sent to. A browser takes it off when that origin redirects elsewhere. */
export interface Credentials {
  readonly origin: string;
  readonly token: string;
}

export interface HttpRequest {
  readonly url: string;
  /** The file that is asked for, for error messages. */
  readonly path: string;
  readonly method?: 'GET' | 'HEAD';
  /**
   * First byte wanted. Goes out as `Range: bytes=N-`, the one form of it that needs no permission by the server (a CORS
   * preflight): the hub's own storage refuses to give one. For the same reason there is no If-Range; the caller compares what comes.
   */
  readonly from?: number;
  readonly credentials?: Credentials | null;
}

/** Statuses of transient errors. */
const TRANSIENT_STATUSES = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Aborts a request when nothing has happened for `ms`. `clear` must be called in the end. */
export class StallTimeout {
  readonly #cancel: AbortSignal;
  readonly #stalled = new AbortController();
  readonly #ms: number;
  /** Aborted by the timeout and by `cancel`. */
  readonly signal: AbortSignal;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(ms: number, cancel: AbortSignal) {
    this.#ms = ms;
    this.#cancel = cancel;
    this.signal = AbortSignal.any([cancel, this.#stalled.signal]);
    this.restart();
  }

  /** Bytes came: the time counts from now on. */
  restart(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#stalled.abort(), this.#ms);
  }

  clear(): void {
    clearTimeout(this.#timer);
  }

  /** What an error of this request means: CANCELLED, a fault of ours, or a TransientError. */
  classify(error: unknown, { path, url }: HttpRequest): unknown {
    if (this.#cancel.aborted) return isTimeout(this.#cancel.reason) ? noResponse(path, url, this.#cancel.reason) : cancelled();
    if (error instanceof EngineFault || error instanceof TransientError) return error;
    if (this.#stalled.signal.aborted) return new TransientError(stalled(path, Math.round(this.#ms / 1000)));
    // fetch and the reading of a body fail with a TypeError when the network does.
    return error instanceof TypeError ? new TransientError(noResponse(path, url, error)) : error;
  }
}

const isTimeout = (reason: unknown): boolean => reason instanceof DOMException && reason.name === 'TimeoutError';

/** The response, whatever its status; a TransientError is thrown for those that may pass. */
export async function send(request: HttpRequest, timeout: StallTimeout): Promise<Response> {
  const { url, path, method = 'GET', from = 0, credentials } = request;
  const headers = new Headers();
  if (from > 0) headers.set('Range', `bytes=${from}-`);
  if (credentials && new URL(url).origin === credentials.origin) headers.set('Authorization', `Bearer ${credentials.token}`);
  const response = await fetch(url, {
    method,
    headers,
    signal: timeout.signal,
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
    // What is downloaded is stored by us; the browser's own copy would take the same space again.
    cache: 'no-store',
  });
  if (!TRANSIENT_STATUSES.has(response.status)) return response;
  await response.body?.cancel();
  throw new TransientError(serverBusy(path, response.status, url), retryAfter(response.headers.get('retry-after')));
}

/** Milliseconds of a Retry-After header, which holds seconds or a date; null for none. Many servers do not let pages read it. */
export function retryAfter(header: string | null, now = Date.now()): number | null {
  if (header === null || header.trim() === '') return null;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

/** What `read` makes of the response to one small request, sent once. Throws as `send`, and CANCELLED. */
export async function fetchOnce<T>(
  request: HttpRequest,
  stallMs: number,
  signal: AbortSignal,
  read: (response: Response) => Promise<T>,
): Promise<T> {
  const timeout = new StallTimeout(stallMs, signal);
  try {
    return await read(await send(request, timeout));
  } catch (error) {
    throw timeout.classify(error, request);
  } finally {
    timeout.clear();
  }
}

/** Bytes of a file as a header gives them; null when it does not. */
export const byteCount = (text: string | null): number | null => (text !== null && /^\d+$/.test(text) ? Number(text) : null);

/** Whether a web page came: servers of single-page applications send theirs for every address. */
export const isWebPage = (response: Response): boolean => response.headers.get('content-type')?.startsWith('text/html') ?? false;

/**
 * The body of a response, counted as it comes, unpacked where the connection packs it; null when it has more than `most` bytes: then
 * the rest is not read. Throws when the body breaks off.
 */
export async function readBody(response: Response, onBytes: (bytes: number) => void, most: number): Promise<Blob | null> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  const reader = response.body?.getReader();
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done) return new Blob(pieces);
    bytes += value.length;
    if (bytes > most) {
      await reader?.cancel();
      return null;
    }
    pieces.push(value);
    onBytes(bytes);
  }
}

/** The body of a response as JSON; null when it is none, or larger than any answer of a hub. Throws when the body breaks off. */
export async function jsonOf(response: Response): Promise<unknown> {
  const text = await (await readBody(response, () => undefined, MOST_ANSWER_BYTES))?.text();
  try {
    return text === undefined ? null : (JSON.parse(text) as unknown);
  } catch {
    return null;
  }
}
