// Trying again: what may pass is waited for, a bounded number of times, longer each time.
import { cancelled, type EngineFault } from '../../src/errors';
import { formatDuration } from '../../src/text/format';
import type { Tuning } from './tuning';

/** Something that may pass; `fault` is what is said when it does not. */
export class Interruption extends Error {
  readonly fault: EngineFault;
  /** What the server asked to wait; null when it did not. */
  readonly pauseMs: number | null;

  constructor(fault: EngineFault, pauseMs: number | null = null) {
    super(fault.message);
    this.fault = fault;
    this.pauseMs = pauseMs;
  }
}

/** A wait that is told to the person from here on. */
const TOLD_MS = 3_000;

export class Patience {
  readonly #tuning: Tuning;
  readonly #signal: AbortSignal;
  readonly #onNotice: ((message: string) => void) | undefined;
  #failures = 0;

  constructor(tuning: Tuning, signal: AbortSignal, onNotice?: (message: string) => void) {
    this.#tuning = tuning;
    this.#signal = signal;
    this.#onNotice = onNotice;
  }

  /** Something went well: failures are counted anew. */
  reward(): void {
    this.#failures = 0;
  }

  /**
   * Does `work` again after every Interruption it throws. Throws the interruption's fault when there have been too many in a row
   * or the server asks for too long a wait, CANCELLED, and whatever else `work` throws.
   */
  async insist<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof Interruption)) throw error;
        await this.#wait(error);
      }
    }
  }

  async #wait({ fault, pauseMs }: Interruption): Promise<void> {
    const { tries, pauseMs: first, longestPauseMs } = this.#tuning;
    this.#failures += 1;
    if (this.#failures >= tries || (pauseMs ?? 0) > longestPauseMs) throw fault;
    const ms = Math.max(pauseMs ?? 0, first * 2 ** (this.#failures - 1));
    if (ms >= TOLD_MS) this.#onNotice?.(`${fault.message} Trying again in ${formatDuration(ms)}.`);
    await pause(ms, this.#signal);
  }
}

/** Throws CANCELLED when the signal is aborted meanwhile. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
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
