// What the views of a closer look ask of the session: the finding of their kind, and how to ask for another.
import { useStore } from 'zustand';
import type { Exploration } from '../../../src/explore/exploration';
import { useSession } from '../../session/context';
import { explorationsOf, explore, type Finding } from '../../session/explorations';
import { useBusy, useRun } from '../../session/hooks';

/** The finding of one kind about the run on screen, and what asks for it and stops it. */
export function useExploration<K extends Exploration['kind']>(kind: K) {
  const session = useSession();
  const runId = useRun((store) => store.state.started?.runId ?? null);
  const store = explorationsOf(session);
  const finding = useStore(store, (state): Finding | null => (state.runId === runId ? (state.findings[kind] ?? null) : null));
  const stop = useStore(store, (state) => state.stop);
  const busy = useBusy();
  return {
    finding,
    /** Whether this kind is being found out now. */
    running: finding?.status === 'running',
    /** Whether nothing can be asked now, because something else is going on. */
    blocked: busy || (stop !== null && finding?.status !== 'running'),
    ask: (one: Extract<Exploration, { kind: K }>) => void explore(session, one),
    stop: () => stop?.(),
  };
}
