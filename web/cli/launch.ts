// Starts Chromium for a command: in its sandbox where it can have one, and with one sentence when it does not start.
import type { LaunchOptions } from 'playwright';
import { ensureChromium } from './chromium';

/** What every way Playwright has to start Chromium is given. */
export type StartOptions = Required<Pick<LaunchOptions, 'executablePath' | 'args' | 'chromiumSandbox'>>;

/** What Chromium and Playwright say where the system lets a program build no sandbox. */
const SANDBOX_REFUSED = /No usable sandbox|sandboxing failed|SUID sandbox helper/i;

/** Why this process's browsers have no sandbox; null as far as they have one. */
let without: string | null = null;

/** A line about a sandbox that is missing; null when there is one. Known once a browser has started. */
export const sandboxLine = (): string | null => (without === null ? null : `The browser runs without its sandbox: ${without}.`);

/**
 * Starts a browser, which ends at the latest when its pipe to this process closes.
 *
 * @param flags what to start it with; chromium.ts and adapter.ts have them.
 * @param start one of Playwright's ways to start it.
 * @throws with one sentence when it does not start.
 */
export async function startBrowser<T>(
  flags: readonly string[],
  start: (options: StartOptions) => Promise<T>,
  say?: (line: string) => void,
): Promise<T> {
  const executablePath = ensureChromium(say);
  if (process.getuid?.() === 0) without = 'Chromium builds none for root, for other users it does';
  const attempt = (): Promise<T> => start({ executablePath, args: [...flags], chromiumSandbox: without === null });
  try {
    return await attempt().catch((thrown: unknown) => {
      if (without !== null || !SANDBOX_REFUSED.test(String(thrown))) throw thrown;
      without = 'this system does not let it build one';
      return attempt();
    });
  } catch (thrown) {
    throw new BrowserNotStarted(executablePath, thrown);
  }
}

/** A browser that did not start. */
export class BrowserNotStarted extends Error {
  /** Why, in a few words. */
  readonly reason: string;
  /** Whether another browser has the folder that this one was to keep its files in. */
  readonly isProfileTaken: boolean;

  constructor(path: string, thrown: unknown) {
    const log = thrown instanceof Error ? thrown.message : String(thrown);
    const reason = reasonIn(log);
    super(`The browser ${path} did not start: ${reason}. Install another one, or name its program with the environment variable CHROMIUM.`);
    this.reason = reason;
    this.isProfileTaken = /ProcessSingleton|profile is already in use|existing browser session/i.test(log);
  }
}

/** The one thing worth saying of Playwright's log. */
function reasonIn(log: string): string {
  const [, limit] = /Timeout (\d+)ms exceeded/.exec(log) ?? [];
  if (limit !== undefined) return `it was not ready within ${Number(limit) / 1000} s`;
  const [, status, signal] = /exitCode=(\w+), signal=(\w+)/.exec(log) ?? [];
  if (signal !== undefined && signal !== 'null') return `it was ended by ${signal}`;
  if (status !== undefined && status !== 'null') return `it ended at once, with exit status ${status}`;
  const [, spawned] = /spawn (?:.* )?(E[A-Z]+)/.exec(log) ?? [];
  if (spawned !== undefined) return `it cannot be run (${spawned})`;
  return log
    .split('\n')[0]
    .replace(/^browserType\.\w+: /, '')
    .replace(/\.$/, '');
}
