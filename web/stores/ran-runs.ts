// The last runs made in this session, to compare the one on screen with; and whether one is being made beside it.
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { RunState } from '../../src/events/fold';

/** Runs that are kept; of their steps only the last. */
const MOST_RUNS = 8;

export interface RanRun {
  readonly state: RunState;
  /** Id of the run that it was made beside, to compare it with; null: it was made by itself. */
  readonly about: string | null;
}

export interface RanRuns {
  /** Finished live runs, newest first. */
  readonly runs: readonly RanRun[];
  /** Id of the method that is being run beside the run on screen; null: none. */
  readonly beside: string | null;
  readonly add: (state: RunState, about: string | null) => void;
  readonly setBeside: (method: string | null) => void;
}

/** A store without runs. Runs that did not finish are not kept. */
export function createRanRuns(): StoreApi<RanRuns> {
  return createStore<RanRuns>()((set) => ({
    runs: [],
    beside: null,
    add: (state, about) => {
      const kept: RanRun = { state: { ...state, steps: state.steps.slice(-1) }, about };
      if (state.finished !== null) set(({ runs }) => ({ runs: [kept, ...runs].slice(0, MOST_RUNS) }));
    },
    setBeside: (beside) => set({ beside }),
  }));
}
