// Loads the model of a session, and holds the worker that it lives in.
import type { LoadRequest } from '../../src/engine/model-host';
import { type EngineError, toEngineError } from '../../src/errors';
import { EMBEDDED_MODEL, siteFolder } from '../embedded-model';
import type { LiveEngine } from '../engine/live-engine';
import { openedPart } from '../lib/opened-part';
import { ended, isLoading } from '../stores/model-store';
import { isOther } from './busy';
import type { Session, SessionStores } from './session';

/** What the part of the page does that comes when a model is first asked for. */
const RUNS = 'runs models';

export interface Loader {
  /** Loads the model unless it is there; answers whether it is. `retry` is what "Try again" does after a failure. */
  load(retry: () => void): Promise<boolean>;
  /** Stops the loading that is going on. */
  stop(): void;
  /** Gives the model's memory back. */
  unload(): void;
  /** The worker's client, fetched with comlink when it is first asked for. Rejects with an EngineFault. */
  host(): Promise<LiveEngine>;
}

/** A loader that keeps what it does in `stores`; `session` is asked for when the visitor must be asked. */
export function createLoader(stores: SessionStores, session: () => Session): Loader {
  const { model, settings, page } = stores;
  let live: LiveEngine | null = null;
  /** The model on its way; aborting it stops that. */
  let loading: AbortController | null = null;

  const complain = (error: EngineError, retry: () => void): void => {
    page.getState().setProblem({ error, retry: error.retry ? retry : null });
  };
  /** What loading asks for. Null when that needs a download to which the visitor has not agreed: then they are being asked. */
  const nextLoad = async (signal: AbortSignal, after: () => void): Promise<LoadRequest | null> => {
    if (isOther(stores)) return (await openedPart(import('../chooser/next-load'), RUNS)).nextLoad(session(), signal, after);
    const { device, dtype, model: chosen } = settings.getState();
    return { source: { kind: 'site', url: siteFolder(chosen) ?? EMBEDDED_MODEL }, dtype, device };
  };
  const onLost = (error: EngineError, idle: boolean): void => {
    const { model: state, set } = model.getState();
    if (state.phase === 'ready' || isLoading(state)) set(ended(state));
    // A run that loses its worker or its device says so itself; between runs there is nobody else to say it.
    if (idle && error.code !== 'CANCELLED') complain(error, () => void session().loadModel());
  };
  const host = async (): Promise<LiveEngine> => {
    if (live !== null) return live;
    const module = await openedPart(import('../engine/live-engine'), RUNS);
    live ??= new module.LiveEngine({ onLost });
    return live;
  };

  return {
    host,
    stop: () => loading?.abort(),
    unload() {
      live?.unload();
      model.getState().set({ phase: 'idle' });
    },
    async load(retry) {
      const { set, take } = model.getState();
      if (model.getState().model.phase === 'ready') return true;
      const controller = new AbortController();
      loading?.abort();
      loading = controller;
      set({ ...ended(model.getState().model), phase: 'probing' });
      // What looks at a chosen picture, and what exports a run, come along: with a model loaded, all goes on without a network.
      void Promise.all([import('../../src/image/sniff'), import('../../workers/decode-image'), import('./export-run')]).catch(
        () => undefined,
      );
      try {
        const engine = await host();
        const request = await nextLoad(controller.signal, retry);
        if (loading !== controller) return false;
        if (request === null) {
          set(ended(model.getState().model));
          return false;
        }
        for await (const event of engine.load(request, controller.signal)) {
          if (loading !== controller) return false;
          take(event);
          if (event.type === 'failed') complain(event.error, retry);
        }
      } catch (thrown) {
        const error = toEngineError(thrown);
        take({ type: 'failed', error });
        complain(error, retry);
      } finally {
        if (loading === controller) loading = null;
      }
      return model.getState().model.phase === 'ready';
    },
  };
}
