// What the page itself has to say or show: one problem at a time, and whether the settings are open.
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { EngineError } from '../../src/engine/errors';

export interface Problem {
  readonly error: EngineError;
  /** What "Try again" does; null when trying again cannot help. */
  readonly retry: (() => void) | null;
}

export interface PageStore {
  readonly problem: Problem | null;
  readonly settingsOpen: boolean;
  readonly helpOpen: boolean;
  readonly setProblem: (problem: Problem | null) => void;
  readonly setSettingsOpen: (open: boolean) => void;
  readonly setHelpOpen: (open: boolean) => void;
}

export const pageStore = createStore<PageStore>()((set) => ({
  problem: null,
  settingsOpen: false,
  helpOpen: false,
  setProblem: (problem) => set({ problem }),
  setSettingsOpen: (settingsOpen) => set({ settingsOpen }),
  setHelpOpen: (helpOpen) => set({ helpOpen }),
}));

/** The page store as a hook. */
export function usePage<T>(select: (store: PageStore) => T): T {
  return useStore(pageStore, select);
}
