// Locks (Web Locks API) that hold in all tabs of this browser and end with the thread that holds them.
import { cancelled } from '../../src/errors';

/** Releases the lock; may be called more than once. */
export type Release = () => void;

/** Pages served without encryption have no locks, and nothing stored that would need them. */
const locks = (): LockManager | undefined => (globalThis.navigator as { locks?: LockManager } | undefined)?.locks;

/** Whether this thread may use Web Locks. */
export const hasLocks = (): boolean => locks() !== undefined;

/** The lock of a stored folder: shared by who reads it or adds to it, alone for who deletes it. */
export const folderLock = (folder: string): string => `noema-folder:${folder}`;
/** The lock of a stored file: for the one who downloads it. */
export const fileLock = (folder: string, file: string): string => `noema-file:${folder}/${file}`;

/** The lock if it is free; null when someone holds it. */
export function tryLock(name: string): Promise<Release | null> {
  return request(name, { mode: 'exclusive', ifAvailable: true });
}

/** Waits for the lock. Throws CANCELLED. */
export async function acquireLock(name: string, mode: LockMode, signal: AbortSignal): Promise<Release> {
  try {
    return (await request(name, { mode, signal })) as Release;
  } catch (error) {
    throw signal.aborted ? cancelled() : error;
  }
}

function request(name: string, options: LockOptions): Promise<Release | null> {
  const manager = locks();
  if (!manager) return Promise.resolve(() => undefined);
  return new Promise((resolve, reject) => {
    manager
      .request(name, options, (lock) => {
        if (lock === null) return resolve(null);
        // The lock is held until this promise is settled.
        return new Promise<void>((release) => resolve(release));
      })
      // Aborted, or refused by a browser that offers locks and does not give any: then there are none, as on pages without encryption.
      .catch((error: unknown) => (options.signal?.aborted ? reject(error) : resolve(() => undefined)));
  });
}
