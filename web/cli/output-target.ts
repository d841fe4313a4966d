// Finds out what kind of thing `--out` names, links followed, so that nothing but a regular file is ever replaced.
import { lstatSync, readlinkSync, realpathSync, statSync, type Stats } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UsageError } from './command';
import { reasonOf } from './output';

/** Where a run's events go: a regular file, null while it is not there yet, or something that takes them as a stream. */
export type OutputTarget =
  | { readonly kind: 'file'; readonly path: string; readonly old: Stats | null }
  /** A named pipe, a character device, or what another process has open. */
  | { readonly kind: 'stream'; readonly path: string }
  /** A socket in the file system. */
  | { readonly kind: 'socket'; readonly path: string }
  /** A descriptor this process was started with, as `/dev/fd/3` and `/dev/stdout` name it. */
  | { readonly kind: 'descriptor'; readonly descriptor: number };

/** As many links in a row as Linux follows. */
const MOST_LINKS = 40;

/**
 * What `path` leads to, through any number of links; a link to nothing is a file that is not there yet.
 *
 * @throws UsageError for folders, block devices, missing folders and links in a circle.
 */
export function resolveTarget(path: string): OutputTarget {
  try {
    let at = resolve(path);
    for (let links = 0; links <= MOST_LINKS; links++) {
      at = join(realFolder(at, path), basename(at));
      const descriptor = descriptorOf(at);
      if (descriptor !== null) return { kind: 'descriptor', descriptor };
      const own = lstatSync(at, { throwIfNoEntry: false });
      if (own === undefined) return { kind: 'file', path: at, old: null };
      // A link in /proc stands for something open, and what it says is no path.
      if (!own.isSymbolicLink() || at.startsWith('/proc/')) return targetOf(at, path, statSync(at));
      at = resolve(dirname(at), readlinkSync(at));
    }
  } catch (thrown) {
    if (thrown instanceof UsageError) throw thrown;
    throw new UsageError(`"${path}" cannot be written: ${reasonOf(thrown)}.`);
  }
  throw new UsageError(`"${path}" cannot be written: its links lead in a circle.`);
}

function targetOf(at: string, path: string, status: Stats): OutputTarget {
  if (status.isDirectory()) throw new UsageError(`"${path}" is a folder: name a file for the run's events.`);
  if (status.isBlockDevice()) throw new UsageError(`"${path}" is a disk: name a file for the run's events.`);
  if (status.isSocket()) return { kind: 'socket', path: at };
  if (!status.isFile() || at.startsWith('/proc/')) return { kind: 'stream', path: at };
  return { kind: 'file', path: at, old: status };
}

function realFolder(at: string, path: string): string {
  try {
    return realpathSync(dirname(at));
  } catch {
    throw closedFolder(path, dirname(at));
  }
}

/** The refusal of a path whose folder cannot be written to. */
export const closedFolder = (path: string, folder: string): UsageError =>
  new UsageError(`"${path}" cannot be written: the folder "${folder}" does not exist or is closed to you.`);

/** Linux names this process's descriptors in /proc, where /dev/fd and /dev/stdout lead; other systems in /dev/fd itself. */
function descriptorOf(path: string): number | null {
  const [, owner, descriptor] = /^\/(proc\/\d+|dev)\/fd\/(\d+)$/.exec(path) ?? [];
  return owner === 'dev' || owner === `proc/${process.pid}` ? Number(descriptor) : null;
}
