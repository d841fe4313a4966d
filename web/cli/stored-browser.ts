// A browser whose storage lasts: downloaded models are in a profile folder of their own, which one browser at a time may have.
import { accessSync, constants, mkdirSync, readlinkSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { cancelled } from '../../src/errors';
import { UsageError } from './command';
import { BrowserNotStarted } from './launch';
import { reasonOf } from './output';

/** How long until the profile is tried again, in milliseconds. */
const AGAIN_MS = 500;
/** Tries in which nobody can be seen to have the profile, yet the browser says so. */
const MOST_UNSEEN = 5;

/** The folder in which models are kept between runs, made when it is not there. @throws UsageError when it cannot be written. */
export function profileFolder(env: NodeJS.ProcessEnv = process.env): string {
  const folder = join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'noema');
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return folder;
  } catch (thrown) {
    const way = 'name another folder for it with the environment variable XDG_CACHE_HOME';
    throw new UsageError(`Models cannot be kept in "${folder}" (${reasonOf(thrown)}): ${way}.`);
  }
}

/**
 * Starts a browser on a profile as soon as no other one has it, and says so when it has to wait.
 *
 * @param start starts it.
 * @param stop ends the waiting, with CANCELLED.
 */
export async function startOnProfile<T>(
  profile: string,
  start: () => Promise<T>,
  stop: AbortSignal,
  say: (line: string) => void,
  againMs = AGAIN_MS,
): Promise<T> {
  let unseen = 0;
  for (let said = false; ; said = true) {
    if (!isHeld(profile)) {
      try {
        return await start();
      } catch (thrown) {
        unseen += 1;
        if (!(thrown instanceof BrowserNotStarted && thrown.isProfileTaken) || unseen === MOST_UNSEEN) throw thrown;
      }
    }
    if (!said) say(`Another run is using the models kept in ${profile}: waiting until it ends …`);
    await wait(againMs, undefined, { signal: stop }).catch(() => {
      throw cancelled();
    });
  }
}

/** Whether a living browser of this machine has the profile: Chromium says so by a link to "machine-process". Windows has no such link. */
function isHeld(profile: string): boolean {
  try {
    const [, host, process_] = /^(.*)-(\d+)$/.exec(readlinkSync(join(profile, 'SingletonLock'))) ?? [];
    return host === hostname() && process.kill(Number(process_), 0);
  } catch (thrown) {
    // The process of another person is alive too.
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}
