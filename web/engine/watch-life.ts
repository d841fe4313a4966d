// The page's side of workers/life.ts: hears when a worker has ended, and is not deceived by one that is busy.

/** Pages served without encryption have no locks. */
const locks = (): LockManager | undefined => (navigator as { locks?: LockManager }).locks;

/**
 * Calls `gone` once when a worker has ended by itself, by a crash or by the browser's hand; never because it is busy. `hold` has the worker hold the lock
 * of a name and answers whether it does; `signal` ends the watch. Without Web Locks nothing is ever heard.
 *
 * @returns resolves when the watch is on, or cannot be. A worker that ends before that is not noticed, so nothing should be asked of it until then.
 */
export async function watchLife(hold: (lock: string) => Promise<boolean>, gone: () => void, signal: AbortSignal): Promise<void> {
  const name = `noema-worker:${crypto.getRandomValues(new Uint32Array(4)).join('-')}`;
  const held = await hold(name).catch(() => false);
  // The request fails when the watch is ended.
  if (held)
    void locks()
      ?.request(name, { signal }, gone)
      .catch(() => undefined);
}
