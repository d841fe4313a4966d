// Locks that hold in all tabs of this browser and end with the thread that holds them; and the bound on requests of this thread.
import { cancelled } from '../../src/errors';

/** Lets go; may be called more than once. */
export type Release = () => void;

/** Pages served without encryption have no locks, and nothing stored that would need them. */
const locks = (): LockManager | undefined => (globalThis.navigator as { locks?: LockManager } | undefined)?.locks;

/** The lock of a stored folder: shared by who reads it or adds to it, alone for who deletes it. */
export const folderLock = (folder: string): string => `noema-folder:${folder}`;
/** The lock of a stored file: for the one who downloads it. */
export const fileLock = (folder: string, file: string): string => `noema-file:${folder}/${file}`;

/** Null when someone holds the lock. */
export function holdIfFree(name: string): Promise<Release | null> {
  return request(name, { mode: 'exclusive', ifAvailable: true });
}

/** Waits for the lock. Throws CANCELLED. */
export async function hold(name: string, mode: LockMode, signal: AbortSignal): Promise<Release> {
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
      .catch(reject);
  });
}

/** At most `most` of the works given to it are under way at once; the others wait in order. */
export class Bound {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(most: number) {
    this.#free = most;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
  }
}
