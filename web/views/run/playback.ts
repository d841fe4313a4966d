// Plays the steps of a run by moving the shared cursor; one player for the page, so that every button and key agrees.
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import { stepAt } from '../../../src/events/fold';
import { isOver, newestStep, runStore } from '../../stores/run-store';

export const SPEEDS = [1, 4] as const;
export type Speed = (typeof SPEEDS)[number];

interface Playback {
  /** True while the player's own clock moves the cursor; a live run that is followed needs no clock. */
  readonly ticking: boolean;
  readonly speed: Speed;
  readonly setSpeed: (speed: Speed) => void;
}

/** A step is shown at least and at most this long at x1, in milliseconds. */
const SHOWN_MS = { least: 260, most: 700 } as const;

let timer: ReturnType<typeof setTimeout> | undefined;

const playbackStore = createStore<Playback>()((set) => ({
  ticking: false,
  speed: 1,
  setSpeed: (speed) => set({ speed }),
}));

function stopTicking(): void {
  clearTimeout(timer);
  timer = undefined;
  if (playbackStore.getState().ticking) playbackStore.setState({ ticking: false });
}

function wait(): void {
  const { state, cursor } = runStore.getState();
  const { least, most } = SHOWN_MS;
  const shown = Math.min(most, Math.max(least, stepAt(state, cursor.step)?.ms ?? least));
  timer = setTimeout(tick, shown / playbackStore.getState().speed);
}

function tick(): void {
  const { state, cursor, setCursor } = runStore.getState();
  const newest = newestStep(state);
  if (cursor.step < newest) setCursor({ step: cursor.step + 1 });
  if (cursor.step + 1 >= newest) stopTicking();
  else wait();
}

/** Pauses where the cursor is, or plays on from it; from the last step it starts again. */
export function togglePlay(): void {
  const { follow, status, state, cursor, setFollow, setCursor } = runStore.getState();
  if (playbackStore.getState().ticking) {
    stopTicking();
    return;
  }
  const isGoing = !isOver(status) && status !== 'idle';
  if (isGoing && follow) {
    setFollow(false);
    return;
  }
  if (state.steps.length < 2) return;
  if (cursor.step >= newestStep(state)) {
    if (isGoing) {
      setFollow(true);
      return;
    }
    setCursor({ step: state.steps[0].step });
  }
  playbackStore.setState({ ticking: true });
  wait();
}

/** Moves the cursor by whole steps within what has run; a move by hand pauses the player. */
export function stepBy(change: number): void {
  goToStep(runStore.getState().cursor.step + change);
}

/** Puts the cursor on a step, or on the nearest there is. */
export function goToStep(step: number): void {
  stopTicking();
  const { state, setCursor } = runStore.getState();
  setCursor({ step: Math.min(newestStep(state), Math.max(0, step)) });
}

// A new run takes the page; a player left over from the one before would fight it.
runStore.subscribe((now, before) => {
  if (now.state.started !== before.state.started) stopTicking();
});

/** The player as a hook. */
export function usePlayback<T>(select: (playback: Playback) => T): T {
  return useStore(playbackStore, select);
}
