// Brings all files of one dtype here, with byte progress over all of them.
import { fault } from '../../src/errors';
import type { SessionName } from '../../src/engine/manifest';
import type { LoadEvent } from '../../src/events/events';
import { parseJson } from '../files/json';
import { mostOf } from '../files/limits';
import type { FetchOptions, ModelFolder } from '../files/model-folder';
import { MissingFile, unreadable } from '../files/messages';
import { externalFiles, tooShort } from '../graph/external-files';
import { sortFailure } from '../runtime/failures';
import type { GraphSource } from '../runtime/runtime';
import { areVerified, TOKENIZER_FILES, weightsOf, type ModelPlan, type PlannedDtype, type PlannedSession } from './plan';

/** A graph with the weights that lie beside it, both still on disk where the folder stores files. */
export interface GraphFiles {
  readonly name: string;
  readonly graph: Blob;
  /** Weight files by the names the graph knows them by. */
  readonly data: readonly { readonly path: string; readonly data: Blob }[];
}

export interface ModelFiles {
  /** Parsed JSON of the tokenizer's files, by file name. */
  readonly tokenizer: Readonly<Record<(typeof TOKENIZER_FILES)[number], unknown>>;
  readonly sessions: Readonly<Record<SessionName, GraphFiles>>;
  /** Whether every graph and weight file was compared with a checksum. */
  readonly verified: boolean;
}

type Progress = Extract<LoadEvent, { type: 'progress' | 'notice' }>;

/** Progress is told at most this often. */
const PROGRESS_MS = 50;

/**
 * Fetches everything `type` needs, graphs first: they name their weight files. What is here already is not fetched again; one
 * file's failure ends the others, and what has arrived stays stored. Throws what `ModelFolder.fetch` throws, and BAD_MODEL for a graph
 * that cannot be read or a weight file that is missing or cut short.
 */
export async function gather(
  folder: ModelFolder,
  plan: ModelPlan,
  type: PlannedDtype,
  tell: (event: Progress) => void,
  cancel: AbortSignal,
): Promise<ModelFiles> {
  const stop = new AbortController();
  const signal = AbortSignal.any([cancel, stop.signal]);
  const count = counter(weightsOf(plan, type).download, tell);
  const get = getter(folder, plan, signal, (path) => ({ onBytes: count(path), onNotice: (message) => tell({ type: 'notice', message }) }));
  const session = (name: SessionName): Promise<GraphFiles> => graphFiles(plan, type.sessions[name], get);
  try {
    const [tokenizer, sessions] = await Promise.all([
      Promise.all(TOKENIZER_FILES.map(async (path) => [path, await parseJson(path, await get(path))] as const)),
      Promise.all(Object.keys(type.sessions).map(async (name) => [name, await session(name)] as const)),
    ]);
    return {
      tokenizer: Object.fromEntries(tokenizer) as ModelFiles['tokenizer'],
      sessions: Object.fromEntries(sessions),
      verified: areVerified(
        plan,
        sessions.flatMap(([, { name, data }]) => [name, ...data.map(({ path }) => besideGraph(name) + path)]),
      ),
    };
  } catch (error) {
    stop.abort();
    throw error;
  }
}

/** Fetches one graph of a plan with the weight files it names, without progress. Throws as `gather` does. */
export function gatherGraph(folder: ModelFolder, plan: ModelPlan, planned: PlannedSession, signal: AbortSignal): Promise<GraphFiles> {
  return graphFiles(
    plan,
    planned,
    getter(folder, plan, signal, () => ({})),
  );
}

type Get = (path: string) => Promise<Blob>;

/** Fetches files of a folder, each held to what the plan knows of it. */
function getter(
  folder: ModelFolder,
  plan: ModelPlan,
  signal: AbortSignal,
  hear: (path: string) => Pick<FetchOptions, 'onBytes' | 'onNotice'>,
): Get {
  return (path) => {
    const expect = plan.manifest?.files[path];
    const told = plan.facts.get(path)?.bytes ?? null;
    return folder.fetch(path, {
      signal,
      ...hear(path),
      ...(expect ? { expect } : {}),
      ...(told === null || plan.sized ? {} : { most: mostOf(told) }),
    });
  };
}

async function graphFiles(plan: ModelPlan, planned: PlannedSession, get: Get): Promise<GraphFiles> {
  const early = new Map(planned.data.map((path) => [path, get(path)] as const));
  // Their failure is reported below; until then nobody may call it unhandled.
  for (const file of early.values()) file.catch(() => undefined);
  const graph = await get(planned.graph);
  const beside = besideGraph(planned.graph);
  const needed = externalFiles(await bytesOf(graph, planned.graph), planned.graph);
  const data = await Promise.all(
    [...needed].map(async ([path, end]) => {
      const full = `${beside}${path}`;
      const told = plan.sized ? (plan.facts.get(full)?.bytes ?? null) : null;
      // Said before gigabytes come, where the size is known.
      if (told !== null && told < end) throw tooShort(full, told, planned.graph, end);
      const data = await (early.get(full) ?? get(full)).catch((error: unknown) => {
        throw error instanceof MissingFile ? noWeights(planned.graph, path, error) : error;
      });
      if (data.size < end) throw tooShort(full, data.size, planned.graph, end);
      return { path, data };
    }),
  );
  return { name: planned.graph, graph, data };
}

/** A graph as a session is built from it. Throws as `bytesOf` does. */
export async function sourceOf({ name, graph, data }: GraphFiles): Promise<GraphSource> {
  return { name, bytes: await bytesOf(graph, name), data };
}

/** The bytes of a file on the disk or in memory. Throws DOWNLOAD when the disk does not give it any more, OUT_OF_MEMORY. */
async function bytesOf(file: Blob, path: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch (error) {
    throw error instanceof DOMException ? unreadable(path, String(error)) : sortFailure(error, `reading ${path}`, path);
  }
}

/** The folder of a graph, where its weight files lie; '' or ending in '/'. */
const besideGraph = (graph: string): string => graph.slice(0, graph.lastIndexOf('/') + 1);

function noWeights(graph: string, path: string, { value }: MissingFile) {
  return fault(
    'BAD_MODEL',
    `${path} is missing: ${graph} keeps its weights in it.`,
    'Use a complete export; weight files lie beside their graphs under the names they were exported with.',
    value.detail === undefined ? {} : { detail: value.detail },
  );
}

/** Adds up what every file tells of itself. */
function counter(expected: number, tell: (event: Progress) => void): (path: string) => (bytes: number, received: number) => void {
  const files = new Map<string, readonly [bytes: number, received: number]>();
  let last = -Infinity;
  return (path) => (bytes, received) => {
    files.set(path, [bytes, received]);
    const sum = (part: 0 | 1): number => [...files.values()].reduce((total, file) => total + file[part], 0);
    const loaded = sum(0);
    const total = Math.max(expected, loaded);
    const now = performance.now();
    if (now - last < PROGRESS_MS && loaded < total) return;
    last = now;
    tell({ type: 'progress', loaded, total, received: sum(1) });
  };
}
