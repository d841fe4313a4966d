// Plays the steps of a run by moving the cursor; one player for a session, so that every button and key agrees.
import { createStore, type StoreApi } from 'zustand/vanilla';
import { stepAt } from '../../src/events/fold';
import { isOver, newestStep, type RunStore } from './run-store';

export const SPEEDS = [1, 4] as const;
export type Speed = (typeof SPEEDS)[number];

export interface Playback {
  /** True while the player's own clock moves the cursor; a live run that is followed needs no clock. */
  readonly ticking: boolean;
  readonly speed: Speed;
  readonly setSpeed: (speed: Speed) => void;
  /** Pauses where the cursor is, or plays on from it; from the last step it starts again. */
  readonly togglePlay: () => void;
  /** Moves the cursor by whole steps within what has run; a move by hand pauses the player. */
  readonly stepBy: (change: number) => void;
  /** Puts the cursor on a step, or on the nearest there is. */
  readonly goToStep: (step: number) => void;
  /** Pauses the player where it is. */
  readonly pause: () => void;
}

/** A step is shown at least and at most this long at x1, in milliseconds. */
const SHOWN_MS = { least: 260, most: 700 } as const;

/** A player of the run in `runs`. A new run there pauses it. */
export function createPlayback(runs: StoreApi<RunStore>): StoreApi<Playback> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const store = createStore<Playback>()((set, get) => {
    const pause = (): void => {
      clearTimeout(timer);
      timer = undefined;
      if (get().ticking) set({ ticking: false });
    };
    const wait = (): void => {
      const { state, cursor } = runs.getState();
      const { least, most } = SHOWN_MS;
      const shown = Math.min(most, Math.max(least, stepAt(state, cursor.step)?.ms ?? least));
      timer = setTimeout(tick, shown / get().speed);
    };
    const tick = (): void => {
      const { state, cursor, setCursor } = runs.getState();
      const newest = newestStep(state);
      if (cursor.step < newest) setCursor({ step: cursor.step + 1 });
      if (cursor.step + 1 >= newest) pause();
      else wait();
    };
    const goToStep = (step: number): void => {
      pause();
      const { state, setCursor } = runs.getState();
      setCursor({ step: Math.min(newestStep(state), Math.max(0, step)) });
    };
    const togglePlay = (): void => {
      const { follow, status, state, cursor, setFollow, setCursor } = runs.getState();
      if (get().ticking) return pause();
      const isGoing = !isOver(status) && status !== 'idle';
      if (isGoing && follow) return setFollow(false);
      if (state.steps.length < 2) return;
      if (cursor.step >= newestStep(state)) {
        if (isGoing) return setFollow(true);
        setCursor({ step: state.steps[0].step });
      }
      set({ ticking: true });
      wait();
    };
    return {
      ticking: false,
      speed: 1,
      setSpeed: (speed) => set({ speed }),
      togglePlay,
      stepBy: (change) => goToStep(runs.getState().cursor.step + change),
      goToStep,
      pause,
    };
  });
  // A player left over from the run before would fight the new one.
  runs.subscribe((now, before) => {
    if (now.state.started !== before.state.started) store.getState().pause();
  });
  return store;
}
