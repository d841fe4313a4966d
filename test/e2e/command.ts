// The command line as a person or a script starts it, what it prints, and every process it leaves behind.
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');
const SAMPLES = join(ROOT, 'public/samples');
/** A sample picture, a question, and the processor: it needs no graphics card. */
export const REQUEST = [
  '--image',
  join(SAMPLES, readdirSync(SAMPLES).find((name) => name.endsWith('.png')) ?? 'none'),
  '--question',
  'How many shapes are there?',
  '--device',
  'wasm',
] as const;

export interface Outcome {
  /** As a shell tells it: that of a signal which ended it is 128 more than the signal's number. */
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

export interface Command {
  readonly child: ChildProcess;
  /** Its own number, which is its process group's too. */
  readonly pid: number;
  readonly ended: Promise<Outcome>;
  /** Resolves when what it has printed to standard output or error has `words`. Rejects when it ends without. */
  says(words: RegExp): Promise<void>;
  /** Numbers of its processes that are alive, whatever became of their parents; with `word`, those that have it in their command line. */
  alive(word?: string): number[];
}

/** Names the processes of one command among all others: they hand it down in their environment. */
const MARK = 'NOEMA_TEST_COMMAND';

/** Starts a program in a process group of its own, as a terminal does. */
export function start(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Command {
  const mark = `${MARK}=${randomUUID()}`;
  const child = spawn(program, args, { cwd: ROOT, detached: true, env: { ...process.env, ...env, [MARK]: mark.slice(MARK.length + 1) } });
  let out = '';
  let err = '';
  let over = false;
  const watchers = new Set<() => void>();
  const look = (): void => watchers.forEach((watcher) => watcher());
  child.stdout.on('data', (data: Buffer) => {
    out += data.toString();
    look();
  });
  child.stderr.on('data', (data: Buffer) => {
    err += data.toString();
    look();
  });
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => {
      over = true;
      look();
      resolve({ status: status ?? 128 + (signal === null ? 0 : constants.signals[signal]), out, err });
    });
  });
  const says = (words: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const watcher = (): void => {
        const said = words.test(out) || words.test(err);
        if (!said && !over) return;
        watchers.delete(watcher);
        if (said) resolve();
        else reject(new Error(`It ended without saying ${String(words)}:\n${out}\n${err}`));
      };
      watchers.add(watcher);
      watcher();
    });
  return { child, pid: child.pid ?? 0, ended, says, alive: (word) => processesWith(mark, word) };
}

/** Starts `npm run ask` without npm. */
export const ask = (args: readonly string[], env?: Readonly<Record<string, string>>): Command =>
  start(process.execPath, ['--import', 'tsx', 'web/cli/ask.ts', ...args], env);

/** Linux alone says what processes there are in a folder of files. */
function processesWith(mark: string, word = ''): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => read(pid, 'environ').split('\0').includes(mark) && read(pid, 'cmdline').includes(word));
}

function read(pid: number, what: string): string {
  try {
    return readFileSync(`/proc/${pid}/${what}`, 'utf8');
  } catch {
    // It has ended meanwhile, or belongs to somebody else.
    return '';
  }
}
