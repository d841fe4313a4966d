// A file that is there as a whole or not at all, and written through no link.
import { closeSync, fsyncSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { createUnforeseen, writeAt } from '../file-output';

/** Characters that are written at once. */
const PIECE = 1 << 20;

/** Writes a whole file or nothing, in pieces; folders on the way are made. @throws the operating system's error. */
export function writeWhole(path: string, pieces: Iterable<string>): void {
  mkdirSync(dirname(path), { recursive: true });
  const { path: partial, descriptor } = createUnforeseen(dirname(path), basename(path), '.partial', 0o666);
  try {
    let at = 0;
    let waiting = '';
    for (const piece of pieces) {
      waiting += piece;
      if (waiting.length < PIECE) continue;
      at = writeAt(descriptor, waiting, at);
      waiting = '';
    }
    writeAt(descriptor, waiting, at);
    fsyncSync(descriptor);
    closeSync(descriptor);
    renameSync(partial, path);
  } catch (thrown) {
    rmSync(partial, { force: true });
    throw thrown;
  }
}
