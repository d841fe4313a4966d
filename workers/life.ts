// Tells a worker that has ended from one that is busy: it holds a Web Lock for as long as it lives, which the browser releases when it is gone.
import { acquireLock, hasLocks, tryLock } from '../models/files/locks';

/**
 * The worker's side: takes the lock `name` and never gives it back. Holding it needs no turn of the event loop, so that one long pass changes nothing.
 * Resolves to whether it is held: not where there are no Web Locks (a page without encryption) or where they are refused (a frame of an opaque origin).
 */
export async function holdLife(name: string): Promise<boolean> {
  if (!hasLocks()) return false;
  return tryLock(name).then(
    (held) => held !== null,
    () => false,
  );
}

/**
 * The page's side: calls `gone` once when a worker has ended by itself, by a crash or by the browser's hand; never because it is busy. `hold` reaches
 * the worker's `holdLife`; `signal` ends the watch.
 *
 * @returns resolves when the watch is on, or cannot be. A worker that ends before that is not noticed, so nothing should be asked of it until then.
 */
export async function watchLife(hold: (name: string) => Promise<boolean>, gone: () => void, signal: AbortSignal): Promise<void> {
  const name = `noema-worker:${crypto.getRandomValues(new Uint32Array(4)).join('-')}`;
  const held = await hold(name).catch(() => false);
  if (!held || !hasLocks()) return;
  acquireLock(name, 'exclusive', signal).then(
    (release) => {
      release();
      if (!signal.aborted) gone();
    },
    // The watch was ended.
    () => undefined,
  );
}
