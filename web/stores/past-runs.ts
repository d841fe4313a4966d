// The last few runs made here, kept as recordings in IndexedDB. A browser that refuses storage costs the list, nothing else.
import { clear, createStore as openDatabase, del, get, set, update } from 'idb-keyval';
import * as v from 'valibot';
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import { finite, MOST, textOf } from '../../src/events/bounds';
import type { RunEvent } from '../../src/events/events';
import { foldRun } from '../../src/events/fold';
import { MAX_RECORD_LENGTH, recordLines } from '../../src/events/record';
import { inTurns, joined } from '../lib/in-turns';

/** How many runs are kept. */
export const KEPT_RUNS = 5;

const pastRunSchema = v.object({
  id: textOf(MOST.name),
  question: textOf(MOST.question),
  /** Id of a method, which this version may not know any more. */
  method: textOf(MOST.name),
  /** ISO 8601 */
  startedAt: textOf(MOST.name),
  /** Its beginning: the list shows no more. */
  answer: v.nullable(textOf(MOST.question)),
  bestReward: v.nullable(finite),
  device: textOf(MOST.name),
});
export type PastRun = Readonly<v.InferOutput<typeof pastRunSchema>>;

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
    const place = database ?? undefined;
    const found = await get<unknown>(LIST, place);
    const runs = checkedList(found);
    pastRunsStore.setState({ runs });
    // What is broken goes from the storage too; the newest list there is, in case another page has written one meanwhile.
    if (found !== undefined && !(Array.isArray(found) && found.length === runs.length)) await update<unknown>(LIST, checkedList, place);
  });
}

/** Keeps a run that has said anything worth looking back at, and lets the oldest go. */
export async function keepRun(events: readonly RunEvent[]): Promise<void> {
  const entry = describe(events);
  if (entry === null) return;
  await quietly(async () => {
    const place = database ?? undefined;
    await set(recordKey(entry.id), await inTurns(joined(recordLines(events))), place);
    let gone: readonly PastRun[] = [];
    let runs: readonly PastRun[] = [];
    await update<unknown>(
      LIST,
      (old) => {
        const all = [entry, ...checkedList(old).filter((run) => run.id !== entry.id)];
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
  const text = await quietly(() => get<unknown>(recordKey(id), database ?? undefined));
  return typeof text === 'string' && text.length <= MAX_RECORD_LENGTH ? text : null;
}

/** Forgets every past run. */
export async function forgetPastRuns(): Promise<void> {
  pastRunsStore.setState({ runs: [] });
  await quietly(() => clear(database ?? undefined));
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
    answer: finished?.answer.slice(0, MOST.question) ?? null,
    bestReward,
    device: started.device.description,
  };
}

/** The runs of a list as it was found in the storage: what is no run, or the same run again, is left out. */
function checkedList(found: unknown): readonly PastRun[] {
  const runs = new Map<string, PastRun>();
  for (const entry of Array.isArray(found) ? found.slice(0, 10 * KEPT_RUNS) : []) {
    const result = v.safeParse(pastRunSchema, entry);
    if (result.success && !runs.has(result.output.id)) runs.set(result.output.id, result.output);
  }
  return [...runs.values()].slice(0, KEPT_RUNS);
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
