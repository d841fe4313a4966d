// What a session has to say or show beside its run: one problem at a time, the recordings there are, which panels are open.
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { EngineError } from '../../src/errors';
import type { RecordingEntry } from '../library';

export interface Problem {
  readonly error: EngineError;
  /** What "Try again" does; null when trying again cannot help. */
  readonly retry: (() => void) | null;
}

/** Many runs that are made one after the other. */
export interface Batch {
  /** What the button that stops them says. */
  readonly label: string;
  stop(): void;
}

/** Why the model chooser is open. */
export interface ModelRequest {
  /** What goes on when the visitor has agreed to a download: the run or the load that they asked for. */
  readonly after: (() => void) | null;
  /** A folder dropped on the page. */
  readonly folder?: FileSystemDirectoryEntry;
}

export interface PageStore {
  readonly problem: Problem | null;
  /** Recorded runs served beside the page. */
  readonly recordings: readonly RecordingEntry[];
  readonly settingsOpen: boolean;
  readonly helpOpen: boolean;
  /** The model chooser; null while it is closed. */
  readonly modelRequest: ModelRequest | null;
  /** The runs that are being made one after the other; null when none are. */
  readonly batch: Batch | null;
  readonly setBatch: (batch: Batch | null) => void;
  readonly setProblem: (problem: Problem | null) => void;
  readonly setRecordings: (recordings: readonly RecordingEntry[]) => void;
  readonly setSettingsOpen: (open: boolean) => void;
  readonly setHelpOpen: (open: boolean) => void;
  readonly setModelRequest: (request: ModelRequest | null) => void;
}

/** A page store with nothing to say and every panel closed. */
export function createPageStore(): StoreApi<PageStore> {
  return createStore<PageStore>()((set) => ({
    problem: null,
    recordings: [],
    settingsOpen: false,
    helpOpen: false,
    modelRequest: null,
    batch: null,
    setBatch: (batch) => set({ batch }),
    setProblem: (problem) => set({ problem }),
    setRecordings: (recordings) => set({ recordings }),
    setSettingsOpen: (settingsOpen) => set({ settingsOpen }),
    setHelpOpen: (helpOpen) => set({ helpOpen }),
    setModelRequest: (modelRequest) => set({ modelRequest }),
  }));
}
