// The one way Noema asks another server for something: no cookies, no referrer, no cache, a token for its own host alone, and never for ever.
import { EngineFault, cancelled } from '../../src/errors';
import { Interruption } from './patience';
import { busy, noAnswer, stalled } from './words';

/** What opens gated models, and the only origin it is sent to. A browser takes it off when that origin redirects elsewhere. */
export interface Access {
  readonly origin: string;
  readonly token: string;
}

export interface Question {
  readonly url: string;
  /** What is asked for, for what is said when it fails. */
  readonly path: string;
  readonly method?: 'GET' | 'HEAD';
  /**
   * First byte wanted. Goes out as `Range: bytes=N-`, the one form of it that needs no permission by the server (a CORS
   * preflight): the hub's own storage refuses to give one. For the same reason there is no If-Range; who asks compares what comes.
   */
  readonly from?: number;
  readonly access?: Access | null;
}

/** Statuses that may pass. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

/** A request with a watch on it: it is given up when nothing happens for `stallMs`. `stop` must be called in the end. */
export class Watch {
  readonly #cancel: AbortSignal;
  readonly #stalled = new AbortController();
  readonly #ms: number;
  readonly signal: AbortSignal;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(stallMs: number, cancel: AbortSignal) {
    this.#ms = stallMs;
    this.#cancel = cancel;
    this.signal = AbortSignal.any([cancel, this.#stalled.signal]);
    this.beat();
  }

  /** Something came. */
  beat(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#stalled.abort(), this.#ms);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** What an error of this request means: CANCELLED, a fault of ours, or an Interruption. */
  explain(error: unknown, { path, url }: Question): unknown {
    if (this.#cancel.aborted) return isTimeout(this.#cancel.reason) ? noAnswer(path, url, this.#cancel.reason) : cancelled();
    if (error instanceof EngineFault || error instanceof Interruption) return error;
    if (this.#stalled.signal.aborted) return new Interruption(stalled(path, Math.round(this.#ms / 1000)));
    // fetch and the reading of a body fail with a TypeError when the network does.
    return error instanceof TypeError ? new Interruption(noAnswer(path, url, error)) : error;
  }
}

const isTimeout = (reason: unknown): boolean => reason instanceof DOMException && reason.name === 'TimeoutError';

/** The answer, whatever its status; an Interruption is thrown for those that may pass. */
export async function ask(question: Question, watch: Watch): Promise<Response> {
  const { url, path, method = 'GET', from = 0, access } = question;
  const headers = new Headers();
  if (from > 0) headers.set('Range', `bytes=${from}-`);
  if (access && new URL(url).origin === access.origin) headers.set('Authorization', `Bearer ${access.token}`);
  const response = await fetch(url, {
    method,
    headers,
    signal: watch.signal,
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
    // What is downloaded is stored by us; the browser's own copy would take the same space again.
    cache: 'no-store',
  });
  if (!PASSING.has(response.status)) return response;
  await response.body?.cancel();
  throw new Interruption(busy(path, response.status, url), retryAfter(response.headers.get('retry-after')));
}

/** Milliseconds of a Retry-After header, which holds seconds or a date; null for none. Many servers do not let pages read it. */
export function retryAfter(header: string | null, now = Date.now()): number | null {
  if (header === null || header.trim() === '') return null;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

/** What `read` makes of the answer to one small question, asked once. Throws as `ask`. */
export async function answer<T>(
  question: Question,
  stallMs: number,
  signal: AbortSignal,
  read: (response: Response) => Promise<T>,
): Promise<T> {
  const watch = new Watch(stallMs, signal);
  try {
    return await read(await ask(question, watch));
  } catch (error) {
    throw watch.explain(error, question);
  } finally {
    watch.stop();
  }
}

/** Single-page servers answer every address with their page; that is not the file. */
export const isWebPage = (response: Response): boolean => response.headers.get('content-type')?.startsWith('text/html') ?? false;

/** The body of an answer as JSON; null when it is none. Throws when the body breaks off. */
export async function jsonOf(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
