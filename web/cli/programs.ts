// Programs of this machine that we start: where they are, and how those that are not there are installed.
import { execFileSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const USUAL_FOLDERS = ['/usr/bin', '/usr/local/bin', '/snap/bin'];

/** A program and its arguments. */
export type Command = readonly [program: string, ...args: string[]];

/** Whether `path` is a file that may be run. Never throws. */
export function runnable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Path of the first of these programs that is in a folder of PATH, a usual folder or one of `folders`; null when none is. */
export function findProgram(
  names: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  folders: readonly string[] = [],
): string | null {
  const all = [...(env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''), ...USUAL_FOLDERS, ...folders];
  return names.flatMap((name) => all.map((folder) => join(folder, name))).find(runnable) ?? null;
}

/** The commands that install packages of Debian and its relatives here, in order; none where there is no apt-get. */
export function aptCommands(...packages: readonly string[]): readonly Command[] {
  if (!runnable('/usr/bin/apt-get')) return [];
  const apt = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get'];
  const [program, ...first] = process.getuid?.() === 0 ? apt : ['sudo', '-n', ...apt];
  return [
    [program, ...first, 'update', '-q'],
    [program, ...first, 'install', '-y', '-q', '--no-install-recommends', ...packages],
  ];
}

/**
 * What `find` finds, else what it finds after one of `commands`, which are run in order until it finds something; null when it never does. A
 * command that fails is said and the next one tried.
 *
 * @param name what is looked for, for people to read.
 * @param say gets one line per thing that is done.
 */
export function findOrInstall<T>(name: string, find: () => T | null, commands: readonly Command[], say: (line: string) => void): T | null {
  const found = find();
  if (found !== null) return found;
  for (const [program, ...args] of commands) {
    say(`No ${name} found; running: ${[program, ...args].join(' ')}`);
    try {
      execFileSync(program, args, { stdio: ['ignore', 2, 2] });
    } catch (thrown) {
      say(`That did not work: ${thrown instanceof Error ? thrown.message.split('\n')[0] : String(thrown)}`);
    }
    const installed = find();
    if (installed !== null) return installed;
  }
  return null;
}
