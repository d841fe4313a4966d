// Retries after transient errors: a bounded number of attempts, each after a longer delay.
import { cancelled, type EngineFault } from '../../src/errors';
import { formatDuration } from '../../src/text/format';
import type { Tuning } from './tuning';

/** An error that may pass when the same is tried again; `fault` is thrown when it does not. */
export class TransientError extends Error {
  readonly fault: EngineFault;
  /** How long the server asked to wait; null when it did not. */
  readonly retryAfterMs: number | null;

  constructor(fault: EngineFault, retryAfterMs: number | null = null) {
    super(fault.message);
    this.fault = fault;
    this.retryAfterMs = retryAfterMs;
  }
}

/** A delay of which the visitor is told from here on. */
const NOTICED_MS = 3_000;

/** Counts failures in a row and waits between attempts. One for each file or small request. */
export class Retrier {
  readonly #tuning: Tuning;
  readonly #signal: AbortSignal;
  readonly #onNotice: ((message: string) => void) | undefined;
  #failures = 0;

  constructor(tuning: Tuning, signal: AbortSignal, onNotice?: (message: string) => void) {
    this.#tuning = tuning;
    this.#signal = signal;
    this.#onNotice = onNotice;
  }

  /** There was progress: failures are counted from zero again. */
  reset(): void {
    this.#failures = 0;
  }

  /**
   * Does `work` again after every TransientError it throws. Throws the error's fault when there have been too many in a row or the
   * server asks for too long a delay, CANCELLED, and whatever else `work` throws.
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof TransientError)) throw error;
        await this.#wait(error);
      }
    }
  }

  async #wait({ fault, retryAfterMs }: TransientError): Promise<void> {
    const { attempts, firstDelayMs, maxDelayMs } = this.#tuning;
    this.#failures += 1;
    if (this.#failures >= attempts || (retryAfterMs ?? 0) > maxDelayMs) throw fault;
    const ms = Math.max(retryAfterMs ?? 0, firstDelayMs * 2 ** (this.#failures - 1));
    if (ms >= NOTICED_MS) this.#onNotice?.(`${fault.message} Trying again in ${formatDuration(ms)}.`);
    await delay(ms, this.#signal);
  }
}

/** Throws CANCELLED when the signal is aborted meanwhile. */
function delay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(cancelled());
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(cancelled());
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
