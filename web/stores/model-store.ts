// The model of a session: what state it is in and what it runs on, folded from what loading it tells.
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { EngineError } from '../../src/errors';
import type { LoadEvent } from '../../src/events/events';

type Ready = Extract<LoadEvent, { type: 'ready' }>;

/** How far a download came before it ended early, in bytes. */
export interface Kept {
  readonly loaded: number;
  readonly total: number;
}

export type ModelState =
  | { readonly phase: 'idle'; readonly kept?: Kept }
  | { readonly phase: 'probing'; readonly kept?: Kept }
  /** `received` is the part of `loaded` that came over the network in this load; the rest was here already. */
  | { readonly phase: 'downloading'; readonly loaded: number; readonly total: number; readonly received: number }
  | { readonly phase: 'compiling' }
  | { readonly phase: 'self-test' }
  | { readonly phase: 'warm-up' }
  | { readonly phase: 'ready'; readonly model: Ready['model']; readonly device: Ready['device']; readonly ms: number }
  | { readonly phase: 'failed'; readonly error: EngineError; readonly kept?: Kept };

/** Folds one load event. Progress outside the download (an engine that reads ahead) never moves the phase back. */
export function foldLoad(state: ModelState, event: LoadEvent): ModelState {
  switch (event.type) {
    case 'phase':
      if (event.phase === 'download') return { phase: 'downloading', loaded: 0, total: 0, received: 0 };
      return { phase: event.phase === 'compile' ? 'compiling' : event.phase };
    case 'progress':
      return state.phase === 'downloading' || state.phase === 'probing'
        ? { phase: 'downloading', loaded: event.loaded, total: event.total, received: event.received }
        : state;
    case 'notice':
      return state;
    case 'ready':
      return { phase: 'ready', model: event.model, device: event.device, ms: event.ms };
    case 'failed':
      return { phase: 'failed', error: event.error, ...keptOf(state) };
    case 'cancelled':
      return ended(state);
  }
}

/** A load that was stopped, or whose thread is gone: idle, and how far the download came. */
export function ended(state: ModelState): ModelState {
  return { phase: 'idle', ...keptOf(state) };
}

function keptOf(state: ModelState): { kept?: Kept } {
  if (state.phase === 'downloading') return state.loaded > 0 ? { kept: { loaded: state.loaded, total: state.total } } : {};
  return 'kept' in state && state.kept !== undefined ? { kept: state.kept } : {};
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

/** A model store with no model. */
export function createModelStore(): StoreApi<ModelStore> {
  /** The notice of a load whose words outlive its download: that WASM took over, and not that something is tried again. */
  let lasting: string | null = null;
  return createStore<ModelStore>()((set, get) => ({
    model: { phase: 'idle' },
    notice: null,
    take: (event) => {
      const { model } = get();
      if (event.type !== 'notice') return get().set(foldLoad(model, event));
      if (model.phase !== 'downloading') lasting = event.message;
      set({ notice: event.message });
    },
    set: (model) => {
      const before = get().model.phase;
      // A load that begins or has ended early has nothing to say any more.
      if (model.phase === 'probing' || model.phase === 'idle' || model.phase === 'failed') lasting = null;
      else if (before !== 'downloading' || model.phase === 'downloading') return set({ model });
      set({ model, notice: lasting });
    },
  }));
}
