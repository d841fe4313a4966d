// Opens the best place this browser has for keeping files, once it has shown that it keeps one.
import { ChunkStore, cachePieces, memoryPieces } from './chunk-store';
import { guarded } from './guarded-store';
import { openOpfsStore } from './opfs-store';
import { isQuotaError } from './quota';
import type { Store } from './store';

/** How files are kept: `opfs` needs a worker; `memory` is what is left on pages served without encryption. */
export type StoreKind = 'opfs' | 'cache' | 'memory';

/** Where the probe is written; a store does not list it. */
const PROBE = '@probe';

let chosen: Promise<Store> | null = null;

/** The best store this thread has; the same one every time. Its methods throw StorageFailure where the platform refuses. */
export function openStore(): Promise<Store> {
  return (chosen ??= choose());
}

async function choose(): Promise<Store> {
  for (const kind of ['opfs', 'cache'] as const) {
    const store = await openStoreOf(kind);
    if (store !== null && (await keepsFiles(store))) return store;
  }
  return memoryStore();
}

/** A store that lasts as long as this thread. */
export const memoryStore = (): Store => guarded(new ChunkStore(memoryPieces()));

/** The store of a kind; null where this thread cannot use it. */
export async function openStoreOf(kind: StoreKind): Promise<Store | null> {
  if (kind === 'memory') return memoryStore();
  const pieces = kind === 'cache' ? await cachePieces() : null;
  const store = kind === 'opfs' ? await openOpfsStore() : pieces && new ChunkStore(pieces);
  return store && guarded(store);
}

/**
 * Whether a byte written can be read again. Browsers offer storage whose calls they then refuse: in private windows, with site data
 * blocked, on some disks. A full disk is no such refusal: what is stored can still be read.
 */
async function keepsFiles(store: Store): Promise<boolean> {
  const name = String(Math.random());
  try {
    const file = await store.open(PROBE, name);
    await file.append(Uint8Array.of(1));
    await file.close();
    await store.writeMetadata(PROBE, name, 1);
    return (await store.blob(PROBE, name))?.size === 1 && (await store.readMetadata(PROBE, name)) === 1;
  } catch (error) {
    return isQuotaError(error);
  } finally {
    await store.remove(PROBE, name).catch(() => undefined);
  }
}
