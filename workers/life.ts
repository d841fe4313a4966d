// Tells a worker that has ended from one that is busy: it holds a Web Lock for as long as it lives, which the browser releases when it is gone.
import { hasLocks, tryLock } from '../models/files/locks';

/**
 * Takes the lock `name` and never gives it back. Holding it needs no turn of the event loop, so that one long pass changes nothing. Resolves to whether
 * it is held: not where there are no Web Locks (a page without encryption) or where they are refused (a frame of an opaque origin).
 */
export async function holdLife(name: string): Promise<boolean> {
  if (!hasLocks()) return false;
  return tryLock(name).then(
    (held) => held !== null,
    () => false,
  );
}
