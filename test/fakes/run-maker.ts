// Runs of the toy model for sweeps and evaluations of the page: none of a real engine, all of the real pipeline.
import type { RunRequest } from '../../src/engine/run-source';
import type { RunEvent } from '../../src/events/events';
import { METHODS } from '../../src/methods/registry';
import { runPipeline } from '../../src/run/pipeline';
import type { RunMaker } from '../../web/many/asker';
import type { SweepHost } from '../../web/many/sweep-state';
import { jobWith } from './jobs';
import { toyModel } from './toy-model';

export interface ToyMaker {
  readonly maker: RunMaker;
  /** Every run that was started, in order. */
  readonly started: RunRequest[];
  /** How often the model was given up. */
  unloads(): number;
}

/** @param instead what a run gives instead of what the toy model does; undefined: that. */
export function toyMaker(
  instead: (request: RunRequest, number: number, signal: AbortSignal) => RunEvent[] | undefined = () => undefined,
): ToyMaker {
  const started: RunRequest[] = [];
  let unloads = 0;
  return {
    started,
    unloads: () => unloads,
    maker: {
      ready: () => Promise.resolve(),
      async *start(request, signal) {
        started.push(request);
        const other = instead(request, started.length, signal);
        if (other !== undefined) return yield* other;
        const { question, settings } = request;
        yield* runPipeline(jobWith(toyModel(), { method: METHODS.get(request.method), settings, question, signal }));
      },
      unload: () => Promise.resolve(void (unloads += 1)),
    },
  };
}

/** What a page gives, without a page. `announced` has how often work was begun and ended. */
export function toyHost(maker: RunMaker): { readonly host: SweepHost; readonly announced: boolean[] } {
  const announced: boolean[] = [];
  return {
    announced,
    host: {
      methods: METHODS,
      maker,
      announce: (stop) => void announced.push(stop !== null),
      alone: () => Promise.resolve(() => undefined),
      turn: () => Promise.resolve(),
    },
  };
}
