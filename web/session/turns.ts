// One thing at a time: what begins stops what was going on, and waits until that has ended.

export interface Turns {
  /** Does `work` once what was going on has been stopped and has ended; not at all when it is itself stopped before. */
  take(work: (signal: AbortSignal) => Promise<void>): Promise<void>;
  /** Stops what is going on. */
  stop(): void;
}

/** A row of turns in which nothing is going on. */
export function createTurns(): Turns {
  let current: AbortController | null = null;
  /** Ends with what is going on, so that something else may begin. */
  let ended: Promise<void> = Promise.resolve();
  return {
    async take(work) {
      current?.abort();
      const controller = new AbortController();
      current = controller;
      const before = ended;
      let done = (): void => undefined;
      ended = new Promise((resolve) => (done = resolve));
      try {
        await before;
        if (!controller.signal.aborted) await work(controller.signal);
      } finally {
        if (current === controller) current = null;
        done();
      }
    },
    stop: () => current?.abort(),
  };
}
