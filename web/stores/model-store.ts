// The model in this page: what state it is in and what it runs on, folded from what loading it tells.
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { EngineError } from '../../src/engine/errors';
import type { LoadEvent } from '../../src/run/events';

type Ready = Extract<LoadEvent, { type: 'ready' }>;

export type ModelState =
  | { readonly phase: 'idle' }
  | { readonly phase: 'probing' }
  | { readonly phase: 'downloading'; readonly loaded: number; readonly total: number }
  | { readonly phase: 'compiling' }
  | { readonly phase: 'self-test' }
  | { readonly phase: 'warm-up' }
  | { readonly phase: 'ready'; readonly model: Ready['model']; readonly device: Ready['device']; readonly ms: number }
  | { readonly phase: 'failed'; readonly error: EngineError };

/** Folds one load event. Progress outside the download (an engine that reads ahead) never moves the phase back. */
export function foldLoad(state: ModelState, event: LoadEvent): ModelState {
  switch (event.type) {
    case 'phase':
      if (event.phase === 'download') return { phase: 'downloading', loaded: 0, total: 0 };
      return { phase: event.phase === 'compile' ? 'compiling' : event.phase };
    case 'progress':
      return state.phase === 'downloading' || state.phase === 'probing'
        ? { phase: 'downloading', loaded: event.loaded, total: event.total }
        : state;
    case 'notice':
      return state;
    case 'ready':
      return { phase: 'ready', model: event.model, device: event.device, ms: event.ms };
    case 'failed':
      return { phase: 'failed', error: event.error };
    case 'cancelled':
      return { phase: 'idle' };
  }
}

/** Whether a model is on its way. */
export function isLoading(state: ModelState): boolean {
  return state.phase !== 'idle' && state.phase !== 'ready' && state.phase !== 'failed';
}

export interface ModelStore {
  readonly model: ModelState;
  /** One sentence the visitor should know, such as that WASM took over; null when there is none. */
  readonly notice: string | null;
  readonly take: (event: LoadEvent) => void;
  readonly set: (model: ModelState) => void;
}

export const modelStore = createStore<ModelStore>()((set, get) => ({
  model: { phase: 'idle' },
  notice: null,
  take: (event) => set(event.type === 'notice' ? { notice: event.message } : { model: foldLoad(get().model, event) }),
  set: (model) => set(model.phase === 'probing' ? { model, notice: null } : { model }),
}));

/** The model store as a hook. */
export function useModel<T>(select: (store: ModelStore) => T): T {
  return useStore(modelStore, select);
}
