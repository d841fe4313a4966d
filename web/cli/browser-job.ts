// One request of any number of runs, made by the page's own engine in a headless Chromium; its events come back as they happen.
import { EngineFault, type EngineError } from '../../src/errors';
import type { RunEvent } from '../../src/events/events';
import type { HeadlessRequest } from '../headless/protocol';
import { BrowserModel, type ModelHooks, type ModelRequest } from './browser-model';

export type JobRequest = ModelRequest & Pick<HeadlessRequest, 'runs'>;

export interface JobHooks extends ModelHooks {
  /** An event of the run with this index among those of the request. */
  run(index: number, event: RunEvent): void;
}

/**
 * Makes the runs of a request, in order. The built page must be there.
 *
 * @param stop aborting it stops the job as Stop on the page does; the terminal event still arrives.
 * @returns null when every run reached its own terminal event, else what kept the first that did not from one.
 * @throws what keeps it from starting: a folder that cannot be listed, a browser that does not start.
 */
export async function runInBrowser({ runs, ...request }: JobRequest, hooks: JobHooks, stop: AbortSignal): Promise<EngineError | null> {
  let model: BrowserModel | null = null;
  try {
    model = await BrowserModel.open(request, hooks, stop);
    return await model.ask(runs, (index, event) => hooks.run(index, event));
  } catch (thrown) {
    // Stopped, or lost on the way to the first run.
    if (thrown instanceof EngineFault && (thrown.value.code === 'CANCELLED' || thrown.value.retry)) return thrown.value;
    throw thrown;
  } finally {
    await model?.close();
  }
}
