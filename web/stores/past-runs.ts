// The last few runs made here, kept as recordings in IndexedDB. A browser that refuses storage costs the list, nothing else.
import { createStore as openDatabase, del, get, set, update } from 'idb-keyval';
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { RunEvent } from '../../src/events/events';
import { foldRun } from '../../src/events/fold';
import { writeRecord } from '../../src/events/record';

/** How many runs are kept. */
export const KEPT_RUNS = 5;

export interface PastRun {
  readonly id: string;
  readonly question: string;
  /** Id of a method, which this version may not know any more. */
  readonly method: string;
  /** ISO 8601 */
  readonly startedAt: string;
  readonly answer: string | null;
  readonly bestReward: number | null;
  readonly device: string;
}

interface PastRunsStore {
  readonly runs: readonly PastRun[];
}

const LIST = 'list';
const database = typeof indexedDB === 'undefined' ? null : openDatabase('noema-runs', 'runs');

export const pastRunsStore = createStore<PastRunsStore>()(() => ({ runs: [] }));

/** The past runs as a hook, newest first. */
export function usePastRuns(): readonly PastRun[] {
  return useStore(pastRunsStore, (store) => store.runs);
}

/** Reads the list; called once when the page starts. */
export async function readPastRuns(): Promise<void> {
  await quietly(async () => {
    const runs = (await get<readonly PastRun[]>(LIST, database ?? undefined)) ?? [];
    pastRunsStore.setState({ runs });
  });
}

/** Keeps a run that has said anything worth looking back at, and lets the oldest go. */
export async function keepRun(events: readonly RunEvent[]): Promise<void> {
  const entry = describe(events);
  if (entry === null) return;
  await quietly(async () => {
    const place = database ?? undefined;
    await set(recordKey(entry.id), writeRecord(events), place);
    let gone: readonly PastRun[] = [];
    let runs: readonly PastRun[] = [];
    await update<readonly PastRun[]>(
      LIST,
      (old) => {
        const all = [entry, ...(old ?? []).filter((run) => run.id !== entry.id)];
        runs = all.slice(0, KEPT_RUNS);
        gone = all.slice(KEPT_RUNS);
        return runs;
      },
      place,
    );
    for (const run of gone) await del(recordKey(run.id), place);
    pastRunsStore.setState({ runs });
  });
}

/** The recording of a past run as text, or null when the browser has thrown it away. */
export async function readPastRun(id: string): Promise<string | null> {
  return (await quietly(() => get<string>(recordKey(id), database ?? undefined))) ?? null;
}

/** Forgets every past run. */
export async function forgetPastRuns(): Promise<void> {
  const { runs } = pastRunsStore.getState();
  pastRunsStore.setState({ runs: [] });
  await quietly(async () => {
    for (const run of runs) await del(recordKey(run.id), database ?? undefined);
    await del(LIST, database ?? undefined);
  });
}

/** What the list shows of a run; null when it ended before its first step and first token. */
export function describe(events: readonly RunEvent[]): PastRun | null {
  const state = foldRun(events);
  const { started, finished, bestReward, streams } = state;
  if (started === null || (state.steps.length === 0 && streams.answer.tokens.length === 0)) return null;
  return {
    id: started.runId,
    question: started.question,
    method: started.method,
    startedAt: started.startedAt,
    answer: finished?.answer ?? null,
    bestReward,
    device: started.device.description,
  };
}

function recordKey(id: string): string {
  return `run:${id}`;
}

async function quietly<T>(work: () => Promise<T>): Promise<T | undefined> {
  if (database === null) return undefined;
  try {
    return await work();
  } catch {
    // Private windows refuse IndexedDB; the run on screen can still be exported.
    return undefined;
  }
}
