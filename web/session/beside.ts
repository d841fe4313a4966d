// Runs other methods beside the run on screen, to compare them: same picture, same question, nothing on screen changes.
import { foldRun } from '../../src/events/fold';
import type { RunEvent } from '../../src/events/events';
import { toEngineError } from '../../src/errors';
import type { SettingsRecord } from '../../src/settings/space';
import { keepRun } from '../stores/past-runs';
import type { Loader } from './loader';
import { repeatedRun } from './next-run';
import type { SessionStores } from './session';
import type { Turns } from './turns';

export interface Workplace {
  readonly stores: SessionStores;
  readonly loader: Loader;
  readonly turns: Turns;
}

/**
 * Runs each method in turn with the common settings of the run on screen and `changes`. One that fails says so as the page's problem; after it,
 * or once something else began, no other is run. Never rejects.
 */
export async function runBeside({ stores, loader, turns }: Workplace, methods: readonly string[], changes: SettingsRecord): Promise<void> {
  const { page, ran, run } = stores;
  const about = run.getState().state.started?.runId ?? null;
  const again = (): void => void runBeside({ stores, loader, turns }, methods, changes);
  const problem = page.getState().setProblem;
  problem(null);
  try {
    for (const method of methods) {
      const request = await repeatedRun(stores, changes, method);
      if (request === null || !(await loader.load(again))) return;
      let ended = false;
      await turns.take(async (signal) => {
        ran.getState().setBeside(method);
        const host = await loader.host();
        const events: RunEvent[] = [];
        for await (const event of host.source(request).start(signal)) events.push(event);
        const state = foldRun(events);
        if (state.error !== null) problem({ error: state.error, retry: state.error.retry ? again : null });
        if (state.error?.retry === true) host.unload();
        ended = state.finished !== null;
        ran.getState().add(state, about);
        await keepRun(events);
      });
      if (!ended) return;
    }
  } catch (thrown) {
    problem({ error: toEngineError(thrown), retry: null });
  } finally {
    ran.getState().setBeside(null);
  }
}
