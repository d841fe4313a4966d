// What was found out about the run on screen, one finding of each kind: asked of the worker, kept until another run is looked at.
import { createStore, type StoreApi } from 'zustand/vanilla';
import { type EngineError, toEngineError } from '../../src/errors';
import type { RunState } from '../../src/events/fold';
import type { Exploration, ExploreEvent, ExploreRequest } from '../../src/explore/exploration';
import { FrameQueue } from '../engine/frame-queue';
import { partOfSession } from './part-of-session';
import { repeatedRun } from './next-run';
import type { Session } from './session';

export type ExplorationKind = Exploration['kind'];

/** One answer, as far as it has come. */
export interface Finding {
  readonly ask: Exploration;
  readonly status: 'running' | 'done' | 'stopped' | 'failed';
  /** Everything the worker told, in order. */
  readonly events: readonly ExploreEvent[];
  readonly error: EngineError | null;
}

export interface Explorations {
  /** The run they are about. */
  readonly runId: string | null;
  readonly findings: Readonly<Partial<Record<ExplorationKind, Finding>>>;
  /** Stops the exploration that is going on; null when none is. */
  readonly stop: (() => void) | null;
}

const NONE: Explorations = { runId: null, findings: {}, stop: null };

/** The explorations of a session. */
export const explorationsOf: (session: Session) => StoreApi<Explorations> = partOfSession(() => createStore<Explorations>()(() => NONE));

/** Asks about the finished run on screen, loading the model first when there is none. Never rejects. */
export async function explore(session: Session, ask: Exploration): Promise<void> {
  const store = explorationsOf(session);
  const { state } = session.run.getState();
  const runId = state.started?.runId ?? null;
  if (runId === null || store.getState().stop !== null) return;
  const abort = new AbortController();
  const before = store.getState().runId === runId ? store.getState().findings : {};
  const put = (change: Partial<Finding>): void => {
    const { findings } = store.getState();
    const now = findings[ask.kind] ?? { ask, status: 'running', events: [], error: null };
    store.setState({ findings: { ...findings, [ask.kind]: { ...now, ...change } } });
  };
  store.setState({ runId, findings: before, stop: () => abort.abort() });
  put({ ask, status: 'running', events: [], error: null });
  try {
    await session.loadModel();
    if (session.model.getState().model.phase !== 'ready' || abort.signal.aborted) return put({ status: 'stopped' });
    const request = await requestOf(session, state, ask);
    if (request === null) return put({ status: 'stopped' });
    await session.aside(async (signal) => {
      const host = await session.host();
      const queue = new FrameQueue<ExploreEvent>((events) =>
        put({ events: [...(store.getState().findings[ask.kind]?.events ?? []), ...events] }),
      );
      for await (const event of host.explore(request, AbortSignal.any([signal, abort.signal]))) {
        if (event.type === 'explored') put({ status: 'done' });
        else if (event.type === 'cancelled') put({ status: 'stopped' });
        else if (event.type === 'failed') {
          put({ status: 'failed', error: event.error });
          // As after a run: what may not come again is tried in a fresh worker.
          if (event.error.retry && event.error.code !== 'BAD_INPUT') host.unload();
        } else queue.push(event);
      }
      queue.flush();
    });
  } catch (thrown) {
    put({ status: 'failed', error: toEngineError(thrown) });
  } finally {
    if (store.getState().findings[ask.kind]?.status === 'running') put({ status: 'stopped' });
    store.setState({ stop: null });
  }
}

async function requestOf(session: Session, { started, streams }: RunState, ask: Exploration): Promise<ExploreRequest | null> {
  const run = await repeatedRun(session, {});
  if (run === null || started === null) return null;
  const { id, name, dtype } = started.model;
  return { runId: started.runId, run, model: { id, name, dtype }, answer: streams.answer.tokens.map((token) => token.id), ask };
}

/** How far the rewards of a thought that was made again are from those of the run, at most; null where it was not made again or has no rewards. */
export function recreatedDifference(events: readonly ExploreEvent[], { steps }: Pick<RunState, 'steps'>): number | null {
  const made = events.find((event) => event.type === 'recreated');
  if (made === undefined) return null;
  if (made.rewards.length !== steps.length) return Infinity;
  if (made.rewards.every((reward) => reward === null)) return null;
  return made.rewards.reduce<number>((most, reward, step) => Math.max(most, Math.abs((reward ?? 0) - (steps[step].reward ?? 0))), 0);
}
