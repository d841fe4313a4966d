// The facts of a session's run on screen: its events, their fold, and the one cursor that curve, overlay and tokens share.
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { RunEvent, Stream } from '../../src/events/events';
import { emptyRun, foldEvents, type RunState } from '../../src/events/fold';
import { isTerminal } from '../../src/events/kinds';

/** Where everything on the page looks. `step` is a step number (0 is the start); `patch` is an image token. */
export interface Cursor {
  readonly step: number;
  readonly latent: number | null;
  readonly stream: Stream;
  readonly token: number | null;
  readonly patch: number | null;
}

/** What is known about a recording beside its events. */
export interface RecordingInfo {
  readonly title: string;
  /** Where it was recorded, for people to read. */
  readonly device: string;
}

export type RunOrigin = 'recording' | 'live';
export type RunStatus = 'idle' | 'running' | 'stopping' | 'finished' | 'cancelled' | 'failed';

export interface RunStore {
  /** Every event so far, in order: what an export writes. */
  readonly events: readonly RunEvent[];
  readonly state: RunState;
  readonly source: RunOrigin;
  /** Null for a live run. */
  readonly recordingInfo: RecordingInfo | null;
  readonly status: RunStatus;
  readonly cursor: Cursor;
  /** While true the cursor stays on the newest step; moving it by hand turns this off. */
  readonly follow: boolean;
  /** Moves the cursor. A new `step` stops following unless it is the newest. */
  readonly setCursor: (change: Partial<Cursor>) => void;
  readonly setFollow: (follow: boolean) => void;
  /** Empties the store for a new run. */
  readonly begin: (source: RunOrigin, info: RecordingInfo | null) => void;
  /** Adds events in one update. Events after the terminal one are ignored. */
  readonly append: (events: readonly RunEvent[]) => void;
  /** Says at once that the run is being stopped. */
  readonly markStopping: () => void;
}

const START: Cursor = { step: 0, latent: null, stream: 'answer', token: null, patch: null };

/** An empty run store. */
export function createRunStore(): StoreApi<RunStore> {
  return createStore<RunStore>()((set, get) => ({
    events: [],
    state: emptyRun(),
    source: 'recording',
    recordingInfo: null,
    status: 'idle',
    cursor: START,
    follow: true,
    setCursor: (change) => {
      const { cursor, follow, state } = get();
      const newest = newestStep(state);
      const moved = change.step !== undefined && change.step !== cursor.step;
      set({ cursor: { ...cursor, ...change }, follow: moved ? change.step === newest : follow });
    },
    setFollow: (follow) => {
      const { cursor, state } = get();
      set(follow ? { follow, cursor: { ...cursor, step: newestStep(state) } } : { follow });
    },
    begin: (source, info) =>
      set({ events: [], state: emptyRun(), source, recordingInfo: info, status: 'running', cursor: START, follow: true }),
    append: (added) => {
      const before = get();
      if (added.length === 0 || isOver(before.status)) return;
      const last = added.findIndex(isTerminal);
      const counted = last === -1 ? added : added.slice(0, last + 1);
      const status = last === -1 ? before.status : (added[last].type as RunStatus);
      const events = [...before.events, ...counted];
      const state = foldEvents(before.state, counted);
      const cursor = before.follow ? { ...before.cursor, step: newestStep(state) } : before.cursor;
      set({ events, state, status, cursor });
    },
    markStopping: () => {
      if (get().status === 'running') set({ status: 'stopping' });
    },
  }));
}

/** Whether a run with this status gets no more events. */
export function isOver(status: RunStatus): boolean {
  return status === 'finished' || status === 'cancelled' || status === 'failed';
}

/** The last step of a run, 0 before the first. */
export function newestStep(state: RunState): number {
  return state.steps.at(-1)?.step ?? 0;
}
