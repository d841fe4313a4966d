// Has the page's model answer what a sweep or an evaluation asks: loads it when it is not there, and again after it was lost.
import type { RunRequest } from '../../src/engine/run-source';
import { cancelled, EngineFault } from '../../src/errors';
import type { Evaluation } from '../../src/evaluation/evaluate';
import type { RunEvent } from '../../src/events/events';
import { isTerminal } from '../../src/events/kinds';
import type { Session } from '../session/session';

/** What makes single runs. */
export interface RunMaker {
  /** Resolves when there is a model. Rejects with an EngineFault, CANCELLED when a person stopped the loading. */
  ready(): Promise<void>;
  /** Makes a run; the events end with a terminal one, and never reject. */
  start(request: RunRequest, signal: AbortSignal): AsyncIterable<RunEvent>;
  /** Gives the model up, for a fresh start. */
  unload(): Promise<void>;
}

/**
 * Asks `maker` for the runs of one item in order.
 *
 * @param share whether the runs of one item may share what they read of picture and prompt: the same numbers up to rounding, sooner.
 */
export function askerOf(maker: RunMaker, signal: AbortSignal, share: boolean): Evaluation['ask'] {
  return async ({ picture, question, focus, arms }, event) => {
    for (const [index, { method, settings }] of arms.entries()) {
      if (signal.aborted) return null;
      await maker.ready();
      const reuse = !share || arms.length === 1 ? false : index === 0 ? ('begin' as const) : true;
      const request: RunRequest = { method, settings, question, picture, reuse, ...(focus === null ? {} : { focus }) };
      for await (const one of maker.start(request, signal)) {
        event(index, one);
        // Faults that may not come again (a lost device, no memory, a stall timeout) are retried in a fresh worker.
        if (isTerminal(one) && one.type === 'failed' && one.error.retry) await maker.unload();
      }
    }
    return null;
  };
}

/** The runs of a session's model. */
export function makerOf(session: Session): RunMaker {
  return {
    async ready() {
      const isReady = (): boolean => session.model.getState().model.phase === 'ready';
      if (isReady()) return;
      await session.loadModel();
      if (isReady()) return;
      const problem = session.page.getState().problem;
      throw problem === null ? cancelled() : new EngineFault(problem.error);
    },
    async *start(request, signal) {
      const host = await session.host();
      yield* host.source(request).start(signal);
    },
    unload: async () => (await session.host()).unload(),
  };
}
