// Has a headless browser answer the items of an evaluation: started with the first item, and again after it was lost.
import type { Evaluation } from '../../../src/evaluation/evaluate';
import type { Loaded } from '../../../src/evaluation/log';
import { EngineFault, type EngineError } from '../../../src/errors';
import type { LoadEvent } from '../../../src/events/events';
import { BrowserModel, type ModelRequest } from '../browser-model';
import type { PictureFile } from '../files';

type Ask = Evaluation<PictureFile>['ask'];

export interface AskerHooks {
  /** Says how loading goes. */
  load(event: LoadEvent): void;
  /** Told once per load, before any run; what it throws ends the evaluation. */
  loaded(loaded: Loaded): void;
  started(): void;
  say(line: string): void;
}

/** Loads that may fail in a row after the model was once loaded. */
const MOST_LOADS = 3;

export class BrowserAsker {
  readonly #request: ModelRequest;
  readonly #hooks: AskerHooks;
  readonly #stop: AbortSignal;
  readonly #readAnew: boolean;
  #model: BrowserModel | null = null;
  #loadProblem: EngineError | null = null;
  /** What the hook for loads threw. */
  #refused: { readonly thrown: unknown } | null = null;
  #failedLoads = 0;
  #wasLoaded = false;

  /** @param readAnew whether every run of an item reads picture and prompt for itself. */
  constructor(request: ModelRequest, hooks: AskerHooks, stop: AbortSignal, readAnew: boolean) {
    this.#request = request;
    this.#hooks = hooks;
    this.#stop = stop;
    this.#readAnew = readAnew;
  }

  readonly ask: Ask = async ({ picture, question, focus, arms }, event) => {
    this.#loadProblem = null;
    const model = await this.#open();
    const runs = arms.map(({ method, settings }) => ({ method, settings, question, picture, ...(focus === null ? {} : { focus }) }));
    const problem = this.#readAnew ? await askApart(model, runs, event) : await model.ask(runs, event);
    if (this.#refused !== null) throw this.#refused.thrown;
    if (this.#loadProblem !== null) this.#onFailedLoad(this.#loadProblem);
    if (model.isGone) await this.close();
    return problem;
  };

  /** Ends the browser, if there is one. */
  async close(): Promise<void> {
    const model = this.#model;
    this.#model = null;
    await model?.close();
  }

  async #open(): Promise<BrowserModel> {
    if (this.#model !== null) return this.#model;
    const hooks = {
      started: () => this.#hooks.started(),
      load: (event: LoadEvent) => this.#onLoad(event),
      say: (line: string) => this.#hooks.say(line),
    };
    this.#model = await BrowserModel.open(this.#request, hooks, this.#stop);
    return this.#model;
  }

  #onLoad(event: LoadEvent): void {
    if (event.type === 'failed') this.#loadProblem = event.error;
    if (event.type === 'ready') {
      const { id, name, family, dtype } = event.model;
      this.#failedLoads = 0;
      this.#wasLoaded = true;
      try {
        this.#hooks.loaded({ type: 'loaded', model: { id, name, family, dtype }, device: event.device });
      } catch (thrown) {
        this.#refused = { thrown };
      }
    }
    this.#hooks.load(event);
  }

  /** A model that has never been loaded will not be with the next item either. */
  #onFailedLoad(error: EngineError): void {
    this.#failedLoads += 1;
    if (!this.#wasLoaded || this.#failedLoads === MOST_LOADS) throw new EngineFault(error);
  }
}

/**
 * Asks for runs one by one, so that they share nothing; what keeps one from its end keeps the next ones from beginning.
 *
 * @param event told of each event with the place of its run in `runs`.
 * @returns as `BrowserModel.ask` does.
 */
export async function askApart(
  model: Pick<BrowserModel, 'ask'>,
  runs: Parameters<BrowserModel['ask']>[0],
  event: Parameters<BrowserModel['ask']>[1],
): ReturnType<BrowserModel['ask']> {
  for (const [arm, run] of runs.entries()) {
    const problem = await model.ask([run], (_, one) => event(arm, one));
    if (problem !== null) return problem;
  }
  return null;
}
