// One thing at a time: the runtime crashes or hangs when two of its calls overlap, so all of them pass through one queue.

/** Runs jobs strictly one after another. A job that fails does not stop those after it. */
export class Queue {
  #last: Promise<unknown> = Promise.resolve();

  /** Starts `job` when every earlier job has ended; resolves or rejects as it does. */
  run<T>(job: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(job, job);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Resolves when every job queued so far has ended. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
