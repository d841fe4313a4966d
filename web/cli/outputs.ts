// Where the events of the runs go: opened before anything is computed, and kept somewhere else when that place fails at the end.
import { closeSync, fsyncSync, rmSync, statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, parse } from 'node:path';
import { UsageError } from './command';
import { createUnforeseen, FileOutput, writeAt } from './file-output';
import type { Output } from './output';
import { resolveTarget } from './output-target';
import { StreamOutput } from './stream-output';

/** A path for each of `count` files: the path itself for one, else with a number before its ending. */
export function numbered(path: string, count: number): string[] {
  if (count === 1) return [path];
  const { dir, name, ext } = parse(path);
  return Array.from({ length: count }, (_, index) => join(dir, `${name}-${index + 1}${ext}`));
}

/**
 * Opens a place for the events of each of `count` runs: files of their own, or, where `path` names something that takes a stream, that for all.
 *
 * @param input the picture's file, which must stay what it is.
 * @throws UsageError when one cannot be written, CANCELLED when `stop` is aborted meanwhile; nothing is left open or behind then.
 */
export async function openOutputs(
  path: string,
  count: number,
  input: string,
  stop: AbortSignal,
  say: (line: string) => void,
): Promise<readonly Output[]> {
  const given = resolveTarget(path);
  if (given.kind !== 'file') {
    const stream = await StreamOutput.open(path, given, stop, say);
    return Array.from({ length: count }, () => stream);
  }
  const files: FileOutput[] = [];
  try {
    for (const name of numbered(path, count)) {
      const target = resolveTarget(name);
      if (target.kind !== 'file') throw new UsageError(`"${name}" is no file: name another file for the runs' events.`);
      if (isSame(target.path, input)) throw new UsageError(`"${name}" is the picture itself: name another file for the run's events.`);
      files.push(new FileOutput(name, target));
    }
  } catch (thrown) {
    files.forEach((file) => file.discard());
    throw thrown;
  }
  return files;
}

function isSame(path: string, other: string): boolean {
  const [a, b] = [path, other].map((name) => statSync(name, { throwIfNoEntry: false }));
  return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev;
}

/**
 * Writes a run's lines to a new file in the first of `folders` that has room for them.
 *
 * @returns its path; null when none has.
 */
export function keepElsewhere(lines: readonly string[], folders: readonly string[] = [tmpdir(), homedir(), process.cwd()]): string | null {
  for (const folder of folders) {
    let created: ReturnType<typeof createUnforeseen> | null = null;
    try {
      created = createUnforeseen(folder, 'noema-run.jsonl', '', 0o600);
      writeAt(created.descriptor, lines.join(''), 0);
      fsyncSync(created.descriptor);
      return created.path;
    } catch {
      if (created !== null) rmSync(created.path, { force: true });
    } finally {
      if (created !== null) closeSync(created.descriptor);
    }
  }
  return null;
}
