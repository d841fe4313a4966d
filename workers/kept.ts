// Values kept in this browser under names, for work that goes on after the page was closed; in memory where the browser keeps nothing.
import { clear, createStore, del, get, getMany, keys, set } from 'idb-keyval';

/** A place for values that survive a structured clone. Nothing of it rejects. */
export interface Kept {
  get(name: string): Promise<unknown>;
  /** Resolves when the value is safe: in the browser's storage, or in memory when that takes no more. */
  set(name: string, value: unknown): Promise<void>;
  delete(name: string): Promise<void>;
  /** Every name that begins with `prefix`, in order. */
  names(prefix: string): Promise<readonly string[]>;
  /** The values of names. */
  values(names: readonly string[]): Promise<readonly unknown[]>;
  clear(): Promise<void>;
  /** Whether something had to stay in memory: it ends with the page. */
  readonly inMemory: boolean;
}

/** Opens the place of this name; each has a database of its own. */
export function openKept(place: string): Kept {
  const database = typeof indexedDB === 'undefined' ? null : createStore(`noema-${place}`, place);
  const memory = new Map<string, unknown>();
  let inMemory = database === null;
  /** What the storage gives; `otherwise` where it refuses, as in a private window. */
  const stored = async <T>(work: (store: NonNullable<typeof database>) => Promise<T>, otherwise: T): Promise<T> => {
    if (database === null) return otherwise;
    try {
      return await work(database);
    } catch {
      return otherwise;
    }
  };
  return {
    get: async (name) => (memory.has(name) ? memory.get(name) : stored((store) => get<unknown>(name, store), undefined)),
    async set(name, value) {
      const isStored = await stored((store) => set(name, value, store).then(() => true), false);
      if (isStored) return void memory.delete(name);
      memory.set(name, value);
      inMemory = true;
    },
    async delete(name) {
      memory.delete(name);
      await stored((store) => del(name, store), undefined);
    },
    async names(prefix) {
      const found = await stored((store) => keys<string>(store), []);
      return [...new Set([...found, ...memory.keys()])].filter((name) => name.startsWith(prefix)).sort();
    },
    async values(names) {
      const found = await stored((store) => getMany<unknown>([...names], store), []);
      return names.map((name, index) => (memory.has(name) ? memory.get(name) : found[index]));
    },
    async clear() {
      memory.clear();
      inMemory = database === null;
      await stored((store) => clear(store), undefined);
    },
    get inMemory() {
      return inMemory;
    },
  };
}
