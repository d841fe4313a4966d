// Opens the best place this browser has for keeping files.
import { ChunkStore, cachePieces, memoryPieces } from './chunk-store';
import { openOpfsStore } from './opfs-store';
import type { Store } from './store';

/** How files are kept: `opfs` needs a worker; `memory` is what is left on pages served without encryption. */
export type StoreKind = 'opfs' | 'cache' | 'memory';

let chosen: Promise<Store> | null = null;

/** The best store this thread has; the same one every time. */
export function openStore(): Promise<Store> {
  return (chosen ??= choose());
}

async function choose(): Promise<Store> {
  return (await openStoreOf('opfs')) ?? (await openStoreOf('cache')) ?? new ChunkStore(memoryPieces());
}

/** The store of a kind; null where this thread cannot use it. */
export async function openStoreOf(kind: StoreKind): Promise<Store | null> {
  if (kind === 'opfs') return openOpfsStore();
  const pieces = kind === 'cache' ? await cachePieces() : memoryPieces();
  return pieces === null ? null : new ChunkStore(pieces);
}
