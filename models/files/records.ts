// What is remembered of a stored model beside its files: who it is, what its source listed, and when it was last used.
import * as v from 'valibot';
import { sha256 } from 'hash-wasm';
import type { FileFacts } from './model-folder';
import type { Store } from './store';

const recordSchema = v.object({
  id: v.string(),
  name: v.string(),
  revision: v.nullable(v.string()),
  licence: v.nullable(v.string()),
  /** Where it came from, as it was asked for: what a later visit without a connection looks for. */
  asked: v.string(),
  /** The source's own list of files; null when it has none. */
  files: v.nullable(v.record(v.string(), v.object({ bytes: v.nullable(v.number()), sha256: v.nullable(v.string()) }))),
});

const useSchema = v.object({
  /** Milliseconds since 1970. */
  lastUsed: v.number(),
  complete: v.boolean(),
});

export type FolderRecord = v.InferOutput<typeof recordSchema>;
export type FolderUse = v.InferOutput<typeof useSchema>;

// No file's stored name begins with '@'.
const RECORD = '@record';
const USE = '@use';

export const readRecord = async (store: Store, folder: string): Promise<FolderRecord | null> =>
  parsed(recordSchema, await store.readMetadata(folder, RECORD));
export const readUse = async (store: Store, folder: string): Promise<FolderUse | null> =>
  parsed(useSchema, await store.readMetadata(folder, USE));
export const writeUse = (store: Store, folder: string, use: FolderUse): Promise<void> => store.writeMetadata(folder, USE, use);

export async function writeRecord(store: Store, folder: string, record: FolderRecord): Promise<void> {
  if (JSON.stringify(await readRecord(store, folder)) !== JSON.stringify(record)) await store.writeMetadata(folder, RECORD, record);
}

/** The model last used of those that were downloaded completely and that `asked` named then. */
export async function findComplete(store: Store, asked: string): Promise<FolderRecord | null> {
  let best: FolderRecord | null = null;
  let lastUsed = -Infinity;
  for (const folder of await store.folders()) {
    const [record, use] = [await readRecord(store, folder), await readUse(store, folder)];
    if (record?.asked !== asked || !use?.complete || use.lastUsed < lastUsed) continue;
    best = record;
    lastUsed = use.lastUsed;
  }
  return best;
}

export const filesOf = (record: FolderRecord): ReadonlyMap<string, FileFacts> | null =>
  record.files === null ? null : new Map(Object.entries(record.files));

const LONGEST = 120;

/** `text` as the name of a stored folder or file: readable, without '/', at most so long, and no two texts alike. */
export async function storedName(text: string): Promise<string> {
  const name = encodeURIComponent(text);
  return name.length <= LONGEST ? name : `${name.slice(0, LONGEST - 33)}~${(await sha256(text)).slice(0, 32)}`;
}

function parsed<T>(schema: v.GenericSchema<unknown, T>, value: unknown): T | null {
  const result = v.safeParse(schema, value);
  return result.success ? result.output : null;
}
