// Standard output and standard error that may go away: a reader that has read enough, a full disk.
import { reasonOf } from './output';
import type { Screen } from './terminal-curve';

/** How a stream was lost: its reader is gone (`head` has its line), or it cannot be written for another reason. */
export interface Loss {
  readonly isClosed: boolean;
  readonly reason: string;
}

/** A stream whose failures are told once instead of ending the process. */
export class Printed implements Screen {
  readonly #stream: NodeJS.WriteStream;
  #loss: Loss | null = null;

  /** @param onLoss called once, when the first write fails. */
  constructor(stream: NodeJS.WriteStream, onLoss: (loss: Loss) => void) {
    this.#stream = stream;
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#loss !== null) return;
      const isClosed = error.code === 'EPIPE';
      this.#loss = { isClosed, reason: isClosed ? 'its reader has gone' : reasonOf(error) };
      onLoss(this.#loss);
    });
  }

  get isTTY(): boolean {
    return this.#stream.isTTY;
  }

  get columns(): number {
    return this.#stream.columns;
  }

  get loss(): Loss | null {
    return this.#loss;
  }

  write(text: string): void {
    if (this.#loss === null) this.#stream.write(text);
  }

  /** Writes and resolves when it is written, or lost. */
  async print(text: string): Promise<void> {
    await new Promise((resolve) => this.#stream.write(text, resolve));
    // A failure is told after the write that failed.
    await new Promise((resolve) => setImmediate(resolve));
  }
}
