// One evaluation at a time writes to an output folder: a lock file that its holder keeps fresh.
import { closeSync, openSync, readFileSync, rmSync, statSync, utimesSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { UsageError } from '../command';
import { reasonOf } from '../output';

/** How often the holder says that it lives, in milliseconds. */
const FRESH_MS = 20_000;
/** A lock of another machine that has not been fresh for so long is left over from a job that was killed. */
const STALE_MS = 120_000;

/** Gives the lock back. Never throws. */
export type Unlock = () => void;

/**
 * Takes the lock of a folder. One that a killed process of this machine has left is taken over at once, one of another machine when it
 * has not been fresh for two minutes.
 *
 * @param path the lock file.
 * @throws UsageError when somebody else has it, or it cannot be written.
 */
export function takeLock(path: string, now: () => number = Date.now): Unlock {
  for (let tried = 0; ; tried++) {
    try {
      const descriptor = openSync(path, 'wx');
      writeSync(descriptor, JSON.stringify({ host: hostname(), process: process.pid }));
      closeSync(descriptor);
      return keepFresh(path);
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw new UsageError(`"${path}" cannot be written: ${reasonOf(thrown)}.`);
    }
    const holder = holderOf(path, now());
    if (holder !== null || tried === 2) {
      throw new UsageError(
        `Another evaluation (${holder ?? 'just begun'}) is writing to this folder: wait for it, or name another folder with --out.`,
      );
    }
    rmSync(path, { force: true });
  }
}

function keepFresh(path: string): Unlock {
  const touch = (): void => {
    try {
      utimesSync(path, new Date(), new Date());
    } catch {
      // Somebody has removed it; nothing depends on it any more.
    }
  };
  const timer = setInterval(touch, FRESH_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    rmSync(path, { force: true });
  };
}

/** Who holds the lock, in words; null when nobody alive does. */
function holderOf(path: string, now: number): string | null {
  try {
    const { host, process: id } = JSON.parse(readFileSync(path, 'utf8')) as { readonly host: string; readonly process: number };
    const isFresh = now - statSync(path).mtimeMs < STALE_MS;
    const lives = host === hostname() ? id !== process.pid && isAlive(id) : isFresh;
    return lives ? `process ${id} on ${host}` : null;
  } catch {
    // Cut off while it was written, or gone meanwhile.
    return null;
  }
}

function isAlive(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch (thrown) {
    // The process of another person is alive too.
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}
